import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDevVars, type Vars, withMissing } from '../../scripts/local/dev-vars.ts';
import { localVars } from '../../scripts/local/generated-vars.ts';
import { localParts } from '../../scripts/local/parts.ts';
import { type Options, planRun } from '../../scripts/local/plan.ts';

const local: Vars = parseDevVars(withMissing('', localVars()));
const none: Options = { real: false, twilio: false };

const plan = (vars: Vars, options = none, environment: Vars = {}) => {
  const planned = planRun(vars, options, environment, '/here/.roost/machine');
  if (!planned.ok) throw new Error(planned.problems.join('; '));
  return planned.plan;
};
const problems = (vars: Vars, options = none, environment: Vars = {}): string[] => {
  const planned = planRun(vars, options, environment, '/here/.roost/machine');
  return planned.ok ? [] : planned.problems;
};

describe('without options', () => {
  test('the generated file gives the four parts on their ports', () => {
    expect(plan(local).ports).toEqual({
      relay: 8787,
      machine: 8080,
      fly: null,
      model: 4020,
      simulator: 4000,
      git: 4050,
    });
    expect(plan(local).notes).toEqual([]);
  });

  test('PORT_BASE moves every local address at once, and no other', () => {
    const { ports, relay } = plan({ ...local, PORT_BASE: '5000' });
    expect(ports).toEqual({ simulator: 5000, relay: 5001, machine: 5002, model: 5003, fly: null, git: 5007 });
    expect(relay).toMatchObject({
      PUBLIC_URL: 'http://127.0.0.1:5001',
      TWILIO_CONTENT_URL: 'http://127.0.0.1:5000',
      ANTHROPIC_API_URL: 'http://127.0.0.1:5003',
      GIT_API_URL: 'http://127.0.0.1:5007/api',
      GIT_HOSTS_URL: 'http://127.0.0.1:5007/{host}',
    });
    expect(plan({ ...local, PORT_BASE: '5000' }, { ...none, fly: true }).ports.fly).toBe(5004);
    // The demo model of another copy, at the default port, is nobody's real model.
    const mine = { ...local, PORT_BASE: '5000', ANTHROPIC_API_KEY: 'sk-mine' };
    expect(plan(mine, { ...none, real: true }).relay.ANTHROPIC_API_URL).toBe('https://api.anthropic.com');
    const elsewhere = { ...local, PORT_BASE: '5000', ANTHROPIC_API_URL: 'https://models.example.com' };
    expect(plan(elsewhere, { ...none, real: true }).relay.ANTHROPIC_API_URL).toBe('https://models.example.com');
    for (const wrong of ['x', '0', '-5', '65535', '1.5']) {
      expect(problems({ ...local, PORT_BASE: wrong }).join()).toMatch(/^PORT_BASE must be a port/);
    }
  });

  test('the simulator has a bot, and no other is called', () => {
    const own = { TELEGRAM_BOT_TOKEN: '123456789:AAE_a-real-token', TELEGRAM_API_URL: 'https://api.telegram.org' };
    for (const vars of [local, { ...local, ...own }])
      expect(plan(vars).relay).toMatchObject({
        TELEGRAM_BOT_TOKEN: expect.stringMatching(/^4815162342:[\w-]{43}$/),
        TELEGRAM_API_URL: 'http://127.0.0.1:4000',
        TELEGRAM_WEBHOOK_SECRET: expect.stringMatching(/^[\w-]{43}$/),
      });
    expect(plan({ ...local, PORT_BASE: '5000' }).relay.TELEGRAM_API_URL).toBe('http://127.0.0.1:5000');
    // Another installation's token is another one: a web page can't guess it.
    const { TELEGRAM_BOT_TOKEN: token } = plan({ ...local, TWILIO_AUTH_TOKEN: 'of-another-installation' }).relay;
    expect(token).not.toBe(plan(local).relay.TELEGRAM_BOT_TOKEN);
  });

  test('the simulator has a number for SMS too, unless the settings say something else about it', () => {
    const ours = (vars: Vars, options = none) => {
      const { SMS, TWILIO_SENDERS } = plan(vars, options).relay;
      return { SMS, TWILIO_SENDERS };
    };
    const bySms = { SMS: 'on', TWILIO_SENDERS: 'whatsapp:+15555550100,+15555550100' };
    const telegram = { TELEGRAM_BOT_TOKEN: '4815162342:AAE_of-the-plan-test' };
    expect(ours(local)).toEqual(bySms);
    expect(ours(local, { ...none, fly: true })).toEqual(bySms);
    expect(ours({ ...local, ...telegram }, { ...none, telegram: true })).toEqual(bySms);
    // The generated file lists WhatsApp's number alone.
    expect(local).toMatchObject({ TWILIO_SENDERS: 'whatsapp:+15555550100' });
    const off = { ...local, SMS: 'off' };
    expect(ours(off)).toEqual({ SMS: 'off', TWILIO_SENDERS: local.TWILIO_SENDERS });
    const own = { ...local, TWILIO_SENDERS: 'whatsapp:+15555550100,whatsapp:+15555550101' };
    expect(ours(own)).toEqual({ SMS: undefined, TWILIO_SENDERS: own.TWILIO_SENDERS });
  });

  test('GitHub itself needs no stand-in', () => {
    const real = { ...local, GIT_API_URL: 'https://api.github.com', GIT_HOSTS_URL: 'https://{host}' };
    expect(plan(real).ports.git).toBeNull();
    expect(plan(real).relay).toMatchObject({ GITHUB_APP_ID: '', GITHUB_CLIENT_ID: '' });
    expect(plan({ ...real, GITHUB_APP_SLUG: 'mine' }).relay.GITHUB_APP_ID).toBe('7001');
    expect(plan(local).relay.GITHUB_APP_SLUG).toBe('roost-local');
    expect(plan({ ...real, PORT_BASE: '5000' }).relay.GIT_API_URL).toBe('https://api.github.com');
  });

  test('--inspect: relay and agent server can be stepped through, and a relay at a breakpoint is not restarted', () => {
    const inspect = { ...none, inspect: true };
    expect(plan(local).inspectors).toBeNull();
    const { inspectors, notes } = plan(local, inspect);
    expect(inspectors).toEqual({ relay: 9229, machine: 9230 });
    expect(notes.join()).toMatch(/relay at 127\.0\.0\.1:9229, agent server at 127\.0\.0\.1:9230/);
    expect(plan({ ...local, PORT_BASE: '5000' }, inspect).inspectors).toEqual({ relay: 5005, machine: 5006 });
    expect(plan(local, { ...inspect, fly: true }).inspectors).toEqual({ relay: 9229, machine: null });
    const moved = { ...local, MACHINE_URL: 'http://127.0.0.1:9230' };
    expect(problems(moved, inspect)).toEqual(['Two parts use the same port; change one of the addresses']);

    const state = mkdtempSync(join(tmpdir(), 'roost-plan-'));
    const partsOf = (options: Options) => localParts(plan(local, options), { root: '/here', state }, {});
    const { relay, agent } = partsOf(inspect);
    expect(relay.launch(1).args.join(' ')).toContain('--inspector-port 9229 --no-minify');
    expect(relay.watch).toBeUndefined();
    expect(agent?.launch(2).args).toEqual(['--inspect=127.0.0.1:9230', '/here/vm/src/main.ts']);
    expect(partsOf(none).relay.launch(1).args.join(' ')).not.toContain('inspect');
    expect(partsOf(none).relay.watch).toBeDefined();
    rmSync(state, { recursive: true });
  });

  test('ports follow .dev.vars', () => {
    const moved = {
      ...local,
      PUBLIC_URL: 'http://127.0.0.1:1',
      TWILIO_API_URL: 'http://localhost:2',
      MACHINE_URL: 'http://127.0.0.1:3',
      DEMO_MODEL_URL: 'http://127.0.0.1:4',
    };
    expect(plan(moved).ports).toEqual({ relay: 1, simulator: 2, machine: 3, fly: null, model: 4, git: 4050 });
    expect(plan(moved).relay.ANTHROPIC_API_URL).toBe('http://127.0.0.1:4');
  });

  test('the demo model answers even where a key is set, and gets no key', () => {
    const { relay } = plan({ ...local, ANTHROPIC_API_KEY: 'sk-real', ANTHROPIC_API_URL: 'https://api.anthropic.com' });
    expect(relay.ANTHROPIC_API_URL).toBe('http://127.0.0.1:4020');
    expect(relay.ANTHROPIC_API_KEY).toBe('');
  });

  test('the simulator is never replaced by the real Twilio unasked', () => {
    expect(problems({ ...local, TWILIO_API_URL: 'https://api.twilio.com' }).join()).toMatch(/TWILIO_API_URL.*--twilio/);
    expect(problems({ ...local, PUBLIC_URL: 'https://x.example.com' }).join()).toMatch(/PUBLIC_URL/);
  });

  test('everything wrong is named at once, each name once', () => {
    const wrong = problems({
      ...local,
      PUBLIC_URL: 'x',
      MACHINE_URL: 'ftp://y',
      TWILIO_AUTH_TOKEN: '',
      MACHINE_SIGNING_KEY: '{',
    });
    for (const name of ['PUBLIC_URL', 'MACHINE_URL', 'TWILIO_AUTH_TOKEN', 'MACHINE_SIGNING_KEY']) {
      expect(wrong.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    }
  });

  test('two parts on one port are refused', () => {
    expect(problems({ ...local, MACHINE_URL: 'http://127.0.0.1:4000' }).join()).toMatch(/same port/);
  });
});

describe('--fly', () => {
  const fly: Options = { ...none, fly: true };

  test('machines come from the stand-in, and no agent server runs beside it', () => {
    const { relay, ports, opening } = plan(local, fly);
    expect(ports).toEqual({ relay: 8787, machine: null, fly: 4030, model: 4020, simulator: 4000, git: 4050 });
    expect(relay).toMatchObject({
      MACHINE_PROVIDER: 'fly',
      FLY_API_URL: 'http://127.0.0.1:4030',
      FLY_MACHINES_URL: 'http://127.0.0.1:4030/m/{app}',
      FLY_API_TOKEN: local.FLY_API_TOKEN,
      FLY_REGION: 'fra,ams',
    });
    expect(opening).toContain('/here/.roost/machine');
    expect(plan(local).relay.MACHINE_PROVIDER).toBe('static');
  });

  test('no call ever goes to the real Fly', () => {
    const real = { ...local, FLY_API_URL: 'https://api.machines.dev', FLY_MACHINES_URL: 'https://{app}.fly.dev' };
    expect(problems(real, fly).join()).toMatch(/FLY_API_URL must be a local address/);
    const { relay } = plan({ ...local, FLY_MACHINES_URL: 'https://{app}.fly.dev', FLY_API_URL: '' }, fly);
    expect(new URL(relay.FLY_MACHINES_URL ?? '').host).toBe('127.0.0.1:4030');
  });

  test('the pace is a number; a port of another part is refused; a real model is confined there as well', () => {
    expect(plan({ ...local, FLY_PACE: '20' }, fly)).toMatchObject({
      pace: 20,
      opening: expect.stringContaining('20 times'),
    });
    for (const wrong of ['fast', '0', '-1', '2000'])
      expect(problems({ ...local, FLY_PACE: wrong }, fly).join()).toMatch(/FLY_PACE/);
    expect(problems({ ...local, FLY_API_URL: 'http://127.0.0.1:4000' }, fly).join()).toMatch(/same port/);
    expect(plan({ ...local, ANTHROPIC_API_KEY: 'sk-mine' }, { ...fly, real: true }).sandbox).toBe('required');
  });
});

describe('--real', () => {
  const real: Options = { real: true, twilio: false };

  test('a key in .dev.vars goes to Anthropic, and the rights of the agent are said', () => {
    const { relay, ports, notes } = plan({ ...local, ANTHROPIC_API_KEY: 'sk-mine' }, real);
    expect(relay).toMatchObject({ ANTHROPIC_API_URL: 'https://api.anthropic.com', ANTHROPIC_API_KEY: 'sk-mine' });
    expect(ports.model).toBeNull();
    expect(notes.join()).toMatch(
      /api\.anthropic\.com and works in \/here\/\.roost\/machine\. Its commands run in a sandbox/,
    );
    expect(notes.join()).not.toContain('sk-mine');
  });

  test('it is confined unless somebody says otherwise; the demo model is where that works', () => {
    const mine = { ...local, ANTHROPIC_API_KEY: 'sk-mine' };
    expect([plan(local).sandbox, plan(mine, real).sandbox]).toEqual(['auto', 'required']);
    const loose = plan(mine, { ...real, unconfined: true });
    expect([loose.sandbox, loose.notes.join()]).toEqual(['off', expect.stringContaining('NOT sandboxed')]);
  });

  test('another Messages-API server needs no key', () => {
    const { relay, ports } = plan({ ...local, ANTHROPIC_API_URL: 'http://127.0.0.1:9000' }, real);
    expect(relay.ANTHROPIC_API_URL).toBe('http://127.0.0.1:9000');
    expect(ports.model).toBeNull();
  });

  test('a key in the environment is named and not used', () => {
    const environment = { ANTHROPIC_API_KEY: 'sk-stray' };
    const refused = problems(local, real, environment).join();
    expect(refused).toMatch(/ANTHROPIC_API_KEY is missing from \.dev\.vars/);
    expect(refused).toMatch(/ANTHROPIC_API_KEY is set in your environment, which is ignored/);
    const accepted = plan({ ...local, ANTHROPIC_API_KEY: 'sk-mine' }, real, environment);
    expect(accepted.relay.ANTHROPIC_API_KEY).toBe('sk-mine');
    expect(accepted.notes.join()).toMatch(/ANTHROPIC_API_KEY in your environment is ignored/);
    expect(JSON.stringify([refused, accepted])).not.toContain('sk-stray');
  });
});

describe('--telegram', () => {
  const telegram = { ...none, telegram: true };
  const mine = { ...local, TELEGRAM_BOT_TOKEN: '4815162342:AAE_of-the-plan-test' };
  test('needs nothing but a token, and strangers get a code', () => {
    const { relay, notes } = plan({ ...mine, TELEGRAM_API_URL: local.TWILIO_API_URL ?? '' }, telegram);
    expect(relay).toMatchObject({
      TELEGRAM_BOT_TOKEN: mine.TELEGRAM_BOT_TOKEN,
      TELEGRAM_API_URL: 'https://api.telegram.org',
      TELEGRAM_WEBHOOK_SECRET: '',
      PAIRING: 'on',
    });
    expect(notes.join()).toContain('/pair');
    expect(plan({ ...mine, PAIRING: 'off' }, telegram).relay.PAIRING).toBe('off');
  });
  test('without one says where it comes from', () => {
    expect(problems({ ...local, TELEGRAM_BOT_TOKEN: '' }, telegram).join()).toMatch(/TELEGRAM_BOT_TOKEN.*@BotFather/);
  });
});

describe('--twilio', () => {
  const twilio = { real: false, twilio: true };
  const mine: Vars = {
    ...local,
    PUBLIC_URL: 'https://phone.example.com/',
    TWILIO_API_URL: 'https://api.twilio.com',
    TWILIO_MESSAGING_URL: '',
    TWILIO_CONTENT_URL: '',
    TWILIO_ACCOUNT_SID: `AC${'1a'.repeat(16)}`,
    TWILIO_SENDERS: 'whatsapp:+12025550100',
    ADMIN_SENDERS: '',
    ALLOWED_SENDERS: '+12025550123',
  };

  test('says what to paste into Twilio, starts no simulator and leaves local mode', () => {
    const { relay, ports, notes } = plan(mine, twilio);
    expect(ports).toEqual({ relay: 8787, machine: 8080, fly: null, model: 4020, simulator: null, git: 4050 });
    expect(relay).toMatchObject({ LOCAL_MODE: '0', TWILIO_SENDERS: 'whatsapp:+12025550100' });
    expect(relay).not.toHaveProperty('SMS');
    expect(notes.join('\n')).toContain(
      'https://phone.example.com/webhooks/twilio#ct=1000&rt=3900&tt=15000&rc=2&rp=5xx,ct,rt',
    );
    expect(notes.join('\n')).toContain('http://127.0.0.1:8787');
  });

  test('the generated file lacks everything, and each is named at once', () => {
    const named = problems(local, twilio).map((problem) => problem.split(' ')[0]);
    expect(named).toEqual([
      'PUBLIC_URL',
      'TWILIO_API_URL',
      'TWILIO_MESSAGING_URL',
      'TWILIO_CONTENT_URL',
      'TWILIO_ACCOUNT_SID',
      'TWILIO_AUTH_TOKEN',
      'TWILIO_SENDERS',
      'ADMIN_SENDERS',
      'ALLOWED_SENDERS',
    ]);
  });

  test('an allowlist is required; a star is none', () => {
    expect(problems({ ...mine, ALLOWED_SENDERS: '*' }, twilio).join()).toMatch(/ALLOWED_SENDERS/);
    expect(problems({ ...mine, ALLOWED_SENDERS: ' ' }, twilio).join()).toMatch(/ALLOWED_SENDERS/);
  });

  test('the port behind the tunnel can be chosen', () => {
    expect(plan({ ...mine, RELAY_PORT: '9001' }, twilio).ports.relay).toBe(9001);
    expect(problems({ ...mine, RELAY_PORT: 'x' }, twilio).join()).toMatch(/RELAY_PORT/);
  });
});
