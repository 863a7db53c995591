import { availableParallelism, totalmem } from 'node:os';
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

// One project per ring of tests; test/README.md says what each ring is for. A journey holds a workerd and a Claude Code
// process, about 1 GB together, so the number of files side by side is capped by memory as well as by cores.
const byMemory = Math.max(1, Math.floor(totalmem() / 2 ** 30 / 2));
const maxWorkers = Math.max(1, Math.min(availableParallelism(), byMemory, 4));

const node = (name: string, include: string[], timeout: number) => ({
  test: { name, include, environment: 'node' as const, testTimeout: timeout, hookTimeout: timeout },
});

export default defineConfig({
  test: {
    maxWorkers,
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      node('pure', ['test/architecture.test.ts', 'test/pure/**/*.test.ts'], 10_000),
      node('scripts', ['test/scripts/**/*.test.ts'], 60_000),
      node('simulator', ['test/simulator/**/*.test.ts'], 60_000),
      node('vm', ['test/vm/**/*.test.ts'], 120_000),
      node('journeys', ['test/journeys/**/*.test.ts'], 240_000),
      node('browser', ['test/browser/**/*.test.ts'], 180_000),
      {
        plugins: [cloudflareTest({ main: './src/worker/index.ts', wrangler: { configPath: './wrangler.toml' } })],
        test: { name: 'edge', include: ['test/edge/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
