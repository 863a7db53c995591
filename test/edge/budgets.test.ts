import { env, exports } from 'cloudflare:workers';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { NO_BUDGETS } from '../../src/money/budget.ts';
import { NO_SPENDING, type Spending } from '../../src/money/spending.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { evict, stubOf, useOutside } from './relay.ts';

// Money from the model's stream to the person's budget: set aside before a request leaves, settled when its answer is
// over, and refused when the budget is used up.

const world = useOutside();
beforeEach(quiet);
const clock = useClock();

const MODEL = 'claude-opus-5';
/** 40 tokens in and `output` out: 200 + 25 × output micro-dollars. */
const stream = (output: number): string =>
  [
    { type: 'message_start', message: { model: MODEL, usage: { input_tokens: 40, output_tokens: 1 } } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x'.repeat(400) } },
    { type: 'message_delta', delta: {}, usage: { output_tokens: output } },
  ]
    .map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
    .join('');
const answers = (output: number): Response =>
  new Response(stream(output), { headers: { 'content-type': 'text/event-stream' } });

async function running(n = 0) {
  const person = new Person(world);
  await person.says('hello');
  return { person, ...(await next(person, n)) };
}

async function next(person: Person, n = 0) {
  const { attempt, uuids } = await person.started(n);
  const token = person.outside.starts.find((start) => start.attempt === attempt)?.body.model_token.token as string;
  return { attempt, uuids, token };
}

const call = (token: string): Promise<Response> =>
  exports.default.fetch('https://relay.example.com/model/v1/messages', {
    method: 'POST',
    body: `{"model":"${MODEL}","stream":true}`,
    headers: { authorization: `Bearer ${token}` },
  });

/** Set aside for one of these requests: its 39 bytes, and 2,000 tokens of output. */
const RESERVE = 10 * 5 + 2000 * 25;

async function spendingOf(person: Person): Promise<Spending> {
  const [row] = await person.rows('SELECT spending FROM conversation');
  return row?.spending ? (JSON.parse(row.spending as string) as Spending) : NO_SPENDING;
}
const settled = (person: Person): Promise<Spending> =>
  person.outside.until(async () => {
    const spending = await spendingOf(person);
    return spending.open.length === 0 && spending.total > 0 ? spending : undefined;
  });

async function allow(person: Person, day: number): Promise<void> {
  const budgets = JSON.stringify({ ...NO_BUDGETS, person: { ...NO_BUDGETS.person, day } });
  await person.rewrites(`UPDATE conversation SET budgets = '${budgets}'`);
}

test('an answer passes unchanged, costs what its stream says, and is written with two rows', async () => {
  const { person, attempt, uuids, token } = await running();
  world.outside.onModel = () => answers(100);
  const before = await person.rows('SELECT total_changes() AS n');
  expect(await (await call(token)).text()).toBe(stream(100));
  const spending = await settled(person);
  const after = await person.rows('SELECT total_changes() AS n');
  expect(Number(after[0]?.n) - Number(before[0]?.n)).toBe(2);
  expect(spending).toMatchObject({
    today: { model: 2700 },
    projects: { main: { day: 2700 } },
    means: { [MODEL]: [100, 1] },
  });
  person.tells(attempt, ...answerTo(uuids, 'done'));
  await person.outside.until(() => person.outside.acknowledged.includes(attempt));
  expect(await person.rows('SELECT spent FROM turns')).toEqual([{ spent: 2700 }]);
});

test('an answer that the agent breaks off costs its reserve, and /cost says that it is an estimate', async () => {
  const { person, token } = await running();
  const cut = stream(9000).slice(0, stream(9000).indexOf('event: message_delta'));
  world.outside.onModel = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(cut)),
      }),
      { headers: { 'content-type': 'text/event-stream' } },
    );
  const reader = (await call(token)).body?.getReader();
  await reader?.read();
  expect((await spendingOf(person)).open).toMatchObject([{ reserve: RESERVE }]);
  await reader?.cancel();
  const { today, means } = await settled(person);
  expect([today.model, means]).toEqual([RESERVE, {}]);
  await person.says('/cost');
  const { body } = await person.outside.until(() => person.outside.sent[0]);
  expect(body).toContain('One answer of the model was cut off before it said what it used; its cost is an estimate.');
});

