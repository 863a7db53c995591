// The simulator as a process: reads its settings, prints one line when it is ready, or one line and exit code 1 if it
// can't start.

import { startSimulator } from './server.ts';
import { readSimulatorSettings } from './settings.ts';

function giveUp(sentences: string[]): never {
  console.error(sentences.join('\n'));
  process.exit(1);
}

const settings = readSimulatorSettings(process.env);
if (!settings.ok) giveUp(settings.problems);
const { options } = settings;

const simulator = await startSimulator({ ...options, othersMayDeliver: true, awaitProduct: true }).catch(
  (error: NodeJS.ErrnoException) =>
    giveUp([
      error.code === 'EADDRINUSE'
        ? `Port ${options.port} is already in use. Stop the program that uses it, or set another port with SIMULATOR_PORT (and TWILIO_API_URL).`
        : `The simulator can’t listen on port ${options.port}: ${error.message}`,
    ]),
);
console.log(`phone page on ${simulator.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator.stop().then(() => process.exit(0)));
}
