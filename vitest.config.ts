import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { parseEnv } from 'node:util';
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

// One project per ring of tests; test/README.md says what each ring is for. A journey holds a workerd and a Claude Code
// process, about 1 GB together, so the number of files side by side is capped by memory as well as by cores. One more than
// cores: most files wait for processes, timers and one another.
const byMemory = Math.max(1, Math.floor(totalmem() / 2 ** 30 / 2));
const maxWorkers = Math.max(1, Math.min(availableParallelism() + 1, byMemory, 5));

// Bounds keep a test that hangs from hanging the run. They say nothing about speed: a busy computer takes many times as long.
const expectWithin = { poll: { timeout: 30_000 } };
/** Each has all outside services, most of them with the relay in workerd. */
const DEPLOYMENTS = 'test/scripts/{deploy,doctor,live,setup,setup-fly}.test.ts';

const node = (
  name: string,
  include: string[],
  timeout: number,
  shared: { isolate?: false; pool?: 'threads'; exclude?: string[] } = {},
) => ({
  test: {
    ...shared,
    name,
    include,
    environment: 'node' as const,
    testTimeout: timeout,
    hookTimeout: timeout,
    expect: expectWithin,
  },
});

// What the relay is configured with in test/edge. The addresses lead nowhere: the tests answer in their place.
const edgeBindings = {
  // A developer's .dev.vars is read by the plugin as well; none of its names may reach a test.
  ...Object.fromEntries(
    Object.keys(parseEnv(readFileSync(new URL('.dev.vars.example', import.meta.url), 'utf8'))).map((name) => [
      name,
      '',
    ]),
  ),
  PUBLIC_URL: 'https://relay.example.com',
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(31)}1`,
  TWILIO_AUTH_TOKEN: 'edge-tests',
  TWILIO_AUTH_TOKEN_PREVIOUS: 'edge-tests-before',
  TWILIO_SENDERS: 'whatsapp:+15555550100,+15555550100',
  TWILIO_API_URL: 'https://twilio.example.com',
  TWILIO_MESSAGING_URL: 'https://twilio.example.com',
  TWILIO_CONTENT_URL: 'https://twilio.example.com',
  // A person per test.
  ALLOWED_SENDERS: ['+15555550123', ...Array.from({ length: 1000 }, (_, n) => `+1555555${1000 + n}`)].join(','),
  MACHINE_PROVIDER: 'static',
  MACHINE_URL: 'https://machine.example.com',
  STATIC_SHARED: 'trusted',
  SECRETS_KEY: randomBytes(32).toString('base64url'),
  MACHINE_SIGNING_KEY: JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })),
  ANTHROPIC_API_URL: 'https://model.example.com',
  ANTHROPIC_API_KEY: 'the-real-key',
  GATHER_MS: '0',
  WELCOME: 'off',
  // Switched on in test/edge/backup.test.ts.
  ARCHIVE_AFTER_MS: 'off',
};

export default defineConfig({
  test: {
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      // Decisions have no state of their own, so the files share what they import.
      node('pure', ['test/!(hostile-shapes).test.ts', 'test/{pure,agent-server}/**/*.test.ts'], 60_000, {
        isolate: false,
        pool: 'threads',
      }),
      // Thousands of long texts take longer than all decisions together.
      node('shapes', ['test/hostile-shapes.test.ts'], 240_000),
      node('scripts', ['test/scripts/**/*.test.ts'], 240_000, { isolate: false, exclude: [DEPLOYMENTS] }),
      node('deployments', [DEPLOYMENTS], 240_000),
      node('simulator', ['test/simulator/**/*.test.ts'], 120_000, { isolate: false }),
      // Its processes are what takes time, and they are its files' own: the workers share what they import.
      node('vm', ['test/vm/**/*.test.ts'], 240_000, { isolate: false }),
      node('journeys', ['test/journeys/**/*.test.ts'], 300_000),
      node('faults', ['test/faults/**/*.test.ts'], 300_000),
      node('browser', ['test/browser/**/*.test.ts'], 240_000),
      {
        plugins: [
          cloudflareTest({
            main: './src/worker/local.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: edgeBindings },
          }),
        ],
        test: {
          name: 'edge',
          include: ['test/edge/**/*.test.ts'],
          // The files share a workerd: starting it and loading the relay costs more than most of them take. A file that
          // needs another configuration sets it in its environment, which test/edge/begin-file.ts resets.
          isolate: false,
          globalSetup: ['./test/edge/key-server.ts'],
          setupFiles: ['./test/edge/begin-file.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: expectWithin,
        },
      },
    ],
  },
});
