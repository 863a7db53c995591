import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicPartOf } from '../../src/protocol/tokens.ts';
import { killMarked } from '../../vm/src/process/process-tree.ts';
import { envFile, type Vars } from './dev-vars.ts';
import { PATIENCE } from './patience.ts';
import type { Plan } from './plan.ts';
import type { Part } from './supervisor.ts';

// Describes the parts of a local run as commands. Every part gets an allowlisted environment and a HOME under the state
// folder. Secrets travel in that environment or in a file only its owner can read, never on a command line.

/** `checkout`: what the agent works for; `hidden`: other folders of ours that it must not read. */
export type Folders = { root: string; state: string; checkout?: string | undefined; hidden?: string };
export type LocalParts = {
  /** One agent server for all … */
  agent: Part | null;
  /** … or what makes one for each. */
  fly: Part | null;
  relay: Part;
  model: Part | null;
  simulator: Part | null;
  git: Part | null;
};

const PASSED_ON = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'TMPDIR', 'USER', 'LOGNAME', 'NODE_COMPILE_CACHE'];

export function localParts(plan: Plan, { root, state, checkout = '', hidden = '' }: Folders, caller: Vars): LocalParts {
  const { relay: vars, ports, inspectors } = plan;
  const home = join(state, 'home');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const base = {
    ...Object.fromEntries(Object.entries(caller).filter(([name]) => PASSED_ON.includes(name))),
    HOME: home,
  };
  const node = (script: string, env: Record<string, string>, options: string[] = []) => ({
    command: process.execPath,
    args: [...options, join(root, script)],
    env: { ...base, ...env },
    cwd: root,
  });

  const choices = ['AUTO_MEMORY', 'AGENT_TEAMS', 'MAX_CONCURRENT_TURNS'];
  const agentEnvironment = {
    // On a person's own computer the agent asks, and can't read their files.
    APPROVALS: 'ask',
    SANDBOX: plan.sandbox,
    PRIVATE_PATHS: [...new Set([caller.HOME ?? '', join(root, '.dev.vars'), state, hidden, checkout])]
      .filter((path) => path !== '')
      .join(':'),
    ...Object.fromEntries(Object.entries(vars).filter(([name, value]) => choices.includes(name) && value !== '')),
  };

  const agent: Part | null =
    ports.machine === null
      ? null
      : {
          name: 'agent server',
          port: null,
          elsewhere: 'change MACHINE_URL in .dev.vars',
          readyWithinMs: 30_000,
          sleeps: true,
          launch: (port) =>
            node(
              'vm/src/main.ts',
              {
                PORT: String(port),
                HOST: '127.0.0.1',
                DATA_DIR: join(state, 'machine'),
                RELAY_URL: `http://127.0.0.1:${ports.relay}`,
                RELAY_PUBLIC_KEYS: JSON.stringify([publicPartOf(JSON.parse(vars.MACHINE_SIGNING_KEY ?? '{}'))]),
                MACHINE_AUDIENCE: vars.MACHINE_AUDIENCE || 'static',
                ...agentEnvironment,
                ...(checkout === '' ? {} : { CHECKOUT: checkout }),
                // Ctrl-C ends everything in seconds; a turn that is cut continues at the next start.
                SHUTDOWN_GRACE_MS: '1000',
                ...(vars.IDLE_TIMEOUT_MS ? { IDLE_TIMEOUT_MS: vars.IDLE_TIMEOUT_MS } : {}),
              },
              inspectors ? [`--inspect=127.0.0.1:${inspectors.machine}`] : [],
            ),
        };

  const fly: Part | null =
    ports.fly === null
      ? null
      : {
          name: 'fake Fly',
          port: ports.fly,
          elsewhere: 'change FLY_API_URL in .dev.vars',
          readyWithinMs: 20_000,
          launch: (port) => {
            // If the stand-in was killed, its machines may still run and would work on the same disks.
            endMachines(state);
            return node('simulator/fly/main.ts', {
              FLY_PORT: String(port),
              FLY_API_TOKEN: vars.FLY_API_TOKEN ?? '',
              FLY_ORG: vars.FLY_ORG ?? '',
              FLY_IMAGE: vars.FLY_IMAGE ?? '',
              FLY_STATE: join(state, 'fly'),
              FLY_SCALE: String(plan.pace),
              ...agentEnvironment,
              SHUTDOWN_GRACE_MS: String(Math.round(SHUTDOWN_GRACE_MS / plan.pace)),
            });
          },
        };

  const relay: Part = {
    name: 'relay',
    // Only the proxy in front of it (relay-proxy.ts) knows this port; the relay's address belongs to the proxy.
    port: null,
    elsewhere: 'change PUBLIC_URL (with --twilio: RELAY_PORT) in .dev.vars',
    readyWithinMs: 90_000,
    ...(inspectors ? {} : { watch: PATIENCE }),
    launch: (port) => {
      // Removes logs of earlier versions, in which wrangler still wrote its own.
      rmSync(join(state, 'logs', 'wrangler'), { recursive: true, force: true });
      const configuration = join(state, inspectors ? 'relay.env' : 'relay.json');
      writeFileSync(configuration, inspectors ? envFile(vars) : JSON.stringify(vars), { mode: 0o600 });
      const places = ['--port', String(port), '--persist-to', join(state, 'relay')];
      if (!inspectors) {
        const main = node('scripts/local/relay-main.ts', {});
        return { ...main, args: [...main.args, ...places, '--vars', configuration] };
      }
      // A debugger shows the names of the source only where the bundle keeps them.
      const wrangler = node('node_modules/wrangler/bin/wrangler.js', QUIET_WRANGLER);
      const entry = join(root, 'src', 'worker', 'local.ts');
      const debugging = ['--inspector-port', String(inspectors.relay), '--no-minify', '--env-file', configuration];
      const quiet = ['--ip', '127.0.0.1', '--log-level', 'info', '--show-interactive-dev-session=false'];
      return { ...wrangler, args: [...wrangler.args, 'dev', entry, ...places, ...debugging, ...quiet] };
    },
  };

  const model: Part | null =
    ports.model === null
      ? null
      : {
          name: 'demo model',
          port: ports.model,
          elsewhere: 'add DEMO_MODEL_URL with another port to .dev.vars',
          readyWithinMs: 20_000,
          launch: (port) => node('simulator/model/main.ts', { MODEL_PORT: String(port) }),
        };

  const simulator: Part | null =
    ports.simulator === null
      ? null
      : {
          name: 'simulator',
          port: ports.simulator,
          elsewhere: 'change TWILIO_API_URL and TWILIO_MESSAGING_URL in .dev.vars',
          readyWithinMs: 20_000,
          launch: (port) =>
            node('simulator/main.ts', {
              SIMULATOR_PORT: String(port),
              SIMULATOR_STATE: join(state, 'simulator'),
              ...Object.fromEntries(
                Object.entries(vars).filter(([name]) => name === 'PUBLIC_URL' || /^(TWILIO|TELEGRAM)_/.test(name)),
              ),
            }),
        };

  const git: Part | null =
    ports.git === null
      ? null
      : {
          name: 'GitHub stand-in',
          port: ports.git,
          elsewhere: 'change GIT_API_URL and GIT_HOSTS_URL in .dev.vars',
          readyWithinMs: 30_000,
          launch: (port) =>
            node('simulator/git-host/main.ts', {
              GIT_HOST_PORT: String(port),
              GIT_HOST_STATE: join(state, 'git-hosts'),
              PUBLIC_URL: vars.PUBLIC_URL ?? '',
              ...Object.fromEntries(Object.entries(vars).filter(([name]) => name.startsWith('GITHUB_'))),
            }),
        };

  return { agent, fly, relay, model, simulator, git };
}

/** The time a turn gets when its machine is told to stop: less than the platform waits, and scaled with its pace. */
const SHUTDOWN_GRACE_MS = 280_000;

/** Ends every machine of the stand-in for Fly with its agents, found by the path of their disks. Linux only. */
export function endMachines(state: string): void {
  for (const name of ['DATA_DIR', 'CLAUDE_CONFIG_DIR']) killMarked(`${name}=${join(state, 'fly')}/`);
}

/**
 * Wrangler sends nothing home, asks nothing of the network, keeps no log of its own that grows with every request, and
 * has neither its explorer, which reads and changes every conversation, nor a record of requests.
 */
const QUIET_WRANGLER = {
  X_LOCAL_EXPLORER: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_WRITE_LOGS: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};
