import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, relative } from 'node:path';
import type { JWK } from 'jose';
import { encode } from 'uqr';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../../scripts/local/ports.ts';
import { readProdVars, writeProdVars } from '../../scripts/production/prod-vars.ts';
import { openRecord } from '../../scripts/setup/record.ts';
import { runSteps } from '../../scripts/setup/runner.ts';
import { type Prompt, plainScreen } from '../../scripts/setup/screen.ts';
import { Interrupted, type SetupContext } from '../../scripts/setup/step.ts';
import { STEPS } from '../../scripts/setup/steps.ts';
import { WEBHOOK_OPTIONS } from '../../src/channels/twilio/account.ts';
import { readServerConfig } from '../../vm/src/config.ts';
import { type Machine, startMachine } from '../vm/machine-harness.ts';
import { PERSON, SENDER, type SetupStand, startSetupStand } from './setup-stand.ts';
import { ACCOUNT, KEYS, root } from './stand-ins.ts';
import { type Terminal, textsBelow } from './terminal.ts';

// `npm run setup` and `npm run teardown` in a real terminal, with stand-ins for all services: the relay really runs in
// workerd and the agent server is a real process, up to the answered test message. One story, in this order.

const SECOND = '+15555550124';
const BUCKETS = ['roost-archive', 'roost-media'];
const NOTHING = { workers: [], buckets: [], templates: 0, webhook: null };
/** A minute and a half in total on an idle computer; the limit is for a busy one. */
const LONG_MS = 300_000;

let stand: SetupStand;
let machine: Machine | undefined;
beforeAll(async () => {
  stand = await startSetupStand();
});
afterAll(async () => {
  await endMachine();
  await stand.stop();
});

const everything = () => ({
  workers: ['roost'],
  buckets: BUCKETS,
  templates: 1,
  webhook: `${stand.cloudflare.workerUrl}/webhooks/twilio${WEBHOOK_OPTIONS}`,
});

async function endMachine(): Promise<void> {
  if (!machine) return;
  await machine.stop();
  rmSync(machine.dataDir, { recursive: true, force: true, maxRetries: 3 });
}

/** The machine for which `npm run setup` generated a key; another key is another machine. */
async function startedMachine(): Promise<string> {
  await endMachine();
  const key = JSON.parse(stand.vars().MACHINE_SIGNING_KEY ?? '{}') as JWK;
  machine = await startMachine({ key, relayUrl: stand.cloudflare.workerUrl, env: { MACHINE_AUDIENCE: 'static' } });
  return machine.url;
}

const sayHello = (): unknown => stand.twilio.carrier.receive({ from: `whatsapp:${PERSON}`, to: SENDER, body: 'hello' });

/** No secret on the screen, not even an overwritten one, none in an argument, none in a file except .prod.vars. */
function expectDiscretion(terminal: Terminal): void {
  const secrets = [...Object.values(KEYS), ...['MACHINE_SIGNING_KEY', 'OPERATOR_TOKEN'].map((n) => stand.vars()[n])];
  const kept = /\.prod\.vars$|\/cloudflare\//;
  const texts = textsBelow(stand.folder).filter(({ path }) => !kept.test(path));
  for (const secret of secrets) {
    if (secret === undefined) throw new Error('a secret was not drawn');
    expect(terminal.written).not.toContain(secret);
    expect([...terminal.commandLines].filter((line) => line.includes(secret))).toEqual([]);
    expect(texts.filter(({ text }) => text.includes(secret)).map(({ path }) => path)).toEqual([]);
  }
}

