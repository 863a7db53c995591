import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { carrierOf, monthOf } from '../../scripts/production/costs.ts';
import { needRows, priceLines } from '../../scripts/setup/price.ts';
import { progressAt } from '../../scripts/setup/progress.ts';
import { openRecord } from '../../scripts/setup/record.ts';
import { runSteps } from '../../scripts/setup/runner.ts';
import { plainScreen } from '../../scripts/setup/screen.ts';
import { type SetupContext, SetupProblem, type Step } from '../../scripts/setup/step.ts';
import { STEPS } from '../../scripts/setup/steps.ts';
import { agreementStep } from '../../scripts/setup/steps-agreement.ts';

// What setup says about money and time before it creates anything, and that it waits for a yes.

const ON_FLY: Vars = { MACHINE_PROVIDER: 'fly', ADMIN_SENDERS: '+15555550123' };

function world(start: Vars, replies: boolean[]): SetupContext & { lines: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'roost-price-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lines: string[] = [];
  let answers = start;
  return {
    lines,
    answers: () => answers,
    save(changes) {
      answers = { ...answers, ...changes };
    },
    record: openRecord(join(folder, 'record.json')),
    screen: {
      ...plainScreen((line) => void lines.push(line)),
      asks: true,
      confirm: async () => replies.shift() ?? expect.fail('asked once more'),
    },
  };
}

test('the price grows with the people, names what it leaves out, and is the one that is counted', () => {
  const { fly, cloudflare } = monthOf(10);
  const each = fly + cloudflare;
  const said = (answers: Vars): string => priceLines({ ...ON_FLY, ...answers }).join('\n');
  expect(said({ ALLOWED_SENDERS: '+15555550123' })).toContain('Machines, 1 person');
  // An admin who is also allowed counts as one person.
  const two = said({ ALLOWED_SENDERS: '+15555550123, +15555550124' });
  expect(two).toMatch(new RegExp(`Machines, 2 people +\\$${(2 * each).toFixed(2)} `));
  const messages = 2 * 300 * carrierOf('whatsapp:+15555550123');
  // Messages on Telegram cost nothing.
  const alone = { CHANNELS: 'telegram', ADMIN_SENDERS: 'telegram:4815162342' };
  expect(said(alone)).toMatch(/Messages +\$0\.00 +Telegram is free/);
  expect(two).toMatch(new RegExp(`Messages +\\$${messages.toFixed(2)} `));
  expect(two).toMatch(new RegExp(`Together +\\$${(5 + 2 * each + messages).toFixed(2)}$`, 'm'));
  for (const left of ['estimate', 'Anthropic', 'November 2026']) expect(two).toContain(left);
  const anybody = said({ ALLOWED_SENDERS: '*' });
  expect(anybody).toContain('Machines, each person');
  expect(anybody).toContain('Twilio');
  expect(anybody).not.toContain('Together');
  expect(priceLines({})).toEqual(priceLines({ MACHINE_PROVIDER: 'fly', ALLOWED_SENDERS: '*' }));
  expect(said({ MACHINE_PROVIDER: 'static' })).toContain('whatever you pay for it');
});

test('only what is still missing is asked for', () => {
  const accounts = (answers: Vars): string[] =>
    needRows(answers).flatMap((row) => /^(Twilio|Cloudflare|Anthropic|Fly) /.exec(row)?.[1] ?? []);
  expect(accounts({})).toEqual(['Twilio', 'Anthropic', 'Cloudflare', 'Fly']);
  expect(accounts({ TWILIO_AUTH_TOKEN: 'x', MACHINE_PROVIDER: 'static' })).toEqual(['Anthropic', 'Cloudflare']);
});

test('the number of steps never grows, and what is answered takes no more time', () => {
  const at = (name: string, answers: Vars) => {
    const step = STEPS.find((one) => one.name === name) ?? expect.fail(name);
    return progressAt(STEPS, step, world(answers, []));
  };
  const fresh = at('twilio', {});
  expect(at('machine', {}).of).toBe(fresh.of);
  expect(at('twilio', { MACHINE_PROVIDER: 'fly', TWILIO_SENDERS: 'whatsapp:+15555550100' }).of).toBe(fresh.of);
  expect(at('twilio', { MACHINE_PROVIDER: 'static' }).of).toBeLessThanOrEqual(fresh.of);
  expect(at('twilio', { TWILIO_SENDERS: 'whatsapp:+14155238886' }).of).toBeLessThan(fresh.of);
  const known = { TWILIO_ACCOUNT_SID: 'x', TWILIO_AUTH_TOKEN: 'x', CLOUDFLARE_API_TOKEN: 'x', ANTHROPIC_API_KEY: 'x' };
  expect(at('twilio', known).minutesLeft).toBeLessThan(fresh.minutesLeft);
  expect(at('hello', {})).toEqual({ number: fresh.of, of: fresh.of, minutesLeft: 3 });
});

test('without a yes nothing is created; a yes holds until there is more to pay for', async () => {
  let made = 0;
  const making: Step = {
    name: 'making',
    title: 'Making',
    minutes: 1,
    changes: () => ['create a thing'],
    perform: async () => {
      made++;
      return 'Made.';
    },
  };
  const steps = [agreementStep([making]), making];
  const one = world({ ...ON_FLY, ALLOWED_SENDERS: '+15555550123' }, [false, true, true]);
  await expect(runSteps(steps, one)).rejects.toThrow(SetupProblem);
  expect(made).toBe(0);
  expect(one.lines.join('\n')).toMatch(/- create a thing.*Price per month:.*Together +\$11\.11/s);
  await runSteps(steps, one);
  await runSteps(steps, one);
  expect(made).toBe(2);
  // Asked again: the third answer is used up.
  one.save({ ALLOWED_SENDERS: '+15555550123,+15555550124' });
  await runSteps(steps, one);
  expect(one.lines.join('\n')).toContain('$17.22');
  one.save({ ALLOWED_SENDERS: '*' });
  await expect(runSteps(steps, one)).rejects.toThrow('asked once more');
});
