import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Answer } from '../../src/protocol/index.ts';
import { askForPrimer } from '../../vm/src/attempts/session-primer.ts';
import { message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { client, model, useMachine } from './one-machine.ts';

// A lost session: the relay is asked what was said, and the new session begins with that as background.

useMachine();

test('a lost session goes on from what the relay knows was said', async () => {
  model.reply('You like figs.');
  const attempt = newAttempt();
  await client.put(attempt, { session_id: randomUUID(), messages: [message('What do I like?')] });
  const asked = await client.follow(attempt, 'request');
  expect(asked.at(-1)).toMatchObject({ type: 'request', request: { kind: 'seed' } });
  const id = asked.at(-1)?.type === 'request' ? (asked.at(-1) as { request_id: string }).request_id : '';
  const said = '[2026-11-21 09:00 UTC] Person: I like figs\n[2026-11-21 09:01 UTC] Assistant: Noted';
  const answer = { kind: 'done', ok: true, text: said };
  expect((await client.call('POST', `/attempts/${attempt}/answers/${id}`, answer)).status).toBe(202);
  const events = await client.follow(attempt);
  expect(events.find(({ type }) => type === 'session_lost')).toMatchObject({ seeded: true });
  expect(results(events).map(({ text }) => text)).toEqual(['You like figs.']);
  // One prompt: the earlier words, as a quotation, and the text.
  const prompt = JSON.stringify(model.requests.at(-1)?.request.messages);
  expect(prompt).toContain('> [2026-11-21 09:00 UTC] Person: I like figs');
  expect(prompt.indexOf('I like figs')).toBeLessThan(prompt.indexOf('What do I like?'));
  expect(model.requests).toHaveLength(1);
});

test('a relay that knows nothing of it is told that the fresh session begins without it', async () => {
  model.reply('Hello.');
  const attempt = newAttempt();
  const gone = randomUUID();
  await client.put(attempt, { session_id: gone, messages: [message('What do I like?')] });
  const [asked] = (await client.follow(attempt, 'request')).slice(-1);
  const id = asked?.type === 'request' ? asked.request_id : '';
  await client.call('POST', `/attempts/${attempt}/answers/${id}`, { kind: 'done', ok: false, text: '' });
  const events = await client.follow(attempt);
  expect(events).toContainEqual({ type: 'session_lost', session_id: gone, seeded: false });
  expect(sessionOf(events)).not.toBe(gone);
  expect(results(events).map(({ text }) => text)).toEqual(['Hello.']);
});

test('a relay that does not answer is not waited for', async () => {
  const never = (_id: string, _request: unknown, signal: AbortSignal): Promise<Answer> =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'none', text: '' }), { once: true });
    });
  expect(await askForPrimer({ ask: never }, 1)).toBeNull();
});
