import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Refused, Unreachable } from '../../scripts/accounts/ask.ts';
import { SANDBOX } from '../../scripts/accounts/twilio.ts';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { isNotice } from '../../scripts/setup/exchange.ts';
import { missingAnswers, previewLines } from '../../scripts/setup/preview.ts';
import { openRecord } from '../../scripts/setup/record.ts';
import { runSteps } from '../../scripts/setup/runner.ts';
import type { Prompt, Screen } from '../../scripts/setup/screen.ts';
import { type SetupContext, SetupProblem, type Step, Trouble } from '../../scripts/setup/step.ts';
import { numberStep, peopleStep } from '../../scripts/setup/steps-accounts.ts';
import { agentServerStep } from '../../scripts/setup/steps-agent-server.ts';
import { helloStep, inviteLink } from '../../scripts/setup/steps-hello.ts';
import { machineStep, nearbyRegion } from '../../scripts/setup/steps-machine.ts';
import { templateWishStep, webhookStep } from '../../scripts/setup/steps-phone.ts';
import { wantedWebhook } from '../../scripts/setup/webhooks.ts';
import { planTeardown } from '../../scripts/teardown/plan.ts';
import { remove } from '../../scripts/teardown/remove.ts';
import { startFly } from '../../simulator/fly/server.ts';
import { newName } from '../../src/machines/fly/names.ts';
import { texts } from '../../src/texts/index.ts';
import { serve } from '../loopback.ts';
import { ACCOUNT, SMS, type Stand, startStand, TOKEN, WHATSAPP } from '../simulator/twilio-stand.ts';
import { relayHealth } from './stand-ins.ts';

// Single steps with a person who is a list of answers: the sandbox, refused answers, the effect of one answer on
// another, and what is saved.

let stand: Stand;
let folder: string;
beforeEach(async () => {
  stand = await startStand({ senders: [WHATSAPP, SANDBOX, SMS], sandboxes: [SANDBOX] });
  folder = mkdtempSync(join(tmpdir(), 'roost-steps-'));
});
afterEach(async () => {
  await stand.close();
  rmSync(folder, { recursive: true, force: true });
});

type Person = { world: SetupContext; saved: Vars; lines: string[]; prompts: Prompt[] };

/** Answers in this order; true and false are for confirmations. */
function person(start: Vars, replies: (string | boolean)[] = [], asks = true): Person {
  let answers: Vars = {
    TWILIO_ACCOUNT_SID: ACCOUNT,
    TWILIO_AUTH_TOKEN: TOKEN,
    TWILIO_API_URL: stand.apiUrl,
    TWILIO_MESSAGING_URL: stand.apiUrl,
    TWILIO_CONTENT_URL: stand.apiUrl,
    PUBLIC_URL: 'https://relay.example.com',
    ...start,
  };
  const [lines, prompts]: [string[], Prompt[]] = [[], []];
  const saved: Record<string, string> = {};
  const say = (line: string): void => void lines.push(line);
  const reply = (): string | boolean => replies.shift() ?? expect.fail(`nothing left to answer:\n${lines.join('\n')}`);
  const screen: Screen = {
    asks,
    hasColours: false,
    copy: (copied) => void lines.push(...copied),
    title: say,
    step: say,
    done: say,
    note: say,
    warn: say,
    problem: say,
    end: say,
    ask: async (prompt) => {
      prompts.push(prompt);
      return String(reply());
    },
    confirm: async () => reply() === true,
  };
  const world: SetupContext = {
    answers: () => answers,
    save(changes) {
      Object.assign(saved, changes);
      answers = { ...answers, ...changes };
    },
    record: openRecord(join(folder, 'record.json')),
    screen,
  };
  return { world, saved, lines, prompts };
}

describe('who may text it', () => {
  const shapes = peopleStep.questions?.({}).slice(0, 2) ?? [];

  test.each(['+15555550123', '+15555550123, telegram:4815162342', 'telegram:4815162342'])('%s is taken', (value) => {
    for (const { shape } of shapes) expect(shape?.(value)).toBeUndefined();
  });

  test.each(['5555550123', '+15555550123,', 'whatsapp:+15555550123', 'telegram:robin', 'sms:+15555550123', 'pigeon:1'])(
    '%s is refused with an example',
    (value) => {
      for (const { shape } of shapes) expect(shape?.(value)).toContain('telegram:4815162342');
    },
  );
});

