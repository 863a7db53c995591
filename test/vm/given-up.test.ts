import { ulid } from 'ulid';
import { describe, expect, test, vi } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import { dataDir, model, restarted, useMachines, warm } from './killed-machine.ts';
import { ended, loseJournal, message, newAttempt, results, signalAgents } from './machine-harness.ts';

// A given-up text comes back by /retry: asked again after other texts have been answered, with its own answer if there
// is one, and never with another's. The tests share a session.

const LOOP = { command: 'while true; do sleep 1; done' };

useMachines();

type Sent = { uuid: string; text: string };

/** A turn whose agent crashes in a tool, so the relay gives it up. */
async function givenUp(old: Sent): Promise<void> {
  const attempt = newAttempt();
  model.reply(use('Bash', LOOP));
  await warm.put(attempt, { messages: [old] });
  await warm.follow(attempt, 'tool_started');
  // Claude Code hands over the lines of its session a moment later.
  const kept = async (): Promise<string> => (await warm.call('GET', `/sessions/${warm.session}?after=0`)).text();
  await vi.waitFor(async () => expect(await kept()).toContain(old.uuid), 10_000);
  signalAgents(dataDir, 'SIGKILL');
  const crashed = await warm.follow(attempt);
  // The agent itself has crashed, without a restart of the server, so this uses up a try.
  expect(ended(crashed)).toMatchObject({ outcome: 'interrupted' });
  expect(ended(crashed)).not.toHaveProperty('cause');
}

const retried = (n: number, turn: string, messages: Sent[], fields = {}): Promise<EventBody[]> =>
  warm.run(newAttempt(turn, n), { continues: true, messages, ...fields });
const asked = (text: string): number => model.lastTexts().filter((each) => each === text).length;
/** The blocks that follow the text in the newest request. */
const shownAfter = (text: string): string =>
  JSON.stringify(model.requests.at(-1)?.request.messages).split(text).at(-1) ?? '';

describe('after another text was answered', () => {
  test('it is asked anew and answered once, also when the retry itself is cut', async () => {
    const [old, later] = [message('the old one'), message('the new one')];
    await givenUp(old);
    model.reply('About the new one');
    const next = await warm.run(newAttempt(), { messages: [later] });
    expect(results(next)).toMatchObject([{ text: 'About the new one', user_message_uuids: [later.uuid] }]);

    const turn = ulid();
    model.reply(use('Bash', LOOP));
    await warm.put(newAttempt(turn, 1), { continues: true, messages: [old] });
    await warm.follow(newAttempt(turn, 1), 'tool_started');
    expect(asked('the old one')).toBe(2);
    expect(shownAfter('the new one')).toContain('check before you repeat them: Bash');
    await restarted();
    model.reply('About the old one', 'Too much');
    const events = await retried(2, turn, [old]);
    expect(results(events)).toMatchObject([{ text: 'About the old one', user_message_uuids: [old.uuid] }]);
    // The second request continues it; the text is not said a third time.
    expect(asked('the old one')).toBe(2);
    expect(shownAfter('the old one')).toContain('check before you repeat them: Bash');
    expect(asked('the new one')).toBe(1);
  });

  test('two that were given up one after the other are both answered', async () => {
    const [old, later] = [message('the first one'), message('the second one')];
    await givenUp(old);
    await givenUp(later);
    model.reply('About the second', 'About the first', 'Too much');
    const events = await retried(1, ulid(), [old, later]);
    expect(
      results(events)
        .flatMap((r) => r.user_message_uuids)
        .toSorted(),
    ).toEqual([old.uuid, later.uuid].toSorted());
    expect(asked('the first one')).toBe(2);
    expect(asked('the second one')).toBe(1);
  });
});

test('interrupted for its time in an attempt that went on after a crash: it is asked anew and answered once', async () => {
  const old = message('the long one');
  await givenUp(old);
  const attempt = newAttempt(ulid(), 2);
  model.reply(use('Bash', LOOP));
  await warm.put(attempt, { continues: true, messages: [old] });
  await warm.follow(attempt, 'tool_started');
  await warm.call('POST', `/attempts/${attempt}/interrupt`);
  expect(ended(await warm.follow(attempt))).toMatchObject({ outcome: 'stopped' });
  model.reply('About the long one', 'Too much');
  const events = await retried(1, ulid(), [old]);
  expect(results(events)).toMatchObject([{ text: 'About the long one', user_message_uuids: [old.uuid] }]);
  expect(asked('the long one')).toBe(2);
});

describe('answered when nobody listened any more', () => {
  test('its answer is in the journal: told as it was, the model is not asked again, although its session is not known', async () => {
    const old = message('work');
    model.reply('All done');
    const first = await warm.run(newAttempt(), { messages: [old] });
    await restarted();
    const events = await retried(1, ulid(), [old], { session_id: null });
    expect(results(events)).toEqual(results(first));
    expect(ended(events)).toMatchObject({ outcome: 'done' });
    expect(model.requests).toHaveLength(1);
  });

  test('its answer is in the session alone, with another text after it: that is found', async () => {
    const [old, later] = [message('work'), message('more')];
    model.reply('All done', 'More done');
    await warm.run(newAttempt(), { messages: [old] });
    await warm.run(newAttempt(), { messages: [later] });
    await restarted(() => loseJournal(dataDir));
    const events = await retried(1, ulid(), [old]);
    expect(results(events)).toMatchObject([{ text: 'All done', user_message_uuids: [old.uuid] }]);
    expect(model.requests).toHaveLength(2);
  });
});
