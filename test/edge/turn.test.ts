import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../src/protocol/index.ts';
import { evict, newPerson, OURS, post, rows, stubOf, text, textForm, useOutside, vars } from './relay.ts';

// One text through the object: accepted once, requested from the machine once, answered once, whatever state it is
// evicted in.

const world = useOutside();
const SESSION = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10';

const answer = (uuids: string[], words: string): EventBody[] => [
  { type: 'result', text: words, is_error: false, user_message_uuids: uuids, cost_usd: 0 },
  { type: 'ending' },
  { type: 'ended', outcome: 'done', reason: 'every message answered' },
];

async function started(nth = 0): Promise<{ attempt: string; uuids: string[] }> {
  const start = await world.outside.until(() => world.outside.starts[nth]);
  await world.outside.until(() => world.outside.attaches.some((a) => a.attempt === start.attempt));
  return { attempt: start.attempt, uuids: start.body.messages.map((m) => m.uuid) };
}

const attempts = (person: string) =>
  rows<{ n: number; state: string; outcome: string | null; last_seq: number }>(
    person,
    'SELECT n, state, outcome, last_seq FROM attempts ORDER BY turn, n',
  );
const replies = (person: string) =>
  rows<{ state: string; body: string; attempt: number }>(
    person,
    'SELECT state, body, attempt FROM replies ORDER BY seq',
  );
const callback = (person: string, url: string, sid: string, status: string): Promise<Response> => {
  const { pathname, search } = new URL(url);
  const fields = { MessageSid: sid, MessageStatus: status, To: person, From: OURS };
  return post(`${pathname}${search}`, { ...fields, AccountSid: vars.TWILIO_ACCOUNT_SID as string });
};

describe('a text', () => {
  test('has its agent started while the burst may go on, as the attempt then asks for it', async () => {
    vars.GATHER_MS = '500';
    try {
      const person = newPerson();
      await text(person, 'look at');
      const ahead = await world.outside.until(() => world.outside.agents[0]);
      expect(world.outside.starts).toEqual([]);
      const { attempt, uuids } = await started();
      expect(world.outside.starts[0]?.body).toMatchObject(ahead);
      expect(ahead).toEqual({ project: 'main', session_id: null, programs: { allowed: [], denied: [] } });
      world.outside.emit(attempt, ...answer(uuids, 'Done'));
      await world.outside.until(() => world.outside.acknowledged.includes(attempt));
      expect(world.outside.agents).toHaveLength(1);
    } finally {
      vars.GATHER_MS = '0';
    }
  });

  test('is answered once, the session is kept, the attempt acknowledged, and nothing stays awake', async () => {
    const person = newPerson();
    await text(person, 'list the files');
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, { type: 'started' }, { type: 'session', session_id: SESSION });
    await world.outside.until(
      async () => (await rows(person, `SELECT 1 FROM projects WHERE session_id = '${SESSION}'`)).length === 1,
    );
    world.outside.emit(attempt, ...answer(uuids, '**Two** files'));
    const sent = await world.outside.until(() => world.outside.sent[0]);
    expect(sent).toMatchObject({ to: person, from: OURS, body: '*Two* files' });
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));
    expect(new URL(sent.statusCallback).searchParams.get('r')).toMatch(/^[0-9A-Z]{26}\.1$/);
    await callback(person, sent.statusCallback, sent.sid, 'delivered');
    expect(await replies(person)).toEqual([{ state: 'delivered', body: '*Two* files', attempt: 1 }]);
    await callback(person, sent.statusCallback, sent.sid, 'sent');
    expect((await replies(person))[0]?.state).toBe('delivered');
    expect(await runInDurableObject(stubOf(person), (_, state) => state.storage.getAlarm())).toBeNull();
  });

  test('is used up in the transaction that keeps its answer', async () => {
    const person = newPerson();
    await text(person, 'list the files');
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, ...answer(uuids, 'Two files'));
    const counts = `SELECT (SELECT count(*) FROM messages WHERE state = 'consumed') AS used, count(*) AS kept FROM replies`;
    const seen = await world.outside.until(async () => {
      const [{ used, kept } = { used: 0, kept: 0 }] = await rows<{ used: number; kept: number }>(person, counts);
      return used > 0 && { used, kept };
    });
    expect(seen).toEqual({ used: 1, kept: 1 });
  });

  test('repeated by the carrier starts nothing, at any later time', async () => {
    const person = newPerson();
    const form = textForm(person, 'once');
    expect((await post('/webhooks/twilio', form)).status).toBe(200);
    expect((await post('/webhooks/twilio', form)).status).toBe(200);
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, ...answer(uuids, 'done'));
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));
    expect((await post('/webhooks/twilio', form)).status).toBe(200);
    expect(world.outside.starts.length).toBe(1);
    expect(await rows(person, 'SELECT state FROM messages')).toEqual([{ state: 'consumed' }]);
  });

  test('that comes while the agent works is next, with all others that waited, oldest first', async () => {
    const person = newPerson();
    await text(person, 'one');
    const first = await started();
    const words = ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    for (const word of words) await text(person, word);
    // Rows from the disk, not from memory.
    await evict(person);
    await runDurableObjectAlarm(stubOf(person));
    world.outside.emit(first.attempt, ...answer(first.uuids, 'one done'));
    const second = await world.outside.until(() => world.outside.starts[1]);
    expect(second.body.messages.map((m) => m.text)).toEqual(words);
    expect(second.body.session_id).toBeNull();
  });

  test('with a long answer leaves in parts, in order, each after the one before', async () => {
    const person = newPerson();
    await text(person, 'long');
    const { attempt, uuids } = await started();
    const long = Array.from({ length: 30 }, (_, n) => `Paragraph ${n} ${'word '.repeat(12)}`).join('\n\n');
    world.outside.emit(attempt, ...answer(uuids, long));
    await world.outside.until(async () => {
      await runDurableObjectAlarm(stubOf(person));
      return world.outside.sent.length >= 2;
    });
    const numbers = world.outside.sent.flatMap(({ body }) =>
      [...body.matchAll(/Paragraph (\d+)/g)].map((m) => Number(m[1])),
    );
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    for (const { body } of world.outside.sent) expect(body.length).toBeLessThanOrEqual(1600);
  });

  test('after one that gave a session is asked for in that session', async () => {
    const person = newPerson();
    await text(person, 'one');
    const first = await started();
    world.outside.emit(first.attempt, { type: 'session', session_id: SESSION }, ...answer(first.uuids, 'done'));
    await world.outside.until(() => world.outside.acknowledged.includes(first.attempt));
    await text(person, 'two');
    const second = await world.outside.until(() => world.outside.starts[1]);
    expect(second.body).toMatchObject({ session_id: SESSION, continues: false });
  });

  test('without words gets one sentence and no turn', async () => {
    const person = newPerson();
    await post('/webhooks/twilio', textForm(person, '', { NumMedia: '1' }));
    const sent = await world.outside.until(() => world.outside.sent[0]);
    expect(sent.body).toContain('reach me');
    expect(world.outside.starts).toEqual([]);
  });
});