test('without an admin who has a number, nobody is waited for', async () => {
  const { world, lines } = person({ TWILIO_SENDERS: WHATSAPP, ADMIN_SENDERS: 'telegram:4815162342' });
  await runSteps([helloStep], world);
  expect(lines.at(-1)).toContain('Text the number yourself');
});

describe('the sandbox', () => {
  test('is offered beside own senders, and its limits are said', async () => {
    const { world, saved, lines, prompts } = person({}, [SANDBOX, 'join happy-otter']);
    await runSteps([numberStep], world);
    expect(prompts[0]?.choices?.map(({ value }) => value)).toEqual([WHATSAPP, SANDBOX]);
    expect(saved).toEqual({ TWILIO_SENDERS: SANDBOX, SANDBOX_JOIN: 'join happy-otter' });
    expect(inviteLink(world.answers())).toBe('https://wa.me/14155238886?text=join%20happy-otter');
    // With an empty answer, the person types the two words.
    expect(inviteLink({ TWILIO_SENDERS: SANDBOX, SANDBOX_JOIN: '' })).toBe('https://wa.me/14155238886?text=join%20');
    expect(inviteLink({ TWILIO_SENDERS: WHATSAPP })).toBe('https://wa.me/15555550100?text=hello');
    expect(lines.join('\n')).toMatch(/3 days.*1 message every 3 seconds.*50 messages a day/s);
  });

  test('has no API: the exact addresses are shown to paste, and set-up stops until they are', async () => {
    const wanted = wantedWebhook('https://relay.example.com', WHATSAPP);
    const hesitant = person({ TWILIO_SENDERS: SANDBOX }, [false]);
    await expect(runSteps([webhookStep], hesitant.world)).rejects.toThrow(SetupProblem);
    expect(hesitant.lines.join('\n')).toContain(wanted.callbackUrl);
    expect(hesitant.lines.join('\n')).toContain(wanted.statusCallbackUrl);
    await runSteps([webhookStep], person({ TWILIO_SENDERS: SANDBOX }, [true]).world);
    // Another address means pasting again.
    await runSteps([webhookStep], person({ TWILIO_SENDERS: SANDBOX }).world);
    const moved = person({ TWILIO_SENDERS: SANDBOX, PUBLIC_URL: 'https://other.example.com' }, [true]);
    await runSteps([webhookStep], moved.world);
    expect(moved.lines.join('\n')).toContain('https://other.example.com/webhooks/twilio#');
  });

  test('has no template of one’s own', () => {
    expect(templateWishStep.applies?.({ TWILIO_SENDERS: SANDBOX })).toBe(false);
    expect(templateWishStep.applies?.({ TWILIO_SENDERS: WHATSAPP })).toBe(true);
  });
});

test('a number that is not the account’s is refused', async () => {
  const { world, saved, lines } = person({}, ['whatsapp:+15555550199', WHATSAPP]);
  await runSteps([numberStep], world);
  expect(lines).toContainEqual(
    expect.stringContaining('whatsapp:+15555550199 is not a WhatsApp sender of this account.'),
  );
  expect(saved.TWILIO_SENDERS).toBe(WHATSAPP);
});

test('the webhook that was there is noted before it is changed, and once', async () => {
  const [before] = stand.carrier.desk.channelSenders.all();
  stand.carrier.desk.channelSenders.update(before?.sid ?? '', {
    webhook: { callback_url: 'https://old.example.com/in' },
  });
  const unwilling = person({ TWILIO_SENDERS: WHATSAPP }, [false]);
  await expect(runSteps([webhookStep], unwilling.world)).rejects.toThrow('The webhook is unchanged');
  expect(unwilling.lines.join('\n')).toContain('currently go to old.example.com.');
  expect(stand.carrier.desk.channelSenders.of(WHATSAPP)?.webhook.callback_url).toBe('https://old.example.com/in');
  // Asked once: a second change replaces a value that setup itself has set.
  for (const [url, replies] of [
    ['https://relay.example.com', [true]],
    ['https://other.example.com', []],
  ] as const) {
    await runSteps([webhookStep], person({ TWILIO_SENDERS: WHATSAPP, PUBLIC_URL: url }, [...replies]).world);
    expect(stand.carrier.desk.channelSenders.of(WHATSAPP)?.webhook).toMatchObject({
      callback_url: wantedWebhook(url, WHATSAPP).callbackUrl,
      fallback_url: wantedWebhook(url, WHATSAPP).fallbackUrl,
      status_callback_url: wantedWebhook(url, WHATSAPP).statusCallbackUrl,
    });
  }
  const noted = () =>
    openRecord(join(folder, 'record.json'))
      .all()
      .map(({ kind, before: was }) => [kind, was?.callbackUrl]);
  expect(noted()).toEqual([['webhook', 'https://old.example.com/in']]);
  // Somebody has set another value since: setup asks again, and teardown restores that value.
  stand.carrier.desk.channelSenders.update(before?.sid ?? '', {
    webhook: { callback_url: 'https://new.example.com/' },
  });
  const hesitant = person({ TWILIO_SENDERS: WHATSAPP }, [false]);
  await expect(runSteps([webhookStep], hesitant.world)).rejects.toThrow('The webhook is unchanged');
  await runSteps([webhookStep], person({ TWILIO_SENDERS: WHATSAPP }, [true]).world);
  expect(noted()).toEqual([['webhook', 'https://new.example.com/']]);
});

