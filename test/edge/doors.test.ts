import { env, exports } from 'cloudflare:workers';
import { createHmac } from 'node:crypto';
import type { JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { webhookSecretOf } from '../../src/channels/telegram/verify.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Connecting } from '../../src/conversation/state/connections.ts';
import { accountUrl } from '../../src/links/account-link.ts';
import { diffUrl } from '../../src/links/diff-link.ts';
import { exportUrl } from '../../src/links/export-link.ts';
import { mediaUrl } from '../../src/links/media-link.ts';
import { sealSession } from '../../src/links/operator-link.ts';
import { pageUrl } from '../../src/links/page-link.ts';
import { sealSecret } from '../../src/links/sealed-secret.ts';
import { exportKeyOf } from '../../src/objects/export-collect.ts';
import { mediaKeyOf } from '../../src/objects/media-bucket.ts';
import { CONNECT_AUDIENCE, MODEL_AUDIENCE, signToken } from '../../src/protocol/index.ts';
import { DAY, HOUR } from '../../src/units.ts';
import { handOver } from '../../src/worker/intake.ts';
import { COMERS, type Comer, DOORS, type Door } from '../fixtures/doors.ts';
import { opened, SHOP } from '../fixtures/host-events.ts';
import { useClock } from './clock.ts';
import { BOT, TOKEN } from './outside-telegram.ts';
import { Person, quiet } from './person.ts';
import { plans } from './planned.ts';
import { addressObject, evict, newMessageSid, post, rows, textForm, useOutside, vars } from './relay.ts';
import { postUpdate, secret, TelegramPerson } from './telegram-person.ts';
import { stepOf } from './two-homes.ts';

// The table of doors: each door is tried by everybody who may come. Where it stays shut, the same test sees it open for
// somebody else.

quiet();
const clock = useClock();
const world = useOutside();
const before = { ...vars };
const KEY = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as JWK & { d: string };
const OTHER_KEY = { d: `${'A'.repeat(42)}E` };
const FILE = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const OPERATOR_TOKEN = 'operator-token-of-these-tests';
const OPERATOR = { id: 'operator', role: 'owner', isSelf: false } as const;
type Addressed = Pick<Person, 'address' | 'evicted'>;
const numberOf = ({ address }: Pick<Person, 'address'>): string => address.replace('whatsapp:', '');
const idOf = ({ address }: Person): string => addressObject(address).id.toString();

beforeEach(() => {
  clock.freeze();
  Object.assign(vars, { OPERATOR_TOKEN, ADMIN_SENDERS: '', PAIRING: 'off' });
});
afterEach(() => {
  Object.assign(vars, before);
});

/** Somebody who may come, before anything is known of them. */
function newcomer(comer: Comer): Person {
  const person = new Person(world);
  if (comer === 'owner') vars.ADMIN_SENDERS = numberOf(person);
  if (comer === 'stranger') vars.ALLOWED_SENDERS = '+15555550123';
  return person;
}

/** An admin makes them that. It counts from the next request on. */
async function become(person: Addressed, comer: Comer): Promise<void> {
  const home = addressObject(person.address);
  if (comer === 'admin' || comer === 'guest') await home.changeAccess({ to: 'role', role: comer }, OPERATOR);
  if (comer === 'blocked') await home.changeAccess({ to: 'block' }, OPERATOR);
  if (comer === 'locked') await home.changeAccess({ to: 'lock' }, OPERATOR);
  if (comer !== 'removed') return;
  leaveList(person);
  // A new configuration comes with a new version, which replaces the object.
  await person.evicted();
}

function leaveList(person: Pick<Person, 'address'>): void {
  const listed = String(vars.ALLOWED_SENDERS).split(',');
  vars.ALLOWED_SENDERS = listed.filter((number) => number !== numberOf(person)).join();
}

/** With work that runs, unless nobody knows them. */
async function working(comer: Comer): Promise<{ person: Person; attempt: string; token: string }> {
  const person = newcomer(comer);
  const words = `please, ${person.address}`;
  await person.says(words);
  if (comer === 'stranger') return { person, attempt: '', token: '' };
  const { attempt, body } = await person.outside.until(() => startWith(person, words));
  return { person, attempt, token: body.model_token.token };
}

const startWith = ({ outside }: Person, words: string) =>
  outside.starts.find(({ body }) => body.messages.some(({ text }) => text === words));

/** With an answer, unless nobody knows them. */
async function answered(comer: Comer): Promise<Person> {
  const person = newcomer(comer);
  await person.says('/help');
  if (comer !== 'stranger') await person.comesToRest(clock);
  return person;
}

const hasText = async ({ address }: Pick<Person, 'address'>, text: string): Promise<boolean> =>
  (await rows<{ text: string }>(address, 'SELECT text FROM messages')).some((row) => row.text.includes(text));
/** Whether it happens within a few seconds of the clock. */
async function happens(person: Person, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let turns = 0; turns < 40; turns++) {
    if (await condition()) return true;
    clock.move(250);
    await person.ring();
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
  }
  return false;
}

