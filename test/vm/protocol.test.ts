import { describe, expect, test } from 'vitest';
import { gate, later, refuse, say } from '../../simulator/model/script.ts';
import {
  AttemptView,
  ErrorBody,
  JOURNAL_HEADER,
  MachineHealth,
  MODEL_USED_UP,
  PROTOCOL_HEADER,
  signToken,
} from '../../src/protocol/index.ts';
import { DOORS } from '../fixtures/doors.ts';
import { ended, MachineClient, message, newAttempt, newKey, results, within } from './machine-harness.ts';
import { client, edge, key, machine, model, useMachine, warm } from './one-machine.ts';

// The routes from the relay's side: who is admitted, which requests are refused, and that every call can be repeated.

useMachine();

const refusal = async (response: Response): Promise<[number, string]> => [
  response.status,
  ErrorBody.parse(await response.json()).error.code,
];
const withToken = (token: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${machine.url}/hold`, { headers: { authorization: `Bearer ${token}`, [PROTOCOL_HEADER]: '1', ...headers } });

describe('admission', () => {
  test('health needs nothing; every answer names the journal', async () => {
    const response = await fetch(`${machine.url}/healthz`);
    expect(MachineHealth.parse(await response.json())).toMatchObject({ ok: true, protocol: 1 });
    expect(response.headers.get(JOURNAL_HEADER)).toBe(machine.journal);
  });

  test('no token, another audience, another key, an old token: 401, with the journal’s name', async () => {
    const now = Date.now();
    const mine = { audience: 'static', conversation: 'c1' };
    const tokens = [
      '',
      'nonsense',
      await signToken(key, { ...mine, audience: 'another-machine' }, now, 600_000),
      await signToken(key, { ...mine, audience: 'roost-model' }, now, 600_000),
      await signToken(await newKey(), mine, now, 600_000),
      await signToken(key, mine, now - 3_600_000, 120_000),
    ];
    // The cells of this door in the table of doors.
    expect([DOORS.machine.open.forged, DOORS.machine.open.yesterday]).toEqual([false, false]);
    for (const token of tokens) {
      const response = await withToken(token);
      expect(response.headers.get(JOURNAL_HEADER)).toBe(machine.journal);
      expect(await refusal(response)).toEqual([401, 'unauthorized']);
    }
  });

  test('a conversation id that is no id is refused, so that it can never be a path', async () => {
    const token = await signToken(key, { audience: 'static', conversation: '../other' }, Date.now(), 600_000);
    expect(await refusal(await withToken(token))).toEqual([400, 'invalid_request']);
  });

  test('another protocol version is refused with 426', async () => {
    for (const version of ['2', '', 'one']) {
      expect(await refusal(await client.call('GET', '/hold', undefined, { [PROTOCOL_HEADER]: version }))).toEqual([
        426,
        'unsupported_version',
      ]);
    }
  });
});

describe('refusals', () => {
  test('bad bodies, ids and addresses name what is wrong', async () => {
    const bad = await client.call('PUT', `/attempts/${newAttempt()}`, { project: '../x', messages: [] });
    const { error } = ErrorBody.parse(await bad.json());
    expect([bad.status, error.code]).toEqual([400, 'invalid_request']);
    for (const name of ['project', 'messages', 'limits', 'model_token']) expect(error.message).toContain(name);
    expect(await refusal(await client.call('PUT', '/attempts/mine', {}))).toEqual([400, 'invalid_request']);
    expect(await refusal(await client.call('GET', '/elsewhere'))).toEqual([400, 'invalid_request']);
    // A hundred texts of the maximum length are accepted.
    const longest = Array.from({ length: 100 }, () => message('語'.repeat(70_000)));
    const most = { project: '../x', messages: longest };
    expect(await refusal(await client.call('PUT', `/attempts/${newAttempt()}`, most))).toEqual([
      400,
      'invalid_request',
    ]);
    const huge = { text: 'x'.repeat(33 * 1024 * 1024) };
    const path = `/attempts/${newAttempt()}/messages/${message('').uuid}`;
    expect(await refusal(await client.call('POST', path, huge))).toEqual([413, 'too_large']);
  });

  test('one conversation never sees the attempts of another', async () => {
    const attempt = newAttempt();
    model.reply('Mine');
    await warm.run(attempt, { messages: [message('mine')] });
    const stranger = new MachineClient(() => machine, key);
    for (const [method, path] of [
      ['GET', '/events'],
      ['DELETE', ''],
    ] as const) {
      expect(await refusal(await stranger.call(method, `/attempts/${attempt}${path}`))).toEqual([
        404,
        'unknown_attempt',
      ]);
    }
  });

  test('a second attempt while one runs, and acknowledging one that runs: 409', async () => {
    const attempt = newAttempt();
    const answer = gate();
    model.reply(later(answer.opened, 'Done'));
    await warm.put(attempt, { messages: [message('work')] });
    expect(await refusal(await warm.put(newAttempt(), { messages: [message('more')] }))).toEqual([
      409,
      'conversation_busy',
    ]);
    expect(await refusal(await warm.call('DELETE', `/attempts/${attempt}`))).toEqual([409, 'conversation_busy']);
    answer.open();
    await warm.follow(attempt);
    const late = await warm.call('POST', `/attempts/${attempt}/messages/${message('').uuid}`, { text: 'late' });
    expect(await refusal(late)).toEqual([409, 'attempt_over']);
    expect((await warm.call('DELETE', `/attempts/${attempt}`)).status).toBe(204);
    expect((await warm.call('DELETE', `/attempts/${attempt}`)).status).toBe(204);
    expect(ended(await warm.follow(attempt))).toMatchObject({ outcome: 'done' });
  });
});

describe('repeats', () => {
  test('the same PUT starts nothing: not while it runs, not afterwards', async () => {
    const attempt = newAttempt();
    const asked = model.requests.length;
    const first = message('once');
    model.reply('Only once');
    const created = await warm.put(attempt, { messages: [first] });
    expect(created.status).toBe(201);
    expect(AttemptView.parse(await created.json())).toMatchObject({ attempt, journal: machine.journal });
    expect((await warm.put(attempt, { messages: [first] })).status).toBe(200);
    const events = await warm.follow(attempt);
    const again = await warm.put(attempt, { messages: [message('something else')] });
    expect(again.status).toBe(200);
    expect(AttemptView.parse(await again.json())).toMatchObject({ state: 'ended', last_seq: events.length });
    expect(model.requests).toHaveLength(asked + 1);
  });

  test('events are gapless from 1, and Last-Event-ID goes on after the one named', async () => {
    const attempt = newAttempt();
    model.reply('Counted');
    await warm.run(attempt, { messages: [message('count')] });
    const all: number[] = [];
    for await (const event of warm.events(attempt)) all.push(event.seq);
    expect(all).toEqual(all.map((_, index) => index + 1));
    const rest: number[] = [];
    for await (const event of warm.events(attempt, 2)) rest.push(event.seq);
    expect(rest).toEqual(all.slice(2));
    for await (const event of warm.events(attempt, all.length)) throw new Error(`unexpected event ${event.seq}`);
    expect(
      await refusal(await warm.call('GET', `/attempts/${attempt}/events`, undefined, { 'last-event-id': 'x' })),
    ).toEqual([400, 'invalid_request']);
  });

  test('a broken stream loses nothing: a second reader sees every event', async () => {
    const attempt = newAttempt();
    const answer = gate();
    model.reply(later(answer.opened, 'Heard'));
    await warm.put(attempt, { messages: [message('listen')] });
    const first = warm.events(attempt);
    expect((await first.next()).value?.event.type).toBe('started');
    await first.return();
    answer.open();
    const events = await warm.follow(attempt);
    const types = events.map((event) => event.type).filter((type) => type !== 'session');
    expect(types).toEqual(['started', 'result', 'usage', 'ending', 'ended']);
  });
});

describe('the way to the model', () => {
  test('a fresh token from the events request is used from then on', async () => {
    const attempt = newAttempt();
    const answer = gate();
    model.reply(later(answer.opened, say('On a fresh token')));
    const asked = model.requests.length;
    await warm.put(attempt, { messages: [message('wait')] });
    await model.arrived(asked + 1);
    const renewed = await warm.freshModelToken();
    const reader = warm.events(attempt, 0, renewed);
    await reader.next();
    const used = edge.tokens.length;
    const more = message('and more');
    await warm.call('POST', `/attempts/${attempt}/messages/${more.uuid}`, { text: more.text });
    model.reply('Second');
    answer.open();
    await warm.follow(attempt);
    await reader.return();
    expect(edge.tokens[used]).toBe(Object.values(renewed)[0]);
  });

  test('a model that is down interrupts the attempt; the next one answers, and the text is asked once', async () => {
    const turn = newAttempt().split('.')[0] ?? '';
    const first = message('is anybody there?');
    model.reply(refuse(500, 'api_error', 'Internal server error', { 'x-should-retry': 'false' }));
    const events = await warm.run(newAttempt(turn, 1), { messages: [first] });
    expect(results(events)).toEqual([]);
    expect(ended(events)).toMatchObject({ outcome: 'interrupted' });
    model.reply('Back again');
    const more = await warm.run(newAttempt(turn, 2), { continues: true, messages: [first] });
    expect(results(more)).toMatchObject([{ text: 'Back again', user_message_uuids: [first.uuid] }]);
    expect(model.lastTexts().filter((text) => text === first.text)).toHaveLength(1);
  });

  test('a refused key fails the attempt and says so; the message is not consumed', async () => {
    model.reply(refuse(401, 'authentication_error', 'invalid x-api-key', { 'x-should-retry': 'false' }));
    const events = await warm.run(newAttempt(), { messages: [message('hello')] });
    expect(results(events)).toEqual([]);
    expect(ended(events)).toMatchObject({ outcome: 'failed' });
    expect(ended(events)?.reason).toContain('rejected');
  });

  test('a turn that has used up its model requests fails, and says why, so that the person can be told', async () => {
    model.reply(refuse(403, 'permission_error', MODEL_USED_UP));
    const events = await warm.run(newAttempt(), { messages: [message('hello')] });
    expect([results(events), ended(events)]).toMatchObject([[], { outcome: 'failed', cause: 'model' }]);
  });
});

test('hold says hello at once and stays open', async () => {
  const response = await client.call('GET', '/hold');
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get(JOURNAL_HEADER)).toBe(machine.journal);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = await within(15_000, reader?.read() ?? Promise.reject(new Error('no body')), 'the first comment');
  expect(first.value).toBe(': hello\n\n');
  await reader?.cancel();
});
