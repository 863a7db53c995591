import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterRefs } from './actions/after-push.ts';
import { actorOf } from './api/answers.ts';
import { GitHostFaults } from './faults.ts';
import { Git } from './git/git.ts';
import { Pushes } from './git/pushes.ts';
import { GITHUB, type GitHost, type GitHostOptions } from './host.ts';
import { createListener, type ReceivedRequest } from './listener.ts';
import { GitHostStore } from './store.ts';
import { Webhooks } from './webhooks/webhooks.ts';
import { createWorld, type GitHostWorld } from './world.ts';

// Git hosts as one server on one port: github.com below /github.com, its API below /api, and every other host below its
// name. Git is the real `git http-backend`. Listens on this computer only.

export type FakeGitHost = {
  url: string;
  /** The value of GIT_API_URL. */
  apiUrl: string;
  /** The value of GIT_HOSTS_URL. */
  hostsUrl: string;
  world: GitHostWorld;
  faults: GitHostFaults;
  /** Every request received, refused ones too. */
  requests: readonly ReceivedRequest[];
  stop(): Promise<void>;
};

export async function startGitHost(options: GitHostOptions): Promise<FakeGitHost> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const store = new GitHostStore(options.folder);
  const faults = new GitHostFaults();
  const webhooks = new Webhooks();
  const timers = new Set<NodeJS.Timeout>();
  const host: GitHost = {
    options,
    store,
    git: new Git(join(options.folder, 'home')),
    faults,
    webhooks,
    url: '',
    now: options.now ?? Date.now,
    log: options.log ?? (() => undefined),
    later(ms, work) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        void Promise.resolve(work()).catch((error: Error) => host.log(error.stack ?? error.message));
      }, ms);
      timers.add(timer);
    },
  };
  webhooks.use(host);
  const pushes = new Pushes(host, async ({ repository, token, commands }) => {
    const actor = repository.host === GITHUB ? actorOf(host, token) : (token.login ?? 'somebody');
    await afterRefs(host, repository, actor, commands);
  });
  const requests: ReceivedRequest[] = [];
  const listener = createListener(host, pushes, requests);
  const servers = [createServer({ requestTimeout: 0 }, listener)];
  await listen(servers[0]!, { port: options.port, host: '127.0.0.1' });
  host.url = `http://127.0.0.1:${(servers[0]!.address() as AddressInfo).port}`;
  if (options.socket !== undefined) {
    const second = createServer({ requestTimeout: 0 }, listener);
    servers.push(second);
    await listen(second, { path: options.socket });
  }
  return {
    url: host.url,
    apiUrl: `${host.url}/api`,
    hostsUrl: `${host.url}/{host}`,
    world: createWorld(host),
    faults,
    requests,
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      await webhooks.close();
      for (const server of servers) server.closeAllConnections();
      await Promise.all(closed);
      store.save();
    },
  };
}

const listen = (
  server: ReturnType<typeof createServer>,
  at: { port: number; host: string } | { path: string },
): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, resolve);
  });
