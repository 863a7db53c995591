import { resolve } from 'node:path';
import { startFly } from './server.ts';
import { readFlySettings } from './settings.ts';

// The fake Fly as a process: reads its settings, prints one line when it is ready, or one line and exit code 1 if it
// can't start. Its state is in its folder and survives a restart.

function giveUp(sentences: string[]): never {
  console.error(sentences.join('\n'));
  process.exit(1);
}

const settings = readFlySettings(process.env, resolve(import.meta.dirname, '../..'));
if (!settings.ok) giveUp(settings.problems);
const { options } = settings;

const fly = await startFly({
  ...options,
  log: (line) => console.log(`${new Date().toISOString().slice(11, 23)} ${line}`),
}).catch((error: NodeJS.ErrnoException) =>
  giveUp([
    error.code === 'EADDRINUSE'
      ? `Port ${options.port} is already in use. Stop the program that uses it, or set another port with FLY_PORT (and FLY_API_URL, FLY_MACHINES_URL).`
      : `The fake Fly can’t start: ${error.message}`,
  ]),
);
console.log(`fake Fly ready on ${fly.apiUrl}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void fly.stop().then(() => process.exit(0)));
}