test('a refusal of the model and an outage cost nothing', async () => {
  const { person, token } = await running();
  world.outside.onModel = () => Response.json({ type: 'error', usage: { output_tokens: 9 } }, { status: 429 });
  await (await call(token)).text();
  world.outside.onModel = () => Promise.reject(new Error('refused'));
  expect((await call(token)).status).toBe(529);
  await person.outside.until(async () => (await spendingOf(person)).settled.length === 2);
  expect((await spendingOf(person)).today.model).toBe(0);
});

test('an answer whose report never came is settled at its reserve when the attempt ends, also after a crash', async () => {
  const { person, attempt, uuids } = await running();
  const request = { id: 'lost', attempt, model: MODEL, bytes: 4000, counts: true };
  expect(await stubOf(person.address).beginModelRequest(request)).toBe('open');
  await evict(person.address);
  await person.ring();
  person.tells(attempt, ...answerTo(uuids, 'done'));
  const { today, open } = await settled(person);
  expect([today.model, open]).toEqual([1000 * 5 + 2000 * 25, []]);
});

test('a budget stops the turn with a sentence, and the next day it goes on where it was', async () => {
  const { person, attempt, uuids, token } = await running();
  await allow(person, 5000);
  world.outside.onModel = () => answers(100);
  for (let n = 0; n < 2; n++) await (await call(token)).text().then(() => settled(person));
  const refused = await call(token);
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('has reached its limit')]);
  person.tells(
    attempt,
    { type: 'started' },
    { type: 'ending' },
    { type: 'ended', outcome: 'failed', reason: 'x', cause: 'model' },
  );
  const sent = await person.outside.until(() => person.outside.sent[0]);
  expect(sent.body).toBe(texts.givenUp('budget/day', []));
  // A further text costs no machine.
  const starts = person.outside.starts.length;
  await person.says('and this?');
  await person.outside.until(() => person.outside.sent[1]);
  expect(person.outside.starts).toHaveLength(starts);
  clock.move(24 * 60 * 60_000);
  await person.ring();
  const again = await next(person, starts);
  expect(again.uuids).toEqual([...uuids, expect.any(String)]);
  expect((await call(again.token)).status).toBe(200);
});

test('everybody’s budget: two people share it, and what is left of it stops both', async () => {
  Object.assign(env, { DAILY_BUDGET_USD: '0.05' });
  onTestFinished(() => void Object.assign(env, { DAILY_BUDGET_USD: '' }));
  const [one, two] = [await running(0), await running(1)];
  const begin = ({ person, attempt }: typeof one, id: string): Promise<string> =>
    stubOf(person.address).beginModelRequest({ id, attempt, model: MODEL, bytes: 4, counts: true });
  const end = ({ person, attempt }: typeof one, id: string, output: number): Promise<void> =>
    stubOf(person.address).endModelRequest({
      id,
      attempt,
      model: MODEL,
      usage: { input: 0, write5m: 0, write1h: 0, read: 0, output, searches: 0 },
      isFree: false,
      bytes: 4,
    });
  expect([await begin(one, 'a'), await begin(two, 'b')]).toEqual(['open', 'open']);
  await end(one, 'a', 400);
  await end(two, 'b', 400);
  // Each answer costs a cent; by turns, until nothing is left.
  let answers = 2;
  for (; answers < 20; answers++) {
    const who = answers % 2 === 0 ? one : two;
    if ((await begin(who, `${answers}`)) === 'budget') break;
    await end(who, `${answers}`, 400);
  }
  // Five cents, and one more answer of each at most.
  expect([5, 6, 7]).toContain(answers);
  expect([await begin(one, 'x'), await begin(two, 'y')]).toEqual(['budget', 'budget']);
  expect((await spendingOf(one.person)).stopped).toMatchObject([{ why: 'deployment' }]);
  const alerts = await env.DIRECTORY.getByName('directory').alerts();
  expect(alerts.map(({ cause }) => cause)).toEqual(expect.arrayContaining(['budget-used-up']));
  const { spending } = await env.DIRECTORY.getByName('directory').health();
  expect(spending.dayMicros).toBeGreaterThanOrEqual(45_000);
  const started = world.outside.starts.length;
  one.person.tells(one.attempt, { type: 'ended', outcome: 'failed', reason: 'x', cause: 'model' });
  const sent = await world.outside.until(() => world.outside.sent[0]);
  expect(sent.body).toBe(texts.givenUp('budget/deployment', []));
  await one.person.says('and this?');
  await world.outside.until(async () => (await one.person.messageStates()) === 'failed failed');
  expect(world.outside.starts).toHaveLength(started);
});