const isOut = (comer: Comer): boolean => comer === 'blocked' || comer === 'locked' || comer === 'removed';

const keyOf = (comer: Comer): { d: string } => (comer === 'forged' ? OTHER_KEY : KEY);
const endOf = (comer: Comer): number => Date.now() + (comer === 'yesterday' ? -DAY : HOUR);
const get = async (url: string): Promise<number> => (await exports.default.fetch(url)).status;

async function join(person: Person, code: string): Promise<boolean> {
  await person.says(`JOIN ${code}`);
  return (await addressObject(person.address).entry()) !== null;
}

/** An owner's invitation. */
async function invitation(): Promise<string> {
  const owner = await answered('owner');
  await owner.says('/invite');
  let code = '';
  await owner.runs(clock, () => {
    code = /JOIN ([A-Z2-9-]{9})/.exec(owner.bodies().join())?.[1] ?? '';
    return code !== '';
  });
  return code;
}

/** Whether the door opens. */
const tries: Record<Door, (comer: Comer) => Promise<boolean>> = {
  webhook: async (comer) => {
    const person = await answered(comer);
    await become(person, comer);
    const form = textForm(person.address, 'knock, knock');
    const wrong = { forged: { signature: 'A'.repeat(27).concat('=') }, yesterday: { token: 'the-token-before' } };
    await post('/webhooks/twilio', form, comer === 'forged' || comer === 'yesterday' ? wrong[comer] : {});
    return hasText(person, 'knock, knock');
  },
  telegram: async (comer) => {
    const person = new TelegramPerson();
    Object.assign(vars, { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: 'https://telegram.example.com' });
    if (comer !== 'stranger') vars.ALLOWED_SENDERS = `${before.ALLOWED_SENDERS},${person.address}`;
    if (comer === 'owner') vars.ADMIN_SENDERS = person.address;
    await person.says('/help');
    await become({ address: person.address, evicted: () => evict(person.address) }, comer);
    const isWrong = comer === 'forged' || comer === 'yesterday';
    await postUpdate(
      person.message({ text: 'knock, knock' }),
      isWrong ? webhookSecretOf(undefined, OTHER_KEY, BOT) : secret(),
    );
    return hasText(person, 'knock, knock');
  },
  list: async (comer) => {
    const person = await answered(comer);
    await become(person, comer);
    const read = readConfig(env);
    if (!read.ok) throw new Error(read.problems.join());
    const listed = { files: [], quoted: null, unread: null, optOut: null, late: true, attachments: 0 };
    const sent = { providerId: newMessageSid(), from: person.address, to: person.ours, receivedAt: Date.now() };
    await handOver(env, read.config, { ...listed, ...sent, text: 'knock, knock' });
    return hasText(person, 'knock, knock');
  },
  callback: async (comer) => {
    const known = await answered(comer === 'stranger' ? 'member' : comer);
    const sent = await known.gets(0);
    const person = comer === 'stranger' ? newcomer(comer) : known;
    await become(person, comer);
    const { pathname, search } = new URL(sent.statusCallback);
    const fields = { MessageSid: sent.sid, MessageStatus: 'delivered', To: person.address };
    const form = { ...fields, AccountSid: vars.TWILIO_ACCOUNT_SID as string };
    const wrong = { forged: { signature: 'A'.repeat(27).concat('=') }, yesterday: { token: 'the-token-before' } };
    await post(`${pathname}${search}`, form, comer === 'forged' || comer === 'yesterday' ? wrong[comer] : {});
    return (await known.replyStates()).startsWith('delivered');
  },
  media: async (comer) => {
    const person = await answered(comer);
    await become(person, comer);
    await env.MEDIA?.put(mediaKeyOf(idOf(person), FILE), 'a file');
    const ref = { conversation: idOf(person), file: FILE, expiresAt: endOf(comer) };
    return (await get(mediaUrl(vars.PUBLIC_URL as string, keyOf(comer), ref))) === 200;
  },
  pages: async (comer) => {
    const person = await answered(comer);
    const page = `INSERT INTO pages (id, markdown, next_part, created_at) VALUES ('${FILE}', 'words', 1, ${Date.now()})`;
    if (comer !== 'stranger') await person.rewrites(page);
    await become(person, comer);
    const ref = { conversation: idOf(person), page: FILE, expiresAt: endOf(comer) };
    return (await get(pageUrl(vars.PUBLIC_URL as string, keyOf(comer), ref))) === 200;
  },
  export: async (comer) => {
    const person = await answered(comer);
    const idle = { cursor: null, upload: null, tries: 0, restarts: 0, size: 6, at: Date.now() };
    const link = { id: FILE, isSent: true };
    const exporting = { ...idle, id: FILE, step: 'ready', expiresAt: Date.now() + HOUR, link };
    if (comer !== 'stranger')
      await person.rewrites(`UPDATE conversation SET exporting = '${JSON.stringify(exporting)}'`);
    await env.MEDIA?.put(exportKeyOf(idOf(person), FILE), 'a copy');
    await become(person, comer);
    const ref = { conversation: idOf(person), link: FILE, expiresAt: endOf(comer) };
    const url = exportUrl(vars.PUBLIC_URL as string, keyOf(comer), ref);
    return (await exports.default.fetch(url, { method: 'POST' })).status === 200;
  },
  changes: async (comer) => {
    const person = await answered(comer);
    const patch = 'diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n';
    const diff = `INSERT INTO diffs VALUES ('${FILE}', 'main', 12, 'Mend', NULL, '${patch}', 0, 0, ${Date.now()})`;
    if (comer !== 'stranger') await person.rewrites(diff);
    await become(person, comer);
    const ref = { conversation: idOf(person), diff: FILE, expiresAt: endOf(comer) };
    const url = diffUrl(vars.PUBLIC_URL as string, keyOf(comer), ref);
    const body = new URLSearchParams({ at: '0.1', page: '1', comment: 'why b?' });
    const headers = { origin: vars.PUBLIC_URL as string };
    const commented = await exports.default.fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
    const [isOpen, isWritten] = [(await get(url)) === 200, (await commented.text()).includes('/comment main#12')];
    if (await hasText(person, 'why b?')) throw new Error('the page texts the agent');
    if (isOpen !== isWritten) throw new Error('the page and its form differ');
    return isOpen;
  },
  git: async (comer) => {
    const secret = 'webhook-secret-of-these-tests';
    Object.assign(vars, { GITHUB_WEBHOOK_SECRET: secret });
    const person = await answered(comer);
    const watches = { own: [], others: ['new'] };
    await person.rewrites(
      `UPDATE projects SET repository = '${JSON.stringify(SHOP)}', watches = '${JSON.stringify(watches)}'`,
    );
    await env.DIRECTORY.getByName('directory').bindRepositories(idOf(person), ['github.com/mara/shop']);
    await become(person, comer);
    const at = new Date(Date.now() - (comer === 'yesterday' ? 7 * DAY : 0)).toISOString();
    const { name, body } = opened(at);
    const json = JSON.stringify(body);
    const key = new TextEncoder().encode(comer === 'forged' ? 'another secret of theirs' : secret);
    const signature = createHmac('sha256', key).update(json).digest('hex');
    await exports.default.fetch('https://relay.example.com/webhooks/git', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': name,
        'x-hub-signature-256': `sha256=${signature}`,
      },
      body: json,
    });
    return (await person.rows('SELECT number FROM pull_requests')).length > 0;
  },
  account: async (comer) => {
    const person = await answered(comer);
    const connecting: Connecting = {
      id: FILE,
      host: 'github.com',
      way: 'form',
      step: 'link',
      at: Date.now(),
      expiresAt: Date.now() + HOUR,
      device: null,
      found: null,
      tries: 0,
      pending: null,
    };
    if (comer !== 'stranger')
      await person.rewrites(`UPDATE conversation SET connecting = '${JSON.stringify(connecting)}'`);
    await become(person, comer);
    const ref = { conversation: idOf(person), link: FILE, expiresAt: endOf(comer) };
    return (await get(accountUrl(vars.PUBLIC_URL as string, keyOf(comer), ref))) === 200;
  },
  model: async (comer) => {
    const { person, attempt, token } = await working(comer);
    await become(person, comer);
    const claims = { audience: MODEL_AUDIENCE, conversation: idOf(person), attempt: attempt || `${FILE}.1` };
    const old = await signToken(KEY, claims, Date.now() - DAY, HOUR);
    const made = await signToken(KEY, claims, Date.now(), HOUR);
    const used = { forged: `${token.slice(0, -4)}AAAA`, yesterday: old, stranger: made } as Partial<
      Record<Comer, string>
    >;
    const response = await exports.default.fetch('https://relay.example.com/model/v1/messages', {
      method: 'POST',
      body: '{"model":"claude-sonnet-5"}',
      headers: { authorization: `Bearer ${used[comer] ?? token}` },
    });
    await response.body?.cancel();
    return response.status === 200;
  },
  connect: async (comer) => {
    const secret = 'A'.repeat(43);
    Object.assign(vars, { SECRETS_KEY: secret });
    const { person, attempt } = await working(comer);
    const id = idOf(person);
    if (comer !== 'stranger') {
      const sealed = await sealSecret({ current: secret }, { object: id, host: SHOP.host }, '{"token":"of the host"}');
      await person.rewrites(`UPDATE projects SET repository = '${JSON.stringify(SHOP)}'`);
      await person.rewrites(
        `INSERT INTO connections (host, kind, state, login, sealed, connected_at)
         VALUES ('github.com', 'token', 'good', 'mara', '${sealed}', 1)`,
      );
    }
    await become(person, comer);
    world.outside.onGit = () => new Response('refs');
    const claims = { audience: CONNECT_AUDIENCE, conversation: id, attempt: attempt || `${FILE}.1` };
    const token = await signToken(KEY, claims, Date.now() - (comer === 'yesterday' ? DAY : 0), HOUR);
    const address = 'https://relay.example.com/connect/github.com/mara/shop.git/info/refs?service=git-upload-pack';
    const given = comer === 'forged' ? `${token.slice(0, -4)}AAAA` : token;
    const response = await exports.default.fetch(address, { headers: { authorization: `Bearer ${given}` } });
    await response.body?.cancel();
    return response.status === 200;
  },
  machine: async (comer) => {
    const person = await answered(comer);
    await become(person, comer);
    const words = `please, ${person.address}`;
    await person.says(words);
    return happens(person, () => startWith(person, words) !== undefined);
  },
  operator: async (comer) => {
    if (comer === 'forged' || comer === 'stranger') {
      const person = comer === 'stranger' ? newcomer(comer) : await answered('owner');
      const ref = { person: idOf(person), session: FILE, expiresAt: Date.now() + HOUR };
      return opensPage(sealSession(comer === 'forged' ? OTHER_KEY : KEY, ref));
    }
    const wasAdmin = isOut(comer) || comer === 'yesterday';
    const person = await answered(comer);
    await become(person, wasAdmin ? 'admin' : comer);
    await person.says('/operator');
    let link = '';
    await happens(person, () => {
      link = /https:\S+\/operator\/login\/\S+/.exec(person.bodies().join('\n'))?.[0] ?? '';
      return link !== '';
    });
    if (link === '') return false;
    const headers = { origin: 'https://relay.example.com' };
    const answer = await exports.default.fetch(link, { method: 'POST', headers, redirect: 'manual' });
    const cookie = /=([\w-]+);/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';
    if (wasAdmin) expect(await opensPage(cookie)).toBe(true);
    if (comer === 'yesterday') clock.move(DAY);
    else if (wasAdmin) await become(person, comer);
    return opensPage(cookie);
  },
  api: async (comer) => {
    const { token } = await working(comer);
    const sent = { forged: `${OPERATOR_TOKEN}x`, yesterday: 'operator-token-of-yesterday' } as Partial<
      Record<Comer, string>
    >;
    return asksOperator(sent[comer] ?? token);
  },
  schedule: async (comer) => {
    const person = await answered(comer);
    const other = await answered('member');
    // People who are out were admins: others get what an admin schedules.
    const isAdmin = comer === 'owner' || comer === 'admin' || isOut(comer);
    await become(person, isOut(comer) ? 'admin' : comer);
    if (isOut(comer)) await become(person, comer);
    const at = Date.now() + HOUR;
    const recipients = isAdmin ? ['me', numberOf(other)] : [];
    await plans(person, [{ kind: 'text', rule: { kind: 'once', at }, nextAt: at, prompt: 'the bins', recipients }]);
    clock.move(HOUR);
    const hears = (of: Person): Promise<boolean> =>
      happens(person, async () => {
        await other.ring();
        return of.bodies().some((body) => body.includes('the bins'));
      });
    const isHeard = await hears(person);
    if (isAdmin) expect(await hears(other)).toBe(isHeard);
    return isHeard;
  },
  recipient: async (comer) => {
    const person = comer === 'stranger' ? newcomer(comer) : await answered(comer);
    await become(person, comer);
    const admin = new Person(world);
    const { address, ours: sender } = admin;
    await addressObject(address).admit({ address, sender, role: 'admin', name: null, budget: null }, []);
    const at = Date.now() + HOUR;
    const recipients = [numberOf(person)];
    await plans(admin, [{ kind: 'text', rule: { kind: 'once', at }, nextAt: at, prompt: 'the bins', recipients }]);
    clock.move(HOUR);
    await happens(
      admin,
      async () => (await admin.rows("SELECT 1 FROM deliveries WHERE state <> 'waiting'")).length > 0,
    );
    return happens(person, () => person.bodies().some((body) => body.includes('the bins')));
  },
  steer: async (comer) => {
    Object.assign(vars, { QUEUE_MODE: 'steer' });
    const { person } = await working(comer);
    await become(person, comer);
    const words = `and this, ${person.address}`;
    await person.says(words);
    return happens(person, () => person.outside.steers.some(({ text }) => text === words));
  },
  retry: async (comer) => {
    const { person, attempt } = await working(comer);
    await person.says('/stop');
    if (attempt !== '') person.tells(attempt, { type: 'ended', outcome: 'interrupted', reason: 'stopped' });
    await happens(person, async () => (await person.messageStates()).includes('failed'));
    await become(person, comer);
    const had = person.outside.starts.length;
    await person.says('/retry');
    return happens(person, () => person.outside.starts.length > had);
  },
  invite: async (comer) => {
    if (comer === 'forged') return join(newcomer('stranger'), 'AAAA-BBBB');
    if (comer === 'stranger') {
      const code = await invitation();
      return join(newcomer('stranger'), code);
    }
    if (comer === 'yesterday') {
      const code = await invitation();
      clock.move(8 * DAY);
      return join(newcomer('stranger'), code);
    }
    const person = await answered(comer);
    await become(person, comer);
    await person.says('/invite');
    return happens(person, () => person.bodies().some((body) => body.includes('JOIN ')));
  },
  link: async (comer) => {
    const person = await answered(comer === 'stranger' ? 'member' : comer);
    // People who are out made the code before.
    if (!isOut(comer)) await become(person, comer);
    const code = await codeOf(person);
    if (isOut(comer)) await become(person, comer);
    if (comer === 'yesterday') clock.move(DAY);
    const phone = new Person(world);
    leaveList(phone);
    await phone.says(`LINK ${comer === 'forged' ? 'AAAA-BBB2' : code}`);
    await phone.outside.until(() => phone.got().length > 0);
    await phone.says('yes');
    return (await addressObject(phone.address).entry())?.id === (await addressObject(person.address).entry())?.id;
  },
  merge: async (comer) => {
    // The person began first, and the other one has no more rights than a guest.
    const person = await answered(comer);
    await person.says('/project new Shop');
    clock.move(1000);
    const other = await answered('member');
    await other.says('/project new Shop');
    await become(other, 'guest');
    const code = await codeOf(other);
    await become(person, comer);
    if (comer === 'yesterday') clock.move(DAY);
    if (comer === 'forged') vars.SMS = 'on';
    const to = person.ours.replace('whatsapp:', '');
    const says = (text: string): Promise<unknown> =>
      comer === 'forged' ? post('/webhooks/twilio', textForm(numberOf(person), text, { To: to })) : person.says(text);
    await says(`LINK ${code}`);
    await happens(person, () => person.bodies().some((body) => body.includes('Shall I merge')));
    await says('yes');
    return happens(person, async () => (await stepOf(person)) !== null);
  },
};