test('where nobody can paste, nothing is said to be set that is not', async () => {
  const sandbox = person({ TWILIO_SENDERS: SANDBOX }, [], false);
  await runSteps([webhookStep], sandbox.world);
  expect(sandbox.lines.at(-1)).toMatch(/^Everything that can be set from here is set\. Paste/);
});

describe('a number for SMS', () => {
  const number = () => stand.carrier.desk.phoneNumbers.of(SMS) ?? expect.fail('no number');
  const changed = (form: Record<string, string>) =>
    stand.carrier.desk.phoneNumbers.update(number().sid, new URLSearchParams(form));
  const hooks = () => [number().sms_url, number().sms_method, number().sms_fallback_url];
  const { callbackUrl } = wantedWebhook('https://relay.example.com', SMS);
  const OLD = { SmsUrl: 'https://old.example.com/sms', SmsMethod: 'GET', SmsFallbackUrl: 'https://old.example.com/no' };
  const putBack = async (world: SetupContext) => {
    const [item] = await planTeardown(world.answers(), world.record);
    return remove(item ?? expect.fail('nothing noted'), world.answers(), false);
  };

  test('is set beside one of WhatsApp, and put back by teardown; nobody’s is set unasked', async () => {
    changed(OLD);
    const start = { TWILIO_SENDERS: `${WHATSAPP},${SMS}` };
    const unwilling = person(start, [false]);
    await expect(runSteps([webhookStep], unwilling.world)).rejects.toThrow('The webhook is unchanged');
    expect(unwilling.lines.join('\n')).toContain(`Messages to ${SMS} currently go to old.example.com.`);
    expect(hooks()).toEqual(Object.values(OLD));

    const { world } = person(start, [true]);
    await runSteps([webhookStep], world);
    expect(hooks()).toEqual([callbackUrl, 'POST', callbackUrl]);
    expect(stand.carrier.desk.channelSenders.of(WHATSAPP)?.webhook.callback_url).toBe(callbackUrl);
    const again = person(start);
    await runSteps([webhookStep], again.world);
    expect(again.lines).toContain('Already done.');

    world.record.remove(world.record.all()[0] ?? expect.fail('the sender is not noted'));
    expect(await putBack(world)).toMatchObject({ kind: 'gone' });
    expect(hooks()).toEqual(Object.values(OLD));
  });

  test('that was changed since is left alone by teardown', async () => {
    const { world } = person({ TWILIO_SENDERS: SMS });
    await runSteps([webhookStep], world);
    changed(OLD);
    expect(await putBack(world)).toMatchObject({
      kind: 'gone',
      note: expect.stringMatching(/^Somebody changed the webhook of PN/),
    });
    expect(hooks()).toEqual(Object.values(OLD));
  });

  test('is taken where it is the account’s and no application decides for it; that SMS is off is said', async () => {
    changed({ SmsApplicationSid: `AP${'1'.repeat(32)}` });
    const replies = ['+15555550199', SMS];
    const { world, lines } = person({}, replies);
    await expect(runSteps([numberStep], world)).rejects.toThrow(/nothing left to answer/);
    expect(lines).toContainEqual(expect.stringContaining('+15555550199 is not a number of this account.'));
    expect(lines.at(-1)).toContain(`A Twilio application decides where texts to ${SMS} go.`);
    changed({ SmsApplicationSid: '' });
    const taken = person({ TWILIO_SENDERS: SMS });
    await runSteps([numberStep], taken.world);
    expect(taken.lines.at(-1)).toMatch(/^SMS is off/);
    const wanted = person({ TWILIO_SENDERS: SMS, SMS: 'on' });
    await runSteps([numberStep], wanted.world);
    expect(wanted.lines.join('\n')).not.toMatch(/SMS is off/);
  });
});