describe('evicted, and woken by the alarm alone', () => {
  const wake = async (person: string): Promise<void> => {
    await evict(person);
    await runDurableObjectAlarm(stubOf(person));
  };
  const finish = async (person: string, nth = 0): Promise<void> => {
    const { attempt, uuids } = await started(nth);
    const known = world.outside.events.get(attempt) ?? [];
    if (!known.some((e) => e.type === 'ended')) world.outside.emit(attempt, ...answer(uuids, 'the answer'));
    await world.outside.until(() => world.outside.sent.length === 1 && world.outside.acknowledged.includes(attempt));
    expect((await replies(person)).map((r) => r.body)).toEqual(['the answer']);
    expect((await attempts(person)).at(-1)).toMatchObject({ state: 'ended', outcome: 'done' });
  };

  test('requested: the machine has not answered yet', async () => {
    const person = newPerson();
    world.outside.onStart = () => new Promise((resolve) => setTimeout(() => resolve(new Response()), 60_000));
    await text(person, 'hello');
    await world.outside.until(() => world.outside.starts[0]);
    expect(await attempts(person)).toMatchObject([{ n: 1, state: 'requested' }]);
    world.outside.onStart = undefined;
    await wake(person);
    await finish(person);
    // Requesting the same attempt again is harmless.
    expect(world.outside.starts.length).toBeGreaterThanOrEqual(2);
    expect(new Set(world.outside.starts.map((s) => s.attempt)).size).toBe(1);
  });

  test('running: the stream is followed on from the last applied event', async () => {
    const person = newPerson();
    await text(person, 'hello');
    const { attempt } = await started();
    world.outside.emit(attempt, { type: 'started' }, { type: 'session', session_id: SESSION });
    await world.outside.until(async () => (await attempts(person))[0]?.last_seq === 2);
    expect(await attempts(person)).toMatchObject([{ state: 'running' }]);
    world.outside.cut();
    await wake(person);
    await world.outside.until(() => world.outside.attaches.at(-1)?.lastEventId === '2');
    await finish(person);
  });

  test('ending: the last event comes after the eviction', async () => {
    const person = newPerson();
    await text(person, 'hello');
    const { attempt, uuids } = await started();
    const [result, ending, ended] = answer(uuids, 'the answer') as [EventBody, EventBody, EventBody];
    world.outside.emit(attempt, result, ending);
    await world.outside.until(async () => (await attempts(person))[0]?.state === 'ending');
    world.outside.cut();
    await evict(person);
    world.outside.emit(attempt, ended);
    await runDurableObjectAlarm(stubOf(person));
    await finish(person);
  });

  test.each(['has it', 'does not have it'])('ended, reply in `sending`, and the carrier %s', async (fact) => {
    const person = newPerson();
    world.outside.onSend = (sent) => {
      if (fact === 'has it') world.outside.stored.unshift(sent);
      return new Promise<Response>((resolve) => setTimeout(() => resolve(new Response()), 60_000));
    };
    await text(person, 'hello');
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, ...answer(uuids, 'the answer'));
    await world.outside.until(() => world.outside.sent[0]);
    expect(await replies(person)).toMatchObject([{ state: 'sending', attempt: 1 }]);
    world.outside.onSend = undefined;
    await wake(person);
    if (fact === 'has it') {
      await world.outside.until(async () => {
        await runDurableObjectAlarm(stubOf(person));
        return (await replies(person))[0]?.state === 'accepted';
      });
      expect(world.outside.sent).toHaveLength(1);
    } else {
      await world.outside.until(async () => (await replies(person))[0]?.state === 'unknown');
      // As if all look-ups but the last had failed; the object reads its rows again.
      await rows(person, `UPDATE timers SET attempts = 9, due_at = 0 WHERE kind = 'reconcile'`);
      await evict(person);
      await world.outside.until(async () => {
        await runDurableObjectAlarm(stubOf(person));
        return (await replies(person))[0]?.state === 'accepted';
      });
      expect(world.outside.sent).toHaveLength(2);
    }
  });
});

