import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sealSecret } from '../../src/links/sealed-secret.ts';
import { CONNECT_AUDIENCE, signToken } from '../../src/protocol/index.ts';
import { ConnectProxy } from '../../vm/src/network/connect-proxy.ts';
import { makeRepositoryEnvironment } from '../../vm/src/repository/git-settings.ts';
import { makeToolsFolder, toolsFolderOf } from '../../vm/src/repository/tools-folder.ts';
import { closeObjectFiles } from '../relay/object-files.ts';
import { type GitHostStand, openGitHost, ROBIN, type Run, runProgram } from '../simulator/git-host-stand.ts';
import { type Stack, startStack } from './stack.ts';

// git and gh as the agent has them, the machine's connect proxy, the relay, and the git host. A person's turn is open,
// because no machine takes it.

export const SHOP = 'robin-field/shop';
const PERSON = 'whatsapp:+15555550123';
const SECRETS_KEY = 'A'.repeat(43);

export type ConnectStack = {
  stack: Stack;
  host: GitHostStand;
  /** The person's token at the git host. */
  secret: string;
  /** The attempt's token, as only the agent server has it. */
  token: string;
  /** A folder for clones. */
  folder: string;
  run(program: string, args: readonly string[], cwd?: string): Promise<Run>;
  rows(query: string): Record<string, unknown>[];
  stop(): Promise<void>;
};

/** `path`: where gh is. */
export async function startConnectStack(path: string, vars: Record<string, string> = {}): Promise<ConnectStack> {
  const host = await openGitHost();
  const stack = await startStack({
    machine: false,
    vars: { SECRETS_KEY, GIT_API_URL: host.apiUrl, GIT_HOSTS_URL: host.hostsUrl, ...vars },
  });
  stack.text(PERSON, 'work');
  const query = "SELECT turn || '.' || n AS id FROM attempts WHERE state <> 'ended'";
  const attempt = await stack.until(() => read(stack, query)[0]?.id as string | undefined, 'an attempt', 30_000);
  await stack.relay.kill();
  const { token: secret } = host.world.addToken({ kind: 'classic', login: 'robin-field', scopes: ['repo'] });
  const id = await bind(stack, secret);
  await stack.relay.start();
  const token = await signToken(
    stack.key,
    { audience: CONNECT_AUDIENCE, conversation: id, attempt },
    Date.now(),
    3_600_000,
  );
  const proxy = new ConnectProxy(stack.relay.url);
  await proxy.listen();
  const repository = { host: 'github.com', path: SHOP, ...ROBIN };
  proxy.open(id, { ...repository, token: { token, expires_at: Date.now() + 3_600_000 } });
  makeToolsFolder(host.folder);
  const env = {
    ...makeRepositoryEnvironment(repository, { port: proxy.port, word: proxy.wordFor(id) }),
    PATH: `${toolsFolderOf(host.folder)}:${path}`,
    HOME: host.folder,
    LANG: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  return {
    stack,
    host,
    secret,
    token,
    folder: host.folder,
    run: (program, args, cwd = host.folder) => runProgram(program, args, { cwd, env }),
    rows: (asked) => read(stack, asked),
    async stop() {
      proxy.close();
      closeObjectFiles(stack.relay.objects);
      await stack.stop();
      await host.close();
    },
  };
}

const filesOf = (stack: Stack): string[] =>
  readdirSync(stack.relay.objects, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /roost-Conversation\/[0-9a-f]{64}\.sqlite$/.test(name),
  );

/** The person's home, for one query. */
function open<T>(stack: Stack, work: (database: DatabaseSync, id: string) => T): T | null {
  for (const name of filesOf(stack)) {
    const database = new DatabaseSync(join(stack.relay.objects, name), { timeout: 2000 });
    try {
      const isHome = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'conversation'").get();
      if (isHome) return work(database, /([0-9a-f]{64})\.sqlite$/.exec(name)?.[1] ?? '');
    } finally {
      database.close();
    }
  }
  return null;
}

const read = (stack: Stack, query: string): Record<string, unknown>[] =>
  open(stack, (database) => database.prepare(query).all() as Record<string, unknown>[]) ?? [];

/** Connects the person's account, and binds their project to the repository. The relay is down. */
async function bind(stack: Stack, token: string): Promise<string> {
  const id = open(stack, (_, found) => found) ?? '';
  const sealed = await sealSecret(
    { current: SECRETS_KEY },
    { object: id, host: 'github.com' },
    JSON.stringify({ token }),
  );
  const repository = { host: 'github.com', path: SHOP, id: null, defaultBranch: 'main', isPrivate: true, sizeKb: 1 };
  open(stack, (database) => {
    database.prepare('UPDATE projects SET repository = ?').run(JSON.stringify(repository));
    const query = `INSERT INTO connections (host, kind, state, login, sealed, connected_at)
      VALUES ('github.com', 'token', 'good', 'robin-field', ?, 1)`;
    database.prepare(query).run(sealed);
  });
  return id;
}