test(
  'every answer is tried out, each refusal says what to do, and the test message is answered',
  async () => {
    const terminal = stand.run();
    await terminal.asked('Where should people text it?');
    // Before the first question: the accounts, the cost of each, the total time.
    await terminal.said('You need the following (about 50 minutes, waiting included)');
    for (const need of [
      '$5.00 a month for everybody',
      '$0.97 a month for each person',
      '$0.01 for a message and its reply',
    ]) {
      expect(terminal.screen).toContain(need);
    }
    await terminal.choose('Where should people text it?', 1);
    await terminal.said('Step 2 of 17: Twilio account (about 45 minutes left)');
    expect(terminal.screen).toContain('https://console.twilio.com/\n');
    await terminal.answer('Account SID', 'AC123');
    await terminal.said('That isn’t an Account SID. An Account SID is AC followed by');
    await terminal.answerInstead('Account SID', `AC${'0'.repeat(31)}8`);
    await terminal.answer('Auth token', KEYS.TWILIO_AUTH_TOKEN);
    await terminal.said('Twilio says this token doesn’t belong to that account.');
    await terminal.answerInstead('Account SID', ACCOUNT);
    await terminal.answer('Auth token', 'f'.repeat(32));
    await terminal.answer('Account SID');
    await terminal.answer('Auth token', KEYS.TWILIO_AUTH_TOKEN);
    await terminal.said('Twilio account “Stand-in account”');
    await terminal.answer('Which number do people text?');
    await terminal.answer('Your own number', PERSON);
    await terminal.answer('Who may write');
    await terminal.answer('Time zone');
    await terminal.answer('Anthropic API key', 'sk-ant-wrong-0123');
    await terminal.said('Anthropic doesn’t accept this key.');
    await terminal.answer('Anthropic API key', KEYS.ANTHROPIC_API_KEY);
    await terminal.asked('API token');
    const [form = ''] = /https:\/\/dash\.cloudflare\.com\/profile\S+/.exec(terminal.written) ?? [];
    expect(Object.fromEntries(new URL(form).searchParams)).toMatchObject({
      name: 'Roost',
      accountId: '*',
      zoneId: 'all',
    });
    const wanted = JSON.parse(new URL(form).searchParams.get('permissionGroupKeys') ?? '') as {
      key: string;
      type: string;
    }[];
    expect(wanted).toContainEqual({ key: 'workers_scripts', type: 'edit' });
    expect(wanted).toContainEqual({ key: 'workers_r2', type: 'edit' });
    await terminal.answer('API token', 'not-the-token');
    await terminal.said('Cloudflare doesn’t accept this token.');
    await terminal.answer('API token', KEYS.CLOUDFLARE_API_TOKEN);
    await terminal.answer('Name of the Worker');
    await terminal.asked('The relay’s address');
    expect(terminal.screen).toContain('https://roost.robin.workers.dev');
    await terminal.answerInstead('The relay’s address', stand.cloudflare.workerUrl);
    await terminal.choose('Where should the agent run?', 1);
    await terminal.asked('Address of the agent server');
    expectAgentEnv(terminal);
    await terminal.answer('Address of the agent server', `http://127.0.0.1:${await freePort()}`);
    await terminal.said('No agent server answers there (ECONNREFUSED).');
    await terminal.answerInstead('Address of the agent server', await startedMachine());
    await terminal.answer('Ask WhatsApp to approve a template');
    await terminal.asked('Create this now?');
    // The things to create and their costs, before anything is created.
    await terminal.said('- deploy the Worker roost with its secrets');
    await terminal.said('Cloudflare Workers Paid $5.00 for everybody together');
    expect(await stand.made()).toEqual(NOTHING);
    expect(stand.cloudflare.calls.filter((call) => !call.startsWith('GET '))).toEqual([]);
    await terminal.answer('Create this now?');
    await terminal.said('Waiting for it, three minutes at most.');
    expectInvitation(terminal);
    sayHello();
    await terminal.said('Answered. It works.');
    expect(await terminal.exit).toBe(0);
    await terminal.said('Add a person npm run setup -- --change people');
    capture('setup', terminal);

    expect(await stand.made()).toEqual(everything());
    expect(stand.created().map(({ kind }) => kind)).toEqual([
      'file',
      'template',
      'bucket',
      'bucket',
      'worker',
      'webhook',
    ]);
    expect(statSync(join(stand.folder, '.prod.vars')).mode & 0o777).toBe(0o600);
    expect(stand.vars()).toMatchObject({
      ADMIN_SENDERS: PERSON,
      ALLOWED_SENDERS: PERSON,
      DEFAULT_TIMEZONE: 'Europe/Berlin',
      TWILIO_NUDGE_CONTENT_SID: [...stand.twilio.carrier.desk.contents.keys()][0],
    });
    expectDiscretion(terminal);
    // Only here can others' command lines be seen.
    if (process.platform === 'linux') expect([...terminal.commandLines].join('\n')).toContain('wrangler');
  },
  LONG_MS,
);

test(
  'run again it asks nothing and makes nothing',
  async () => {
    const calls = stand.cloudflare.calls.length;
    const terminal = stand.run();
    expect(await terminal.exit).toBe(0);
    expect(terminal.screen).not.toContain('Account SID\n');
    expect(terminal.screen).toContain('Already done.');
    const since = stand.cloudflare.calls.slice(calls);
    expect(since.length).toBeGreaterThan(0);
    expect(since.filter((call) => !call.startsWith('GET '))).toEqual([]);
  },
  LONG_MS,
);