test('teardown forgets nothing that was made in another account than the answers name', async () => {
  const answers = person({}).world.answers();
  const made = { id: 'roost-images-old', account: 'old-team', at: '2026-01-01T00:00:00Z' };
  for (const entry of [
    { ...made, kind: 'fly-app' },
    { ...made, kind: 'webhook', account: `AC${'0'.repeat(32)}` },
    { ...made, kind: 'template', account: `AC${'0'.repeat(32)}` },
  ] as const) {
    const item = { kind: entry.kind, id: entry.id, thing: 'This', title: 'This', entry };
    const outcome = await remove(item, { ...answers, FLY_ORG: 'new-team' }, false);
    expect(outcome).toEqual({ kind: 'failed', reason: expect.stringContaining(`it was created in ${entry.account}`) });
  }
});

test('teardown finds by the ledger what no machine tells: an app that is still being made, and a former address', async () => {
  const names = [newName('roost'), newName('roost')];
  const world = { token: TOKEN, org: 'team', folder: join(folder, 'fly'), images: {}, rateLimits: false };
  const fly = await startFly({ port: 0, pace: { scale: 200 }, ...world });
  const ledger = names.slice(0, 1).map((name) => ({ conversation: 'c', name }));
  const relay = await serve((incoming, outgoing) => {
    const isOperator = incoming.headers.authorization === 'Bearer operator-of-the-test';
    outgoing.writeHead(isOperator ? 200 : 401).end(JSON.stringify(relayHealth(ledger)));
  });
  try {
    for (const name of names) {
      const response = await fetch(`${fly.apiUrl}/v1/apps`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name, org_slug: 'team' }),
      });
      expect(response.status).toBe(201);
    }
    const { world: one } = person({
      MACHINE_PROVIDER: 'fly',
      FLY_API_TOKEN: TOKEN,
      FLY_ORG: 'team',
      FLY_API_URL: fly.apiUrl,
      PUBLIC_URL: relay,
      OPERATOR_TOKEN: 'operator-of-the-test',
    });
    const items = await planTeardown(one.answers(), one.record);
    expect(items.map(({ kind, id }) => [kind, id])).toEqual([['fly-machine', names[0]]]);
  } finally {
    await fly.stop();
  }
});

test('teardown stops with a sentence when nobody says which machines there are', async () => {
  const fly = { MACHINE_PROVIDER: 'fly', FLY_API_TOKEN: TOKEN, FLY_ORG: 'team', FLY_API_URL: 'http://127.0.0.1:1' };
  const { world } = person(fly);
  const plan = planTeardown(world.answers(), world.record);
  await expect(plan).rejects.toThrow('Fly doesn’t say which machines are in team, so this stopped');
});

test('several people do not share a machine without trusting each other', async () => {
  const start = { ALLOWED_SENDERS: '+15555550123,+15555550124' };
  const { world, lines } = person(start, ['static', 'no', 'static', 'trusted', 'http://127.0.0.1:1']);
  await expect(runSteps([machineStep, agentServerStep], world)).rejects.toThrow(/nothing left to answer/);
  expect(lines).toContain('Then each needs a machine of their own. Choose Fly, or allow one person only.');
  expect(lines.at(-1)).toMatch(/^No agent server answers there/);
});

