import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { type FakeGitHost, startGitHost } from '../../simulator/git-host/server.ts';
import type { Chat, Someone } from './chat.ts';

// A git host beside the stack of a journey: a private repository of two hundred files, its owner's token, and a
// webhook that leads to the relay.

export const SHOP = 'robin-field/shop';
const OWNER = { name: 'Robin Field', email: 'robin@example.com' };
const WEBHOOK_SECRET = 'the-webhook-secret-of-the-journeys';

export type RepositoryStand = {
  host: FakeGitHost;
  /** Where the host keeps everything, tokens too: nothing that an agent's computer has. */
  folder: string;
  /** Settings of a relay that uses this host. */
  vars: Vars;
  /** Robin's fine-grained token for the shop. */
  token: string;
  /** From now on the host tells the relay what happens in the shop. */
  tellTo(relayUrl: string): void;
  stop(): Promise<void>;
};

const APP_VARS = {
  GITHUB_APP_ID: '7',
  GITHUB_APP_SLUG: 'roost',
  GITHUB_CLIENT_ID: 'Iv1',
  GITHUB_CLIENT_SECRET: 'the-client-secret-of-the-journeys',
};
const NO_APP = Object.fromEntries([...Object.keys(APP_VARS), 'GITHUB_APP_PRIVATE_KEY'].map((name) => [name, '']));

/** Two hundred files, of which `src/price.ts` has the mistake that the journeys mend. */
const shopFiles = (): Record<string, string> => ({
  'README.md': '# Shop\n',
  'src/price.ts': 'export const price = (cents: number) => cents / 10;\n',
  ...Object.fromEntries(
    Array.from({ length: 198 }, (_, n) => [`src/parts/part-${n}.ts`, `export const part${n} = ${n};\n`.repeat(20)]),
  ),
});

/** `way`: how people connect. */
export async function startRepositoryStand(way: 'app' | 'token'): Promise<RepositoryStand> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-repository-'));
  const host = await startGitHost({ port: 0, folder });
  const { world } = host;
  world.addPerson('robin-field', { name: OWNER.name });
  world.addPerson('kim-reyes', { name: 'Kim Reyes' });
  const begin = { message: 'Begin', author: OWNER, at: Date.parse('2026-11-02T09:00:00Z'), files: shopFiles() };
  const shop = await world.addRepository(SHOP, { commits: [begin], collaborators: { 'kim-reyes': 'write' } });
  await world.addRepository('robin-field/diary', {
    commits: [{ ...begin, files: { 'diary.md': 'nobody reads this\n' } }],
  });
  const { token } = world.addToken({
    kind: 'fine-grained',
    login: 'robin-field',
    permissions: { metadata: 'read', contents: 'write', pull_requests: 'write', statuses: 'read' },
    repositories: [shop.id],
  });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    host,
    folder,
    token,
    vars: {
      GIT_API_URL: host.apiUrl,
      GIT_HOSTS_URL: host.hostsUrl,
      ...(way === 'app' ? { ...APP_VARS, GITHUB_APP_PRIVATE_KEY: Buffer.from(pem).toString('base64') } : NO_APP),
      GITHUB_WEBHOOK_SECRET: WEBHOOK_SECRET,
    },
    tellTo(relayUrl) {
      const app = {
        id: Number(APP_VARS.GITHUB_APP_ID),
        slug: APP_VARS.GITHUB_APP_SLUG,
        clientId: APP_VARS.GITHUB_CLIENT_ID,
        clientSecret: APP_VARS.GITHUB_CLIENT_SECRET,
        webhookUrl: `${relayUrl}/webhooks/git`,
        webhookSecret: WEBHOOK_SECRET,
        callbackUrls: [`${relayUrl}/account/callback`],
      };
      world.install(world.addApp(app, pem), 'robin-field', [SHOP]);
    },
    async stop() {
      await host.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** `/github`, the page behind its link as a browser has it, and the code of the page in the chat. */
export async function connectByToken(chat: Chat, who: Someone, token: string): Promise<void> {
  const link = await linkOf(chat, who);
  const form = await (await fetch(link)).text();
  if (!form.includes('name="token"')) throw new Error(`The page has no form: ${form}`);
  await textCode(chat, who, await press(link, { token }), 'pastes a fine-grained token');
}

/** The same with the operator's App: the page leads to the host, where the person says yes. */
export async function connectByApp(chat: Chat, who: Someone, { host }: RepositoryStand): Promise<void> {
  const link = await linkOf(chat, who);
  const gone = await press(link, {});
  const location = gone.headers.get('location');
  if (location === null) throw new Error(`The page leads nowhere: ${gone.status} ${await gone.text()}`);
  const back = new URL('/account/callback', link);
  back.searchParams.set('code', host.world.authorize(APP_VARS.GITHUB_CLIENT_ID, 'robin-field', back.href));
  back.searchParams.set('state', new URL(location).searchParams.get('state') ?? '');
  await textCode(chat, who, await fetch(back), 'says yes to the App at GitHub');
}

const linkOf = async (chat: Chat, who: Someone): Promise<string> =>
  /http\S+\/account\/\S+/.exec(await chat.text(who, '/github', /\/account\//))?.[0] ?? '';

const press = (link: string, fields: Record<string, string>): Promise<Response> =>
  fetch(link, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin: new URL(link).origin },
    redirect: 'manual',
  });

async function textCode(chat: Chat, who: Someone, done: Response, did: string): Promise<void> {
  const page = await done.text();
  const code = /\/github ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(page)?.[1];
  if (!code) throw new Error(`The page shows no code: ${page}`);
  chat.aside(`${who.name} opens the page, ${did}, and gets a code`);
  await chat.text(who, `/github ${code}`, /^Connected: GitHub/);
}
