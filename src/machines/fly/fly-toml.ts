import { guestOf, machineSettings } from './machine-config.ts';

// The text of fly.toml, for one machine started by hand, from the same settings as the machines that the relay creates.

const quoted = (text: string): string => JSON.stringify(text);
const megabytes = (mb: number): string => (mb % 1024 === 0 ? `${mb / 1024}gb` : `${mb}mb`);

export function renderFlyToml({ app, region }: { app: string; region: string }): string {
  const { port, dataDir, volumeName, killSignal, killTimeoutSeconds, concurrency, check, restart } = machineSettings;
  const { memory_mb, cpu_kind, cpus } = guestOf(machineSettings.memoryMb);
  return `# One agent server by hand: fly launch --copy-config. Machines that the relay makes for people carry the same settings.
# Secrets: none. RELAY_URL and RELAY_PUBLIC_KEYS are public: fly deploy --env RELAY_URL=… --env RELAY_PUBLIC_KEYS=…
# Written by scripts/generate/fly-toml.ts from src/machines/fly/machine-config.ts: change it there.

app = ${quoted(app)}
primary_region = ${quoted(region)}
# SIGTERM lets a running turn go on for SHUTDOWN_GRACE_MS (280 s); 300 s is the longest the platform waits.
kill_signal = ${quoted(killSignal)}
kill_timeout = ${killTimeoutSeconds}

[build]
  dockerfile = "vm/Dockerfile"

[env]
  PORT = ${quoted(String(port))}
  DATA_DIR = ${quoted(dataDir)}

[mounts]
  source = ${quoted(volumeName)}
  destination = ${quoted(dataDir)}

[http_service]
  internal_port = ${port}
  force_https = true
  # Asleep when no request is open; the relay holds one while a turn runs, and the next one wakes the machine.
  auto_stop_machines = ${quoted(machineSettings.autostop)}
  auto_start_machines = ${machineSettings.autostart}
  min_machines_running = ${machineSettings.minRunning}

  [http_service.concurrency]
    type = ${quoted(concurrency.type)}
    soft_limit = ${concurrency.soft_limit}
    hard_limit = ${concurrency.hard_limit}

  [[http_service.checks]]
    method = ${quoted(check.method)}
    path = ${quoted(check.path)}
    interval = ${quoted(check.interval)}
    timeout = ${quoted(check.timeout)}
    grace_period = ${quoted(check.grace_period)}

# A server that ends itself because it is idle exits with 0 and stays down until the next request.
[[restart]]
  policy = ${quoted(restart.policy)}
  retries = ${restart.retries}

[[vm]]
  memory = ${quoted(megabytes(memory_mb))}
  cpu_kind = ${quoted(cpu_kind)}
  cpus = ${cpus}
`;
}