describe('the runner', () => {
  const step: Step = {
    name: 'letters',
    title: 'Letters',
    minutes: 2,
    questions: () => [
      { name: 'FIRST', message: 'First?', where: 'In the alphabet.' },
      {
        name: 'SECOND',
        message: 'Second?',
        isSecret: true,
        check: async (value, world) =>
          value === `${world.answers().FIRST}b` ? { ok: true } : { ok: false, problem: 'No.', again: ['FIRST'] },
      },
    ],
  };

  test('a refused answer takes the one before along, which is offered again; a secret is not', async () => {
    const { world, saved, prompts } = person({}, ['x', 'ab', 'a', 'ab']);
    await runSteps([step], world);
    expect(saved).toEqual({ FIRST: 'a', SECOND: 'ab' });
    expect(prompts.map(({ message, initial }) => [message, initial])).toEqual([
      ['First?', undefined],
      ['Second?', undefined],
      ['First?', 'x'],
      ['Second?', undefined],
    ]);
    expect(prompts.map(({ where }) => where !== undefined)).toEqual([true, false, false, false]);
  });

  test('what is known is checked again, and asked for when it is no longer good', async () => {
    const { world, saved, prompts } = person({ FIRST: 'a', SECOND: 'old' }, ['a', 'ab']);
    await runSteps([step], world);
    expect(prompts).toHaveLength(2);
    expect(saved).toEqual({ FIRST: 'a', SECOND: 'ab' });
  });

  test('where nobody can be asked a refusal ends it, and what the environment said is not written down', async () => {
    const refused = person({ FIRST: 'a', SECOND: 'old' }, [], false);
    await expect(runSteps([step], refused.world)).rejects.toThrow('SECOND was refused.');
    const fine = person({ FIRST: 'a', SECOND: 'ab' }, [], false);
    await runSteps([step], fine.world);
    expect(fine.saved).toEqual({});
  });

  test('what is to be changed is asked again with what stands; a secret is kept by an empty answer', async () => {
    const { world, saved, prompts } = person({ FIRST: 'a', SECOND: 'ab' }, ['c', '', 'c', 'cb']);
    await runSteps([step], world, 'letters');
    expect(prompts.map(({ message, initial }) => [message, initial])).toEqual([
      ['First?', 'a'],
      ['Second? (press Enter to keep the current one)', undefined],
      // The saved answer does not fit the new first answer.
      ['First?', 'c'],
      ['Second?', undefined],
    ]);
    expect(saved).toEqual({ FIRST: 'c', SECOND: 'cb' });
  });

  test.each([
    [
      'nobody answers',
      new Unreachable('https://api.example.com', 'ENOTFOUND'),
      'api.example.com doesn’t answer (ENOTFOUND).',
    ],
    ['a service has trouble', new Refused('Letters', 503, null, 'overloaded'), 'overloaded'],
    ['a service says so', new Trouble('Letters has a problem of its own (status 500).'), 'a problem of its own'],
  ])('%s: the same answer is tried again, or the run ends and nothing is kept', async (_, trouble, words) => {
    let left = 2;
    const check = async () => {
      if (left-- > 0) throw trouble;
      return { ok: true } as const;
    };
    const shaky: Step = {
      name: 'shaky',
      title: 'Shaky',
      minutes: 1,
      questions: () => [{ name: 'KEY', message: 'Key?', check }],
    };
    const patient = person({}, ['the-key', true, true]);
    await runSteps([shaky], patient.world);
    expect(patient.prompts).toHaveLength(1);
    expect(patient.saved).toEqual({ KEY: 'the-key' });
    expect(patient.lines.filter((line) => line.includes(words))).toHaveLength(2);
    left = 1;
    const tired = person({}, ['the-key', false]);
    await expect(runSteps([shaky], tired.world)).rejects.toThrow(SetupProblem);
    expect(tired.saved).toEqual({});
    left = 1;
    await expect(runSteps([shaky], person({ KEY: 'the-key' }, [], false).world)).rejects.not.toThrow(/was refused/);
  });

  test('missing answers and planned steps are known beforehand', () => {
    expect(missingAnswers([step], { FIRST: 'a' })).toEqual(['SECOND']);
    expect(previewLines([{ ...step, changes: () => ['write a letter'] }], { FIRST: 'a' })).toEqual([
      'Letters',
      '  would ask for SECOND: Second?',
      '  would write a letter',
    ]);
  });
});

test('the relay’s progress messages do not count as the answer', () => {
  const prefix = 'Sent from your Twilio trial account - ';
  expect(
    [texts.machines.making, prefix + texts.machines.waking, texts.machines.refused('limit')].map(isNotice),
  ).toEqual(Array(3).fill(true));
  expect(isNotice('Hello! Text me what you want done.')).toBe(false);
});

test('regions begin near the person', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'America/Los_Angeles', 'Asia/Tokyo', 'Australia/Sydney', 'UTC'];
  expect(zones.map(nearbyRegion)).toEqual(['fra', 'iad', 'lax', 'sin', 'syd', 'iad']);
});