describe('the machine', () => {
  test('that lost its memory gets the next attempt, which continues with the old uuids', async () => {
    const person = newPerson();
    await text(person, 'hello');
    const first = await started();
    world.outside.emit(first.attempt, { type: 'started' });
    await world.outside.until(async () => (await attempts(person))[0]?.last_seq === 1);
    world.outside.journal = 'JOURNAL2';
    world.outside.events.clear();
    world.outside.cut();
    const second = await world.outside.until(async () => {
      await runDurableObjectAlarm(stubOf(person));
      return world.outside.starts[1];
    });
    expect(second.attempt).toBe(first.attempt.replace(/1$/, '2'));
    expect(second.body.continues).toBe(true);
    expect(second.body.messages.map((m) => m.uuid)).toEqual(first.uuids);
    expect((await attempts(person))[0]).toMatchObject({ state: 'ended', outcome: 'lost' });
  });

  test('that refuses for good is said in words, and /retry brings the message back', async () => {
    const person = newPerson();
    const refusal = { error: { code: 'invalid_request', message: 'no' } };
    world.outside.onStart = () => Response.json(refusal, { status: 400 });
    await text(person, 'hello');
    const sent = await world.outside.until(() => world.outside.sent[0]);
    expect(sent.body).toContain('/retry');
    world.outside.onStart = undefined;
    await text(person, '/retry');
    const again = await world.outside.until(() => world.outside.starts[1]);
    expect(again.body.messages.map((m) => m.text)).toEqual(['hello']);
  });

  test('that is busy or stopping is asked again for the same attempt', async () => {
    const person = newPerson();
    let refusals = 0;
    world.outside.onStart = () => {
      refusals++;
      if (refusals > 1) return undefined;
      return Response.json({ error: { code: 'conversation_busy', message: 'later' } }, { status: 409 });
    };
    await text(person, 'hello');
    const again = await world.outside.until(async () => {
      await runDurableObjectAlarm(stubOf(person));
      return world.outside.starts[1];
    });
    expect(again.attempt).toBe(world.outside.starts[0]?.attempt);
    expect((await attempts(person)).map((a) => a.n)).toEqual([1]);
  });
});

describe('the alarm', () => {
  const alarmOf = (person: string): Promise<number | null> =>
    runInDurableObject(stubOf(person), (_, state) => state.storage.getAlarm());

  test('is not pushed forward by what happens: one that never fires keeps nothing alive', async () => {
    const person = newPerson();
    await text(person, 'hello');
    const { attempt } = await started();
    const set = await alarmOf(person);
    expect(set).not.toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 50));
    world.outside.emit(attempt, { type: 'started' }, { type: 'progress', text: 'on it' });
    await world.outside.until(async () => (await attempts(person))[0]?.last_seq === 2);
    expect(await alarmOf(person)).toBe(set);
  });

  test('runs what is due although another timer fails', async () => {
    const person = newPerson();
    world.outside.onStart = () => new Response('starting', { status: 503 });
    await text(person, 'hello');
    await world.outside.until(async () => (await rows(person, `SELECT 1 FROM timers WHERE kind = 'reach'`))[0]);
    await rows(person, `UPDATE timers SET due_at = 1`);
    await rows(person, `INSERT INTO timers (kind, ref, due_at, attempts) VALUES ('of a later release', '', 0, 0)`);
    await evict(person);
    world.outside.onStart = undefined;
    await runDurableObjectAlarm(stubOf(person));
    await world.outside.until(async () => (await attempts(person))[0]?.state === 'running');
    expect(await alarmOf(person)).not.toBeNull();
  });
});
