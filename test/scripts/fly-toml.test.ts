import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { renderFlyToml } from '../../src/machines/fly/fly-toml.ts';
import { machineConfig, machineSettings } from '../../src/machines/fly/machine-config.ts';

// The machine made by hand and those made for people are the same machine.

const written = readFileSync(join(import.meta.dirname, '../../fly.toml'), 'utf8');

type Toml = {
  app: string;
  primary_region: string;
  kill_signal: string;
  kill_timeout: number;
  env: Record<string, string>;
  mounts: { source: string; destination: string };
  http_service: {
    internal_port: number;
    force_https: boolean;
    auto_stop_machines: string;
    auto_start_machines: boolean;
    min_machines_running: number;
    concurrency: object;
    checks: object[];
  };
  restart: { policy: string; retries: number }[];
  vm: { memory: string; cpu_kind: string; cpus: number }[];
};

test('fly.toml is what the generator writes', () => {
  const { app, primary_region } = parse(written) as unknown as Toml;
  expect(written, 'fly.toml is not what its settings say: run node scripts/generate/fly-toml.ts').toBe(
    renderFlyToml({ app, region: primary_region }),
  );
});

test('fly.toml and the config of a machine made for a person describe the same machine', () => {
  const toml = parse(written) as unknown as Toml;
  const { http_service: http, vm } = toml;
  const config = machineConfig({
    image: 'registry.example.com/agent@sha256:1',
    memoryMb: machineSettings.memoryMb,
    volume: 'vol_1',
    env: {},
    metadata: {},
  });
  const service = config.services[0]!;
  expect(config.services).toHaveLength(1);
  // fly.toml in the words of the Machines API.
  expect({
    env: toml.env,
    mounts: [{ volume: 'vol_1', path: toml.mounts.destination }],
    guest: { cpu_kind: vm[0]!.cpu_kind, cpus: vm[0]!.cpus, memory_mb: Number.parseInt(vm[0]!.memory, 10) * 1024 },
    restart: { policy: toml.restart[0]!.policy, max_retries: toml.restart[0]!.retries },
    stop_config: { signal: toml.kill_signal, timeout: `${toml.kill_timeout}s` },
  }).toEqual({
    env: config.env,
    mounts: config.mounts,
    guest: config.guest,
    restart: config.restart,
    stop_config: config.stop_config,
  });
  expect({
    internal_port: http.internal_port,
    autostop: http.auto_stop_machines,
    autostart: http.auto_start_machines,
    min_machines_running: http.min_machines_running,
    concurrency: http.concurrency,
    checks: http.checks.map((check) => ({ type: 'http', protocol: 'http', port: http.internal_port, ...check })),
  }).toEqual({
    internal_port: service.internal_port,
    autostop: service.autostop,
    autostart: service.autostart,
    min_machines_running: service.min_machines_running,
    concurrency: service.concurrency,
    checks: service.checks,
  });
  // http_service means these two ports.
  expect(service.ports).toEqual([
    { port: 80, handlers: ['http'], force_https: http.force_https },
    { port: 443, handlers: ['tls', 'http'] },
  ]);
});
