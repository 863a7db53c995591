import { resolve } from 'node:path';
import { startFly } from './server.ts';
import { readSettings } from './settings.ts';

// The fake Fly as a process: settings in, one line when it is ready, one line and exit 1 when it cannot start. What it has
// is in its folder and is there again after a restart.

function giveUp(sentences: string[]): never {
  console.error(sentences.join('\n'));
  process.exit(1);
}

const settings = readSettings(process.env, resolve(import.meta.dirname, '../..'));
if (!settings.ok) giveUp(settings.problems);
const { options } = settings;

const fly = await startFly({
  ...options,
  log: (line) => console.log(`${new Date().toISOString().slice(11, 23)} ${line}`),
}).catch((error: NodeJS.ErrnoException) =>
  giveUp([
    error.code === 'EADDRINUSE'
      ? `Port ${options.port} is already in use. Stop the program that uses it, or set another port with FLY_PORT (and FLY_API_URL, FLY_MACHINES_URL).`
      : `The fake Fly cannot start: ${error.message}`,
  ]),
);
console.log(`fake Fly ready on ${fly.apiUrl}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void fly.stop().then(() => process.exit(0)));
}
