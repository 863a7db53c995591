import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { messageOf, type Reply } from '../../simulator/model/reply.ts';
import { later, personTexts, say, use } from '../../simulator/model/script.ts';
import { OPEN_REQUESTS_MAX } from '../../src/money/budget.ts';
import { costOf, NO_USAGE } from '../../src/money/cost.ts';
import { MODEL_USED_UP } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { spendingOf } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// The real agent without a sandbox, told by its model to call the model gateway by itself with what it finds in its
// environment, eight requests at a time. It finds no key, and spends no more than its turn's budget and the stated bound.

const ADA = 'whatsapp:+15555550173';
const KEY = 'model-key-of-the-relay';
const BUDGET_MICROS = 1_000_000;
const REQUESTS = 60;
/** 2,500 tokens. */
const LONG = say('word '.repeat(2000).trim());
/** Long enough for eight requests to meet. */
const ANSWER_MS = 200;
const BY_ITSELF = 'by itself';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    vars: { ANTHROPIC_API_KEY: KEY, TURN_BUDGET_USD: '1', PERSON_TURN_BUDGET_USD: '50' },
    machineEnv: { SANDBOX: 'off' },
  });
});
afterAll(() => stack?.stop());

test('an agent that calls the model gateway by itself has this turn’s budget and no key', async () => {
  const replies: Reply[] = [];
  const answering = (reply: Reply): Reply => {
    replies.push(reply);
    return reply;
  };
  const underWay = { now: 0, most: 0 };
  stack.script(BY_ITSELF, () => {
    underWay.most = Math.max(underWay.most, ++underWay.now);
    const over = pause(ANSWER_MS).then(() => underWay.now--);
    return later(over, answering(LONG));
  });
  stack.script('spend it all', (_, asked) =>
    answering(asked === 1 ? use('Bash', { command: callTheGateway() }) : say('Nobody stopped me')),
  );
  stack.text(ADA, 'spend it all');
  await stack.until(() => stack.sentTo(ADA).includes(texts.givenUp('budget/any-turn', [])), 'the budget’s sentence');

  const report = reportIn(stack.machineFolder);
  expect(report).toContain('ANTHROPIC_BASE_URL=');
  expect(report).not.toContain(KEY);
  const statuses = [...report.matchAll(/^status (\d+)$/gm)].map(([, status]) => status);
  const passed = statuses.filter((status) => status === '200').length;
  expect([statuses.length, passed > OPEN_REQUESTS_MAX]).toEqual([REQUESTS, true]);
  expect(report.split(MODEL_USED_UP).length - 1).toBe(REQUESTS - passed);

  expect(underWay.most).toBe(OPEN_REQUESTS_MAX);
  const { total, open, estimates } = spendingOf(stack.relay.objects, ADA);
  const costs = stack.model.requests.map(({ request }, n) => {
    const reply = replies[n];
    if (reply?.kind !== 'message') throw new Error('an answer that this test doesn’t know');
    const { usage } = messageOf(reply, request);
    return costOf(request.model, { ...NO_USAGE, input: Number(usage.input_tokens), output: usage.output_tokens });
  });
  expect([open, estimates]).toEqual([[], 0]);
  expect(total).toBe(costs.reduce((sum, micros) => sum + micros, 0));
  expect(total).toBeGreaterThanOrEqual(BUDGET_MICROS);
  expect(total).toBeLessThan(BUDGET_MICROS + OPEN_REQUESTS_MAX * Math.max(...costs));
  const own = stack.model.requests.filter(({ request }) => personTexts(request).includes(BY_ITSELF));
  expect(own).toHaveLength(passed);
});

/** What the agent wrote down. */
function reportIn(machineFolder: string): string {
  const all = join(machineFolder, 'conversations');
  const path = readdirSync(all, { recursive: true, encoding: 'utf8' }).find((each) => each.endsWith('main/report'));
  return path === undefined ? '' : readFileSync(join(all, path), 'utf8');
}

/** Looks for a key, then calls the gateway as Claude Code does, again and again. */
function callTheGateway(): string {
  const body = `{"model":"claude-opus-5","max_tokens":64000,"messages":[{"role":"user","content":"${BY_ITSELF}"}]}`;
  const call = `curl -s -m 120 -w '\\nstatus %{http_code}\\n' -H 'content-type: application/json' \
    -H 'anthropic-version: 2023-06-01' -H "x-api-key: $ANTHROPIC_API_KEY" -d '${body}' \
    "$ANTHROPIC_BASE_URL/v1/messages" > report.$0`;
  return `env > report; cat /proc/$PPID/environ | tr "\\0" "\\n" >> report
    export $(grep -h ^ANTHROPIC_ report | sort -u)
    seq ${REQUESTS} | xargs -P 8 -I{} bash -c ${quote(call)} {}
    cat report.* >> report`;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