test(
  'a second person is added by one command: the question is asked again, the price agreed to, the relay deployed',
  async () => {
    expect(await stand.run(['--change', 'weather']).exit).toBe(2);
    const terminal = stand.run(['--change', 'people']);
    await terminal.answer('Your own number');
    await terminal.asked('Who may write');
    expect(terminal.screen).not.toContain('Account SID\n');
    await terminal.answer('Who may write', `,${SECOND}`);
    await terminal.answer('Time zone');
    await terminal.choose('Several people will share this machine', 1);
    await terminal.asked('Create this now?');
    expect(terminal.screen).toContain('- deploy the Worker roost with its secrets');
    expect(terminal.screen).not.toContain('- create');
    await terminal.answer('Create this now?');
    expect(await terminal.exit).toBe(0);
    expect(stand.vars().ALLOWED_SENDERS).toBe(`${PERSON},${SECOND}`);
    const texts = (): number => stand.twilio.carrier.messages().filter(({ to }) => to === `whatsapp:${SECOND}`).length;
    expect(texts()).toBe(0);
    stand.twilio.carrier.receive({ from: `whatsapp:${SECOND}`, to: SENDER, body: '/help' });
    await expect.poll(texts, { timeout: 30_000 }).toBeGreaterThan(0);
  },
  LONG_MS,
);

test(
  'without a network the answer is not taken for wrong: it is tried again when the network is back',
  async () => {
    const port = await freePort();
    const own = join(stand.folder, 'unreached.vars');
    onTestFinished(() => rmSync(own, { force: true }));
    const terminal = stand.run([], { TWILIO_API_URL: `http://127.0.0.1:${port}`, ROOST_PROD_VARS: own });
    await terminal.choose('Where should people text it?', 1);
    await terminal.answer('Account SID', ACCOUNT);
    await terminal.answer('Auth token', KEYS.TWILIO_AUTH_TOKEN);
    await terminal.said(`127.0.0.1:${port} doesn’t answer (ECONNREFUSED). Check your network.`);
    await terminal.asked('Your answer was not checked and may be fine. Try it again?');
    const network = createServer(async (incoming, outgoing) => {
      const { authorization = '' } = incoming.headers;
      const answer = await fetch(`${stand.twilio.url}${incoming.url}`, { headers: { authorization } });
      outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    });
    await new Promise<void>((done) => network.listen(port, '127.0.0.1', done));
    onTestFinished(() => void network.close());
    await terminal.answer('Your answer was not checked');
    await terminal.said('Twilio account “Stand-in account”');
    terminal.interrupt();
    expect(await terminal.exit).toBe(130);
    expect(terminal.screen).toContain('Your progress is saved; run `npm run setup` to continue.');
  },
  LONG_MS,
);

test(
  'teardown lists, asks, removes what was made and nothing else, and puts the webhook back',
  async () => {
    await ownBucket('POST', 'somebody-elses');
    const rehearsal = stand.teardown(['--dry-run']);
    expect(await rehearsal.exit).toBe(0);
    expect(rehearsal.screen).toContain('Worker roost, with every conversation in it');
    const doubtful = stand.teardown();
    await doubtful.answer('Type the Worker’s name', 'rooster');
    expect(await doubtful.exit).toBe(1);
    expect(await stand.made()).toEqual({ ...everything(), buckets: [...BUCKETS, 'somebody-elses'] });

    const terminal = stand.teardown();
    await terminal.answer('Type the Worker’s name', 'roost');
    // People's messages are removed only on request, and keeping them is no failure.
    expect(await terminal.exit).toBe(0);
    await terminal.said('Done. Kept: roost-archive (holds files; `npm run teardown -- --with-data` removes it).');
    expect(terminal.screen).not.toContain('run `npm run teardown` again');
    expect(await stand.made()).toEqual({ ...NOTHING, buckets: ['roost-archive', 'somebody-elses'] });
    expect((await fetch(stand.cloudflare.workerUrl)).status).toBe(404);
    await refusedRemoval();
    const rest = stand.teardown(['--yes', '--with-data']);
    expect(await rest.exit).toBe(0);
    capture('teardown', terminal);
    expect(await stand.made()).toEqual({ ...NOTHING, buckets: ['somebody-elses'] });
    await ownBucket('DELETE', 'somebody-elses');
    // The next setup creates a template again, and repeats the test message.
    expect(stand.vars().TWILIO_NUDGE_CONTENT_SID).toBe('');
    expect(JSON.parse(readFileSync(join(stand.folder, '.prod.created.json'), 'utf8'))).toMatchObject({
      created: [],
      done: { relay: '', hello: '' },
    });
    const again = stand.teardown(['--yes']);
    expect(await again.exit).toBe(0);
    expect(again.screen).toContain('Nothing to remove: nothing that setup created is left.');
    expectDiscretion(terminal);
  },
  LONG_MS,
);

