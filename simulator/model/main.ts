import { serve } from '@hono/node-server';
import { createModelServer } from './server.ts';

// The demo model as a separate process, on loopback only. MODEL_PORT (4020), MODEL_PAUSE_MS (5) between two pieces of
// an answer. Keeps nothing, so it ends as soon as it is asked to.

const port = wholeNumber('MODEL_PORT', 4020, 65_535);
const pauseMs = wholeNumber('MODEL_PAUSE_MS', 5, 10_000);

const server = serve({ fetch: createModelServer({ pauseMs }).fetch, port, hostname: '127.0.0.1' }, (info) => {
  console.log(`demo model ready on http://127.0.0.1:${info.port}`);
});
server.on('error', (error: NodeJS.ErrnoException) => {
  end(
    error.code === 'EADDRINUSE'
      ? `The demo model can’t start: port ${port} is already in use. Stop the program that uses it, or set MODEL_PORT to another port.`
      : `The demo model can’t start: ${error.message}.`,
  );
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

function wholeNumber(name: string, fallback: number, max: number): number {
  const raw = process.env[name];
  if (raw === undefined || raw === '') return fallback;
  const value = Number(raw);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  return end(`${name} must be a whole number from 0 to ${max}.`);
}

function end(line: string): never {
  console.error(line);
  process.exit(1);
}
