// The simulator as a process: settings in, one line when it is ready, one line and exit 1 when it cannot start.

import { startSimulator } from './server.ts';
import { readSettings } from './settings.ts';

function giveUp(sentences: string[]): never {
  console.error(sentences.join('\n'));
  process.exit(1);
}

const settings = readSettings(process.env);
if (!settings.ok) giveUp(settings.problems);
const { options } = settings;

const simulator = await startSimulator({ ...options, othersMayDeliver: true, awaitProduct: true }).catch(
  (error: NodeJS.ErrnoException) =>
    giveUp([
      error.code === 'EADDRINUSE'
        ? `Port ${options.port} is already in use. Stop the program that uses it, or set another port with SIMULATOR_PORT (and TWILIO_API_URL).`
        : `The simulator cannot listen on port ${options.port}: ${error.message}`,
    ]),
);
console.log(`phone page on ${simulator.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator.stop().then(() => process.exit(0)));
}
