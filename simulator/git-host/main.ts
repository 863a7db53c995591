import { resolve } from 'node:path';
import { seedFirst } from './seed/first.ts';
import { startGitHost } from './server.ts';
import { readGitHostSettings } from './settings.ts';

// The git hosts as a process: reads its settings, prints one line when it is ready, or one line and exit code 1 if it
// can't start. Accounts and repositories are in its folder and survive a restart.

/** Long enough that a person sees the check as running. */
const CHECKS_PASS_AFTER_MS = 8_000;

function giveUp(sentences: string[]): never {
  console.error(sentences.join('\n'));
  process.exit(1);
}

const settings = readGitHostSettings(process.env, resolve(import.meta.dirname, '../..'));
if (!settings.ok) giveUp(settings.problems);

const host = await startGitHost({
  port: settings.port,
  folder: settings.folder,
  checksPassAfterMs: CHECKS_PASS_AFTER_MS,
  log: (line) => console.log(`${new Date().toISOString().slice(11, 23)} ${line}`),
}).catch((error: NodeJS.ErrnoException) =>
  giveUp([
    error.code === 'EADDRINUSE'
      ? `Port ${settings.port} is already in use. Stop the program that uses it, or set another port with GIT_API_URL and GIT_HOSTS_URL.`
      : `The stand-in for GitHub can’t start: ${error.message}`,
  ]),
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void host.stop().then(() => process.exit(0)));
}
// On a computer without git the stand-in starts without repositories.
if (host.world.store.records.repositories.length === 0)
  await seedFirst(host, Date.now()).catch((error: Error) =>
    console.log(`The stand-in for GitHub has no repositories: ${error.message.split('\n')[0]}`),
  );
const { app, oauth } = settings;
if (app) {
  const { privateKey, callbackUrl, ...rest } = app;
  host.world.addApp({ ...rest, name: 'Roost', owner: 'robin-field', callbackUrls: [callbackUrl] }, privateKey);
}
if (oauth) host.world.addOAuthApp({ ...oauth, name: 'Roost', callbackUrl: settings.callbackUrl });
console.log(`GitHub stand-in ready on ${host.url}/github.com`);