test(
  'interrupted at every question and in the middle of making things: one of each, and nothing asked twice',
  async () => {
    forget();
    const usual = ({ initial, choices }: Prompt): string => initial ?? choices?.[0]?.value ?? '';
    const answers: Record<string, (prompt: Prompt) => string | Promise<string>> = {
      'Where should people text it?': () => 'whatsapp',
      'Account SID': () => ACCOUNT,
      'Auth token': () => KEYS.TWILIO_AUTH_TOKEN,
      'Which number do people text?': usual,
      'Your own number': () => PERSON,
      'Who may write': usual,
      'Time zone': usual,
      'Anthropic API key': () => KEYS.ANTHROPIC_API_KEY,
      'API token': () => KEYS.CLOUDFLARE_API_TOKEN,
      'Name of the Worker': usual,
      'The relay’s address': () => stand.cloudflare.workerUrl,
      'Where should the agent run?': ({ choices }) => choices?.[1]?.value ?? '',
      'Address of the agent server': startedMachine,
      'Ask WhatsApp to approve a template': usual,
    };
    const messages = Object.keys(answers);
    // Each run answers one question and is stopped at the next, the last one at “Create this now?”.
    for (const message of messages)
      expect(await answerOne(answers)).toMatch(new RegExp(`^${message.replace('?', '\\?')}`));

    // The template is created and its answer never arrives.
    stand.twilio.carrier.faults.set({ holdAnswer: { on: 'content', times: 1, ms: 30_000 } });
    const template = stand.run();
    await template.answer('Create this now?');
    await expect.poll(async () => (await stand.made()).templates, { timeout: 20_000 }).toBe(1);
    template.interrupt();
    expect(await template.exit).toBe(130);

    // The first bucket is created after the run has ended.
    await cutAt('POST', /\/r2\/buckets$/);
    // While wrangler uploads.
    await cutAt('PUT', /\/workers\/scripts\/roost$/);

    expect(readdirSync(join(stand.folder, 'tmp'))).toEqual([]);

    const waiting = stand.run();
    await waiting.said('Waiting for it, three minutes at most.');
    waiting.interrupt();
    expect(await waiting.exit).toBe(130);
    // The test message itself is answered in the first of these tests.
    const last = stand.run();
    await last.said('Waiting for it, three minutes at most.');
    last.interrupt();
    expect(await last.exit).toBe(130);
    expect(await stand.made()).toEqual(everything());
    const kinds = stand.created().map(({ kind, id }) => (kind === 'bucket' ? id : kind));
    expect(kinds.sort()).toEqual(['file', ...BUCKETS, 'template', 'webhook', 'worker']);
    expectDiscretion(last);
  },
  LONG_MS,
);

test('--dry-run says what it would ask and do, and touches nothing', async () => {
  forget();
  const calls = stand.cloudflare.calls.length;
  const terminal = stand.run(['--dry-run']);
  expect(await terminal.exit).toBe(0);
  expect(terminal.screen).toContain('would ask for TWILIO_ACCOUNT_SID: Account SID');
  expect(terminal.screen).toContain('would create the R2 buckets roost-media, roost-archive if they are missing');
  expect(stand.cloudflare.calls.length).toBe(calls);
  expect(existsSync(join(stand.folder, '.prod.vars'))).toBe(false);
});

test('--non-interactive names everything that is missing at once', async () => {
  const terminal = stand.run(['--non-interactive'], { TWILIO_ACCOUNT_SID: ACCOUNT });
  expect(await terminal.exit).toBe(1);
  const named = ['TWILIO_AUTH_TOKEN', 'TWILIO_SENDERS', 'ADMIN_SENDERS', 'ANTHROPIC_API_KEY', 'CLOUDFLARE_API_TOKEN'];
  for (const name of [...named, 'MACHINE_PROVIDER']) expect(terminal.screen).toContain(`  ${name}`);
  expect(terminal.screen).not.toContain('TWILIO_ACCOUNT_SID');
});

/**
 * Setup in this process with the same services and files. The person answers one question, and cancels the next as
 * Ctrl-C does. Returns the question that was answered.
 */