/** The code that /link gives the person. */
async function codeOf(person: Person): Promise<string> {
  await person.says('/link');
  let code = '';
  await person.runs(clock, () => {
    code = /LINK ([A-Z2-9-]{9})/.exec(person.bodies().join())?.[1] ?? '';
    return code !== '';
  });
  return code;
}

async function opensPage(cookie: string): Promise<boolean> {
  const headers = { cookie: `__Host-roost-operator=${cookie}` };
  return (await exports.default.fetch('https://relay.example.com/operator/audit', { headers })).status === 200;
}

async function asksOperator(token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await exports.default.fetch('https://relay.example.com/operator/alerts', { headers });
  await response.body?.cancel();
  return response.status === 200;
}

/** Somebody for whom the door opens. */
const opens = (door: Door): Promise<boolean> =>
  door === 'api'
    ? asksOperator(OPERATOR_TOKEN)
    : tries[door](door === 'invite' || door === 'operator' ? 'owner' : 'member');

const CELLS = (Object.keys(DOORS) as Door[]).map((door) => ({ door, open: DOORS[door].open }));

/** test/vm/protocol.test.ts tries these, because the agent server itself holds that door. */
const atTheServer = (door: Door, comer: Comer): boolean =>
  door === 'machine' && (comer === 'forged' || comer === 'yesterday');

describe.each(CELLS)('$door', ({ door, open }) => {
  const comers = COMERS.filter((comer) => open[comer] !== null && !atTheServer(door, comer)).map(
    (comer) => [comer, open[comer]] as const,
  );

  test.each(comers)('%s: %s', async (comer, isOpen) => {
    expect(await tries[door](comer)).toBe(isOpen);
    Object.assign(vars, { ALLOWED_SENDERS: before.ALLOWED_SENDERS });
    if (!isOpen) expect(await opens(door)).toBe(true);
  });
});
