import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn as spawnTerminal } from '@lydell/node-pty';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Examined, examine } from '../../scripts/doctor/check.ts';
import { doctorContextOf } from '../../scripts/doctor/context.ts';
import { runDoctor } from '../../scripts/doctor/run.ts';
import { CHECKS } from '../../scripts/doctor/table.ts';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { SECRET_NAMES } from '../../scripts/production/prod-vars.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import { ADMIN, type Deployment, inLedger, OURS, SANDBOX, SMS, startDeployment } from './deployment.ts';
import { type Run, root, runScript } from './stand-ins.ts';

// `npm run doctor` against a deployment of stand-ins around the real relay: all well; each thing broken, and only the
// check about it says so; as a program, in a terminal and for scripts.

const folder = mkdtempSync(join(tmpdir(), 'roost-doctor-'));
let deployment: Deployment;

beforeAll(async () => {
  deployment = await startDeployment();
  // A person writes and is answered, so that there is a conversation.
  const { carrier } = deployment.twilio;
  const answered = new Promise<void>((resolve) => {
    carrier.subscribe((event) => {
      if (event.type === 'status' && event.message.status === 'delivered') resolve();
    });
  });
  carrier.receive({ from: `whatsapp:${ADMIN}`, to: OURS, body: '/help' });
  await answered;
  await carrier.settled();
}, 180_000);
afterAll(async () => {
  await deployment?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** The differences from a healthy deployment. */
type Trouble = Record<string, string>;
const SANDBOX_CHECKS = ['webhook-sandbox', 'sandbox-expired'];

async function examined(changes: Vars = {}, only?: string[]): Promise<Examined[]> {
  const checks = only ? CHECKS.filter(({ name }) => only.includes(name)) : CHECKS;
  const found: Examined[] = [];
  for await (const one of examine(checks, doctorContextOf({ ...deployment.vars, ...changes }))) found.push(one);
  return found;
}
/** The deployment of these tests has people in the USA, and WhatsApp alone. */
const usualOf = (name: string): string =>
  name === 'whatsapp-terms' ? 'warn' : SANDBOX_CHECKS.includes(name) ? 'skip' : 'ok';

function troubles(found: Examined[]): Trouble {
  return Object.fromEntries(
    found.filter((one) => one.status !== usualOf(one.name)).map(({ name, status }) => [name, status]),
  );
}
const skipped = (...names: string[]): Trouble => Object.fromEntries(names.map((name) => [name, 'skip']));
const OF_THE_RELAY = [
  'version-skew',
  'image-digest',
  'orphans',
  'rollout',
  'parked-replies',
  'overdue-alarms',
  'buckets',
  'outages',
  'alerts',
];

/** Changes the relay's answers about itself, on top of the ledger. */
function relaySays(changes: Record<string, unknown>, path = '/operator/health'): void {
  const ledger = inLedger(deployment.machine);
  deployment.bend.change = (asked, body) =>
    asked.startsWith(path) ||
    (path !== '/operator/health' && /\/conversations\//.test(asked) && /conversations/.test(path))
      ? { ...ledger(asked, body), ...changes }
      : ledger(asked, body);
}
const OUTAGE = {
  sender: 'WhatsApp number ending in 09',
  began_at: new Date(Date.now() - 720_000).toISOString(),
  failure: null,
  code: null,
  tries: 4,
  waiting: 3,
  next_try_at: new Date().toISOString(),
  over_at: null,
};
const ROLLOUT = { settings: 's', image: 'registry.example.com/roost:2', first: null, began_at: null };
const callbackUrl = (): string => `${deployment.url}/webhooks/twilio#ct=1000&rt=3900&tt=15000&rc=2&rp=5xx,ct,rt`;
const rightWebhook = () => ({
  callback_url: callbackUrl(),
  callback_method: 'POST',
  status_callback_url: `${deployment.url}/webhooks/twilio/status`,
});

afterEach(async () => {
  deployment.bend.down = false;
  delete deployment.bend.answer;
  deployment.bend.change = inLedger(deployment.machine);
  deployment.twilio.carrier.setAccountStatus('active');
  deployment.twilio.carrier.judgeTemplate(deployment.vars.TWILIO_NUDGE_CONTENT_SID ?? '', 'approved');
  await deployment.setWebhook(rightWebhook());
  deployment.setNumber({ SmsApplicationSid: '', SmsUrl: '' });
});

test('all is well: every check is made but those about a sandbox, nothing is changed and no machine woken', async () => {
  const { fly } = deployment;
  const before = {
    requests: fly.world.requests.length,
    calls: fly.world.calls.length,
    changes: fly.world.changes.length,
  };
  const found = await examined();
  expect(found.map(({ name, status, detail }) => [name, status, detail])).toEqual(
    CHECKS.map(({ name }) => [name, usualOf(name), expect.any(String)]),
  );
  expect(found.filter(({ fix }) => fix !== undefined).map(({ name }) => name)).toEqual(['whatsapp-terms']);
  expect(fly.world.requests).toHaveLength(before.requests);
  expect(fly.world.changes).toHaveLength(before.changes);
  expect(new Set(fly.world.calls.slice(before.calls).map(({ method }) => method))).toEqual(new Set(['GET']));
  expect(fly.world.machines().map(({ state }) => state)).toEqual(['stopped']);
});

describe('one thing is wrong', () => {
  type Case = {
    what: string;
    vars?: () => Vars;
    breaks?: () => unknown;
    trouble: Trouble;
    /** The advice of the first check named. */
    fix: RegExp;
    only?: string[];
  };
  const cases: Case[] = [
    {
      what: 'a name is malformed',
      vars: () => ({ ALLOWED_SENDERS: 'Robin' }),
      trouble: { configuration: 'fail' },
      fix: /\.prod\.vars.*npm run deploy/,
    },
    {
      what: 'a local run’s name',
      vars: () => ({ LOCAL_MODE: '1' }),
      trouble: { configuration: 'fail' },
      fix: /Remove LOCAL_MODE/,
    },
    {
      what: 'the relay is away',
      breaks: () => (deployment.bend.down = true),
      trouble: { 'relay-reachable': 'fail', ...skipped('signature-url', ...OF_THE_RELAY) },
      fix: /PUBLIC_URL.*npm run deploy/,
    },
    {
      what: 'something else answers in its place',
      breaks: () => (deployment.bend.answer = () => ({ status: 404, body: '{}' })),
      trouble: { 'relay-reachable': 'fail', 'signature-url': 'fail', ...skipped(...OF_THE_RELAY) },
      fix: /npm run deploy/,
    },
    {
      what: 'it is not configured',
      breaks: () =>
        (deployment.bend.answer = (path) => (path === '/healthz' ? undefined : { status: 503, body: '{}' })),
      trouble: { 'relay-reachable': 'fail', 'signature-url': 'fail', ...skipped(...OF_THE_RELAY) },
      fix: /wrangler tail/,
    },
    {
      what: 'the operator’s token is another',
      vars: () => ({ OPERATOR_TOKEN: 'another-token-of-the-operator' }),
      trouble: { 'relay-reachable': 'fail', ...skipped(...OF_THE_RELAY) },
      fix: /npm run deploy/,
    },
    {
      what: 'there is no operator’s token',
      vars: () => ({ OPERATOR_TOKEN: '' }),
      trouble: { 'relay-reachable': 'warn', ...skipped(...OF_THE_RELAY) },
      fix: /npm run setup/,
    },
    {
      what: 'the relay is of another version',
      breaks: () => relaySays({ version: '9.9.9' }),
      trouble: { 'version-skew': 'warn' },
      fix: /npm run deploy.*idle/,
    },
    {
      what: 'the relay speaks another protocol',
      breaks: () => relaySays({ protocol: 99 }),
      trouble: { 'version-skew': 'fail' },
      fix: /npm run deploy/,
    },
    {
      what: 'the relay is reached under another address than it believes',
      vars: () => ({ PUBLIC_URL: deployment.url.replace('127.0.0.1', 'localhost') }),
      trouble: { 'signature-url': 'fail' },
      fix: /another PUBLIC_URL.*npm run deploy/,
      only: ['signature-url', 'relay-reachable'],
    },
    {
      what: 'unsigned callbacks are taken',
      breaks: () =>
        (deployment.bend.answer = (path) =>
          path === '/webhooks/twilio/status' ? { status: 200, body: '' } : undefined),
      trouble: { 'signature-url': 'fail' },
      fix: /Anyone could pretend to be Twilio/,
    },
    {
      what: 'the account is suspended',
      breaks: () => deployment.twilio.carrier.setAccountStatus('suspended'),
      trouble: { 'twilio-key': 'fail' },
      fix: /console/,
    },
    {
      what: 'the account’s token was changed',
      vars: () => ({ TWILIO_AUTH_TOKEN: 'f'.repeat(32), TWILIO_SENDERS: `${OURS},${SMS}` }),
      trouble: { 'twilio-key': 'fail', 'signature-url': 'fail', ...skipped('webhook', 'template') },
      fix: /console\.twilio\.com.*npm run setup -- --change twilio/,
    },
    {
      what: 'the API key is refused',
      vars: () => ({ TWILIO_API_KEY_SID: `SK${'1'.repeat(32)}`, TWILIO_API_KEY_SECRET: 'not-the-secret' }),
      trouble: { 'twilio-key': 'fail' },
      fix: /API keys/,
    },
    {
      what: 'the model’s key is refused',
      vars: () => ({ ANTHROPIC_API_KEY: 'another-key' }),
      trouble: { 'model-key': 'fail' },
      fix: /platform\.claude\.com\/settings\/keys.*--change model/,
    },
    {
      what: 'the model is not known',
      vars: () => ({ DEFAULT_MODEL: 'claude-unheard-of' }),
      trouble: { 'model-key': 'warn' },
      fix: /DEFAULT_MODEL/,
    },
    {
      what: 'Fly’s token is refused',
      vars: () => ({ FLY_API_TOKEN: 'another-token' }),
      trouble: { 'fly-token': 'fail', orphans: 'skip' },
      fix: /fly tokens create org.*--change machine/,
    },
    {
      what: 'the webhook is not set',
      breaks: () => deployment.setWebhook({ callback_url: '' }),
      trouble: { webhook: 'fail' },
      fix: /npm run setup/,
    },
    {
      what: 'the webhook goes elsewhere',
      breaks: () => deployment.setWebhook({ callback_url: 'https://elsewhere.example.com/webhooks/twilio' }),
      trouble: { webhook: 'fail' },
      fix: /npm run setup/,
    },
    {
      what: 'the webhook is not posted',
      breaks: () => deployment.setWebhook({ callback_method: 'GET' }),
      trouble: { webhook: 'fail' },
      fix: /npm run setup/,
    },
    {
      what: 'the webhook has no retry options',
      breaks: () => deployment.setWebhook({ callback_url: `${deployment.url}/webhooks/twilio` }),
      trouble: { webhook: 'warn' },
      fix: /npm run setup/,
    },
    {
      what: 'statuses go elsewhere',
      breaks: () => deployment.setWebhook({ status_callback_url: '' }),
      trouble: { webhook: 'warn' },
      fix: /npm run setup/,
    },
    {
      what: 'a number for SMS that goes nowhere, where SMS is off',
      vars: () => ({ TWILIO_SENDERS: `${OURS},${SMS}` }),
      trouble: { webhook: 'fail' },
      fix: /npm run setup.*SMS=on/,
    },
    {
      what: 'a number for SMS of an application',
      vars: () => ({ TWILIO_SENDERS: SMS, SMS: 'on' }),
      breaks: () => deployment.setNumber({ SmsApplicationSid: `AP${'1'.repeat(32)}` }),
      trouble: { webhook: 'fail' },
      fix: /Active numbers.*npm run setup/,
      only: ['webhook'],
    },
    {
      what: 'a number for SMS without retry options',
      vars: () => ({ TWILIO_SENDERS: `${OURS},${SMS}`, SMS: 'on' }),
      breaks: () => deployment.setNumber({ SmsUrl: `${deployment.url}/webhooks/twilio` }),
      trouble: { webhook: 'warn' },
      fix: /npm run setup/,
      only: ['webhook'],
    },
    {
      what: 'a number for SMS that is not the account’s',
      vars: () => ({ TWILIO_SENDERS: `${OURS},+15555550199`, SMS: 'on' }),
      trouble: { webhook: 'fail' },
      fix: /TWILIO_SENDERS/,
      only: ['webhook'],
    },
    {
      what: 'nobody has texted the sandbox',
      vars: () => ({ TWILIO_SENDERS: SANDBOX }),
      trouble: { webhook: 'skip', 'webhook-sandbox': 'warn', 'sandbox-expired': 'warn' },
      fix: /paste into “When a message comes in”/,
    },
    {
      what: 'no template',
      vars: () => ({ TWILIO_NUDGE_CONTENT_SID: '' }),
      trouble: { template: 'warn' },
      fix: /npm run setup.*days/,
    },
    {
      what: 'a template that nobody wants',
      vars: () => ({ TWILIO_NUDGE_CONTENT_SID: '', NUDGE_TEMPLATE: 'no' }),
      trouble: { template: 'skip' },
      fix: /none/,
    },
    {
      what: 'a template that is not there',
      vars: () => ({ TWILIO_NUDGE_CONTENT_SID: `HX${'9'.repeat(32)}` }),
      trouble: { template: 'fail' },
      fix: /npm run setup/,
    },
    {
      what: 'a template that was rejected',
      breaks: () =>
        deployment.twilio.carrier.judgeTemplate(deployment.vars.TWILIO_NUDGE_CONTENT_SID ?? '', 'rejected', 'SPAM'),
      trouble: { template: 'fail' },
      fix: /other words in the Content Template Builder.*TWILIO_NUDGE_CONTENT_SID/,
    },
    {
      what: 'the relay’s clock is off',
      breaks: () => relaySays({ now: new Date(Date.now() + 300_000).toISOString() }),
      trouble: { clock: 'warn' },
      fix: /clock/,
    },
    {
      what: 'the image is a tag, and not the relay’s',
      vars: () => ({ FLY_IMAGE: 'registry.example.com/roost:newest' }),
      trouble: { 'image-digest': 'warn' },
      fix: /digest.*npm run deploy/,
    },
    {
      what: 'a new image did not come up',
      breaks: () => relaySays({ rollout: { ...ROLLOUT, state: 'failed' } }),
      trouble: { rollout: 'fail' },
      fix: /FLY_IMAGE.*--fix rollout/,
    },
    {
      what: 'a new image neither comes up nor goes back',
      breaks: () => relaySays({ rollout: { ...ROLLOUT, state: 'stuck' } }),
      trouble: { rollout: 'warn' },
      fix: /retried automatically.*--fix rollout/,
    },
    {
      what: 'a machine of nobody’s',
      breaks: () => relaySays({ machines: [] }),
      trouble: { orphans: 'warn' },
      fix: /--fix orphans/,
    },
    {
      what: 'a relay that does not make machines yet: nobody’s are not told from people’s',
      breaks: () => relaySays({ machines: null }),
      trouble: { orphans: 'skip' },
      fix: /none/,
    },
    {
      what: 'replies that were given up',
      breaks: () => relaySays({ parked: 2 }, '/operator/conversations'),
      trouble: { 'parked-replies': 'warn' },
      fix: /\/operator\/conversations\/<id>\/replies/,
    },
    {
      what: 'an alarm that did not fire',
      breaks: () => relaySays({ alarm_overdue: true }, '/operator/conversations'),
      trouble: { 'overdue-alarms': 'fail' },
      fix: /wrangler tail/,
    },
    {
      what: 'timers that are late',
      breaks: () => relaySays({ overdue_timers: 1 }, '/operator/conversations'),
      trouble: { 'overdue-alarms': 'fail' },
      fix: /wrangler tail/,
    },
    {
      what: 'no bucket',
      breaks: () => relaySays({ bindings: { media: false, archive: true, ai: false } }),
      trouble: { buckets: 'warn' },
      fix: /npm run setup.*roost-media/,
    },
    {
      what: 'alerts',
      breaks: () => relaySays({ alerts_last_day: 3 }),
      trouble: { alerts: 'warn' },
      fix: /\/operator\/alerts/,
    },
    {
      what: 'Twilio takes nothing for a while',
      breaks: () => relaySays({ outages: [OUTAGE] }),
      trouble: { outages: 'warn' },
      fix: /\/operator\/outages\/retry/,
    },
    {
      what: 'no token of Cloudflare’s',
      vars: () => ({ CLOUDFLARE_API_TOKEN: '' }),
      trouble: skipped('parked-replies', 'overdue-alarms'),
      fix: /none/,
    },
    {
      what: 'a wrong token of Cloudflare’s',
      vars: () => ({ CLOUDFLARE_API_TOKEN: 'another-token' }),
      trouble: skipped('parked-replies', 'overdue-alarms'),
      fix: /none/,
    },
  ];
  test.each(cases.map((one) => [one.what, one] as const))('%s', async (_, { vars, breaks, trouble, fix, only }) => {
    await breaks?.();
    const found = await examined(vars?.() ?? {}, only);
    expect(troubles(found)).toEqual(trouble);
    const [first] = Object.keys(trouble).filter((name) => trouble[name] !== 'skip');
    if (first) expect(found.find(({ name }) => name === first)?.fix).toMatch(fix);
    for (const { status, fix: words } of found) if (status === 'fail' || status === 'warn') expect(words).toBeTruthy();
  });
});

test('a number for SMS beside one of WhatsApp is well when both send here', async () => {
  deployment.setNumber({ SmsUrl: callbackUrl() });
  const [webhook] = await examined({ TWILIO_SENDERS: `${OURS},${SMS}`, SMS: 'on' }, ['webhook']);
  expect(webhook).toMatchObject({ status: 'ok', detail: expect.stringContaining('the number ending in 0101 sends') });
});

test('a check that never ends, one that breaks, and one that may take longer, hide no other', async () => {
  const checks = [
    { name: 'endless', title: 'Endless', run: () => new Promise<never>(() => {}) },
    { name: 'broken', title: 'Broken', run: () => Promise.reject(new Error('it broke')) },
    { name: 'fine', title: 'Fine', run: async () => ({ status: 'ok' as const, detail: 'fine' }) },
    {
      name: 'slow',
      title: 'Slow',
      withinMs: 30_000,
      run: async () => {
        await late.promise;
        return { status: 'ok' as const, detail: 'late' };
      },
    },
  ];
  const late = Promise.withResolvers<void>();
  const found: Examined[] = [];
  for await (const one of examine(checks, doctorContextOf({}), 50)) {
    found.push(one);
    // When the time limits of all checks with the usual limit have passed.
    if (one.name === 'endless') setImmediate(late.resolve);
  }
  expect(found.map(({ name, status }) => [name, status])).toEqual([
    ['endless', 'fail'],
    ['broken', 'fail'],
    ['fine', 'ok'],
    ['slow', 'ok'],
  ]);
  expect(found.map(({ detail }) => detail)).toEqual([expect.stringMatching(/no answer/), 'it broke', 'fine', 'late']);
});

// The program in this process, except where a terminal, the two streams or the exit code are what counts.
describe('as a program', () => {
  const environment = (file: string): Record<string, string> => ({
    ...inheritEnvironment(),
    HOME: folder,
    TERM: 'xterm',
    ROOST_PROD_VARS: file,
    CLOUDFLARE_API_BASE_URL: deployment.cloudflare.apiBase,
  });
  function answers(changes: Vars = {}): string {
    const file = join(folder, `prod-${Math.random().toString(36).slice(2)}.vars`);
    writeFileSync(file, deployment.file(changes), { mode: 0o600 });
    return file;
  }
  const run = (file: string, ...args: string[]): Promise<Run> => asked(file, args, null);
  /** Somebody answers every question with `reply`; null: nobody is there. */
  async function asked(file: string, args: string[], reply: string | null): Promise<Run> {
    vi.stubEnv('ROOST_PROD_VARS', file);
    vi.stubEnv('CLOUDFLARE_API_BASE_URL', deployment.cloudflare.apiBase);
    let output = '';
    const print = (text: string): void => {
      output += `${text}\n`;
    };
    const question = async (text: string): Promise<string> => {
      print(text);
      return reply ?? '';
    };
    const code = await runDoctor(args, { out: print, error: print, question: reply === null ? null : question });
    vi.unstubAllEnvs();
    return { code, output };
  }
  const runProcess = (file: string, ...args: string[]): Promise<Run> =>
    runScript('scripts/doctor.ts', args, environment(file)).ended;
  /** In a terminal; `reply` is typed when there is a question. */
  function inTerminal(file: string, args: string[], reply?: string): Promise<Run> {
    const terminal = spawnTerminal(process.execPath, ['scripts/doctor.ts', ...args], {
      cwd: root,
      env: environment(file),
      cols: 200,
      rows: 50,
    });
    let output = '';
    let asked = false;
    return new Promise((done) => {
      const ended = setTimeout(() => terminal.kill('SIGKILL'), 45_000);
      terminal.onData((chunk) => {
        output += chunk;
        if (reply === undefined || asked || !/Type .*: /.test(output)) return;
        asked = true;
        terminal.write(`${reply}\r`);
      });
      terminal.onExit(({ exitCode }) => {
        clearTimeout(ended);
        done({ code: exitCode, output });
      });
    });
  }
  function holdsNothingSecret({ output }: Run): void {
    for (const name of SECRET_NAMES) {
      const value = deployment.vars[name];
      if (value) expect(output, name).not.toContain(value);
    }
    expect(output).not.toMatch(/\+\d{8,}/);
  }

  test('in a terminal: a line for each check, and 0', async () => {
    const well = await inTerminal(answers(), []);
    expect(well.output).toMatch(/✓ Relay {2,}127\.0\.0\.1:\d+ answers/);
    expect(well.output).toMatch(/– Sandbox {2,}no sandbox is used/);
    expect(well.output).toMatch(/20 passed, 1 warning, 2 skipped\./);
    expect(well.code).toBe(0);
    holdsNothingSecret(well);
  });

  test('something is wrong: the fix below it, and 1', async () => {
    await deployment.setWebhook({ callback_url: '' });
    const wrong = await runProcess(answers(), '--only', 'webhook,twilio-key');
    expect(wrong.output).toMatch(/✗ Webhook .*has no webhook.*\n {4}Run `npm run setup`/);
    expect(wrong.output).toMatch(/✓ Twilio key/);
    expect(wrong.output).not.toMatch(/Fly token/);
    expect(wrong.code).toBe(1);
    holdsNothingSecret(wrong);
  });

  test('for scripts', async () => {
    const all = await runProcess(answers({ TWILIO_NUDGE_CONTENT_SID: '' }), '--json');
    expect(all.code).toBe(0);
    const found = JSON.parse(all.output) as object[];
    expect(found).toHaveLength(CHECKS.length);
    for (const one of found) {
      expect(one).toEqual({
        name: expect.any(String),
        status: expect.stringMatching(/^(ok|warn|fail|skip)$/),
        detail: expect.any(String),
        fix: 'fix' in one && one.fix === null ? null : expect.any(String),
      });
    }
    expect(found).toContainEqual(expect.objectContaining({ name: 'template', status: 'warn' }));
    holdsNothingSecret(all);
  });

  test.each([
    ['no answers', [], /npm run setup/],
    ['an unknown check', ['--only', 'weather'], /no check named weather/],
    ['an unknown option', ['--loud'], /--only name/],
    ['something else to fix', ['--fix', 'everything'], /Only orphans and rollout/],
  ])('%s: 2, and what to do', async (_, args, words) => {
    const { code, output } = await run(join(folder, 'not-there.vars'), ...args);
    expect(output).toMatch(words);
    expect(output).not.toMatch(/ {4}at /);
    expect(code).toBe(2);
  });

  test.each([
    ['no answers', ['--json'], /There is no \.prod\.vars/],
    ['an unknown check', ['--json', '--only', 'weather'], /no check named weather/],
    ['an unknown option', ['--loud', '--json'], /--loud/],
    ['help', ['--json', '--help'], /Checks: configuration/],
    ['nobody agreed', ['--json', '--fix', 'orphans'], /no \.prod\.vars/],
  ])('--json prints JSON and nothing else, also when it cannot look: %s', async (_, args, words) => {
    const { code, output } = await run(join(folder, 'not-there.vars'), ...args);
    const told = JSON.parse(output) as object[];
    expect(told).toEqual([
      {
        name: 'doctor',
        status: args.includes('--help') ? 'skip' : 'fail',
        detail: expect.stringMatching(words),
        fix: told[0] && 'fix' in told[0] ? told[0].fix : null,
      },
    ]);
    expect(code).toBe(args.includes('--help') ? 0 : 2);
  });

  test('--json prints JSON for what --fix did, and asks nobody', async () => {
    const { fly } = deployment;
    const orphan = await deployment.makeMachine();
    const file = answers();
    const unasked = await asked(file, ['--fix', 'orphans', '--json'], 'remove 1');
    expect(unasked.code).toBe(2);
    expect(JSON.parse(unasked.output)).toEqual([
      expect.objectContaining({ name: 'orphans', status: 'warn', fix: expect.stringContaining('--yes') }),
    ]);
    expect(fly.world.apps().map(({ name }) => name)).toContain(orphan);
    const done = await run(file, '--fix', 'orphans', '--yes', '--json');
    expect(JSON.parse(done.output)).toEqual([
      { name: 'orphans', status: 'ok', detail: `removed app ${orphan}`, fix: null },
    ]);
    const again = await run(file, '--fix', 'orphans', '--yes', '--json');
    expect(JSON.parse(again.output)).toEqual([
      { name: 'orphans', status: 'ok', detail: 'nothing to remove', fix: null },
    ]);
    const rollout = await run(file, '--fix', 'rollout', '--json');
    expect(JSON.parse(rollout.output)).toEqual([expect.objectContaining({ name: 'rollout', status: 'ok' })]);
  });

  test('a reply of a service that quotes a key is not printed', async () => {
    deployment.bend.answer = (path) =>
      path === '/operator/health' ? { status: 500, body: deployment.vars.OPERATOR_TOKEN ?? '' } : undefined;
    holdsNothingSecret(await run(answers(), '--only', 'relay-reachable'));
  });

  test('machines of nobody’s are listed, and removed only with consent; others stay', async () => {
    const { fly, machine } = deployment;
    const orphan = await deployment.makeMachine();
    const elsewhere = await deployment.makeMachine({ PUBLIC_URL: 'https://another-relay.example.com' });
    const names = () =>
      fly.world
        .apps()
        .map(({ name }) => name)
        .sort();
    const all = [machine, orphan, elsewhere].sort();
    const file = answers();

    expect(troubles(await examined())).toEqual({ orphans: 'warn' });
    const refused = await asked(file, ['--fix', 'orphans'], 'yes');
    expect(refused).toMatchObject({ code: 0, output: expect.stringContaining(`app ${orphan}: stopped in fra`) });
    expect(refused.output).toMatch(/The relay knows 1 machine\./);
    expect(refused.output).toMatch(/Nothing was removed/);
    const alone = await runProcess(file, '--fix', 'orphans');
    expect(alone).toMatchObject({ code: 2, output: expect.stringContaining('--yes') });
    expect(names()).toEqual(all);

    const agreed = await inTerminal(file, ['--fix', 'orphans'], 'remove 1');
    expect(agreed.output).toMatch(new RegExp(`✓ removed app ${orphan}`));
    expect(agreed.output).not.toContain(elsewhere);
    expect(agreed.code).toBe(0);
    await expect.poll(names).toEqual([machine, elsewhere].sort());
    expect(await run(file, '--fix', 'orphans', '--yes')).toMatchObject({
      code: 0,
      output: 'There is nothing to remove.\n',
    });
    expect(fly.world.machines('live').map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    for (const one of [refused, alone, agreed]) holdsNothingSecret(one);
  });

  test('a change of machines that failed is tried again only with consent', async () => {
    const retried: string[] = [];
    const says = (state: string, status = 202): void => {
      relaySays({ rollout: { ...ROLLOUT, state } });
      deployment.bend.answer = (path) => {
        if (path !== '/operator/rollout/retry') return undefined;
        retried.push(path);
        return { status, body: '{}' };
      };
    };
    const file = answers();
    says('first');
    expect(await run(file, '--fix', 'rollout')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/nothing to retry/),
    });
    says('failed');
    const refused = await asked(file, ['--fix', 'rollout'], 'yes');
    expect(refused.output).toContain('registry.example.com/roost:2');
    expect(refused).toMatchObject({ code: 0, output: expect.stringContaining('Nothing was changed.') });
    expect(await run(file, '--fix', 'rollout')).toMatchObject({ code: 2, output: expect.stringContaining('--yes') });
    expect(retried).toEqual([]);
    const agreed = await asked(file, ['--fix', 'rollout'], 'retry');
    expect(agreed).toMatchObject({ code: 0, output: expect.stringContaining('✓ it starts again') });
    expect(retried).toHaveLength(1);
    says('stuck', 409);
    const late = await run(file, '--fix', 'rollout', '--yes');
    expect(late).toMatchObject({ code: 1, output: expect.stringContaining('answered with status 409') });
    for (const one of [refused, agreed, late]) holdsNothingSecret(one);
  });
});