async function answerOne(answers: Record<string, (prompt: Prompt) => string | Promise<string>>): Promise<string> {
  const { TMPDIR: _, ...env } = stand.env;
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  let vars = readProdVars();
  let asked = '';
  const ask = async (prompt: Prompt): Promise<string> => {
    if (asked !== '') throw new Interrupted();
    asked = prompt.message;
    const name = Object.keys(answers).find((one) => asked.startsWith(one)) ?? expect.fail(`unexpected: ${asked}`);
    return (await answers[name]?.(prompt)) ?? '';
  };
  const confirm = async (): Promise<boolean> => {
    throw new Interrupted();
  };
  const context: SetupContext = {
    answers: () => vars,
    save(changes) {
      writeProdVars(changes);
      vars = { ...vars, ...changes };
    },
    record: openRecord(),
    screen: { ...plainScreen(() => {}), asks: true, ask, confirm },
  };
  await expect(runSteps(STEPS, context)).rejects.toThrow(Interrupted);
  vi.unstubAllEnvs();
  return asked;
}

/** The settings are in a file that the printed commands name, in whole lines without the bar at the left; they work. */
function expectAgentEnv(terminal: Terminal): void {
  const path = join(stand.folder, '.prod.agent.env');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const settings = Object.fromEntries(lines.map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]));
  const read = readServerConfig({ ...settings, DATA_DIR: '/data' });
  if (!read.ok) expect.fail(read.problems.join('\n'));
  expect(read.config).toMatchObject({ RELAY_URL: stand.cloudflare.workerUrl, MACHINE_AUDIENCE: 'static' });
  expect(readFileSync(path, 'utf8')).not.toContain((JSON.parse(stand.vars().MACHINE_SIGNING_KEY ?? '{}') as JWK).d);
  const name = relative(root, path);
  expect(terminal.written).toMatch(new RegExp(`\n(docker run .*--env-file ${name} .*)\r?\n`));
  expect(terminal.written).toContain(`\nfly secrets import --stage < ${name}\r\n`);
}

/** The link to the chat, and its QR code, line by line as a camera sees them. */
function expectInvitation(terminal: Terminal): void {
  const link = 'https://wa.me/15555550100?text=hello';
  expect(terminal.written).toContain(`\n${link}\r\n`);
  const { data, size } = encode(link, { ecc: 'L', border: 2 });
  const code = terminal.screen
    .split('\n')
    .filter((line) => /^[█▀▄ ]{20,}$/.test(line.padEnd(size)) && line.trim() !== '');
  const seen = code.flatMap((line) => {
    const both = [...line.padEnd(size)].map((block) => ({ '█': [0, 0], '▀': [0, 1], '▄': [1, 0] })[block] ?? [1, 1]);
    return [both.map(([upper]) => upper === 1), both.map(([, lower]) => lower === 1)];
  });
  expect(seen.slice(0, size)).toEqual(data);
}

/** Cloudflare has an outage: the end says that, and not what was kept on purpose. */
async function refusedRemoval(): Promise<void> {
  stand.cloudflare.fail({ method: 'DELETE', path: /roost-archive$/, status: 500, message: 'Trouble here.' });
  const refused = stand.teardown(['--yes']);
  expect(await refused.exit).toBe(1);
  await refused.said('Not removed: R2 bucket roost-archive. Fix the problem above, then run `npm run teardown` again.');
  expect(refused.screen).not.toContain('Done.');
}

function forget(): void {
  for (const name of ['.prod.vars', '.prod.created.json']) rmSync(join(stand.folder, name), { force: true });
}

async function ownBucket(method: 'POST' | 'DELETE', name: string): Promise<void> {
  const path = `${stand.cloudflare.apiBase}/accounts/${'f'.repeat(32)}/r2/buckets${method === 'POST' ? '' : `/${name}`}`;
  const headers = { authorization: `Bearer ${KEYS.CLOUDFLARE_API_TOKEN}`, 'content-type': 'application/json' };
  const response = await fetch(path, {
    method,
    headers,
    ...(method === 'POST' ? { body: JSON.stringify({ name }) } : {}),
  });
  expect(response.ok).toBe(true);
}

/** Runs until Cloudflare has got that call, which it answers two seconds later, and stops the run in between. */
async function cutAt(method: string, path: RegExp): Promise<void> {
  const asked = (): number =>
    stand.cloudflare.calls.filter((call) => call.startsWith(method) && path.test(call)).length;
  const before = asked();
  stand.cloudflare.fail({ method, path, delayMs: 2_000 });
  const run = stand.run();
  await expect.poll(asked, { timeout: 60_000 }).toBe(before + 1);
  run.interrupt();
  expect(await run.exit).toBe(130);
}

/** For looking at the screens: ROOST_CAPTURES names a folder. */
function capture(name: string, terminal: Terminal): void {
  const folder = process.env.ROOST_CAPTURES;
  if (folder) writeFileSync(join(folder, `${name}.txt`), `${terminal.screen}\n`);
}
