import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { expect, test } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import { client, dataDir, machine, model, restarted, start, stop, useMachines } from './killed-machine.ts';
import { ended, message, newAttempt, results, STANDING, sessionOf, stands, within } from './machine-harness.ts';

// A kill cuts an action of the machine: the next attempt performs it, and repeating it does no harm.

useMachines();

const folder = (): string => join(dataDir, 'conversations', client.conversation);
const inProject = (path: string): string => join(folder(), 'projects/main', path);
/** A conversation whose last message changed a file. */
async function changed(): Promise<{ session: string; wrong: { uuid: string; text: string } }> {
  model.reply('Noted');
  const session = sessionOf(await client.run(newAttempt(), { messages: [message('before')] }));
  writeFileSync(inProject('list.txt'), 'milk\n');
  const wrong = message('wrong');
  const edit = { file_path: inProject('list.txt'), old_string: 'milk', new_string: 'nuts' };
  model.reply(use('Read', { file_path: inProject('list.txt') }), use('Edit', edit), 'Changed');
  await client.run(newAttempt(), { session_id: session, messages: [wrong] });
  expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('nuts\n');
  return { session, wrong };
}

/**
 * The points at which an agent server stops, by the calls of its pool: before the files, before the note, and after the
 * note.
 */
const POINTS = ['take 1', 'take 2', 'keep 2'];

test('/undo killed before the files, before the note and behind it: done by the next attempt', async () => {
  const { session, wrong } = await changed();
  const turn = ulid();
  const wish = { ...message(wrong.uuid), action: 'undo' as const };
  for (const [index, point] of POINTS.entries()) {
    const n = index + 1;
    await stop();
    await start({ main: STANDING, env: { STANDS_AT: point } });
    // Its answer may never come: the server stops at its beginning.
    const asked = client
      .put(newAttempt(turn, n), { session_id: session, continues: n > 1, messages: [wish] })
      .catch(() => null);
    await within(60_000, stands(machine), `the agent server to stand at ${point}`);
    await restarted();
    await asked;
    expect(ended(await client.follow(newAttempt(turn, n)))).toMatchObject({ outcome: 'interrupted' });
  }
  const last = { session_id: session, continues: true, messages: [wish] };
  const events = await client.run(newAttempt(turn, POINTS.length + 1), last);
  expect(results(events)).toMatchObject([{ user_message_uuids: [wish.uuid], is_error: false }]);
  expect(results(events)[0]?.text).toContain('Undone');
  expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('milk\n');
  model.reply('Fine');
  await client.run(newAttempt(), { session_id: session, messages: [message('after')] });
  expect(model.lastTexts()).toEqual(['before', 'after']);
});

test('an undone message stays undone when the agent’s own files are lost', async () => {
  const { session, wrong } = await changed();
  await client.run(newAttempt(), { session_id: session, messages: [{ ...message(wrong.uuid), action: 'undo' }] });
  await stop();
  rmSync(join(folder(), 'claude'), { recursive: true });
  await start();
  model.reply('Fine');
  await client.run(newAttempt(), { session_id: session, messages: [message('after')] });
  expect(model.lastTexts()).toEqual(['before', 'after']);
});

test('/undo without the earlier contents says so, and undoes the messages', async () => {
  const { session, wrong } = await changed();
  await stop();
  rmSync(join(folder(), 'claude/file-history'), { recursive: true });
  await start();
  const wish = { ...message(wrong.uuid), action: 'undo' as const };
  const events = await client.run(newAttempt(), { session_id: session, messages: [wish] });
  expect(results(events)[0]?.text).toContain('stay as they are');
  expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('nuts\n');
});

test('a slash command killed while the model works on it runs again; one that was through is not repeated', async () => {
  model.reply('Hello');
  const session_id = sessionOf(await client.run(newAttempt(), { messages: [message('hello')] }));
  const turn = ulid();
  const compact = { ...message('/compact'), action: 'command' as const };
  const summing = gate();
  const before = model.requests.length;
  model.reply(later(summing.opened, 'never'));
  await client.put(newAttempt(turn, 1), { session_id, messages: [compact] });
  await model.arrived(before + 1);
  await restarted();
  summing.open();
  model.reply('<summary>They said hello.</summary>');
  const events = await client.run(newAttempt(turn, 2), { session_id, continues: true, messages: [compact] });
  expect(results(events)).toMatchObject([{ text: 'Done: /compact', user_message_uuids: [compact.uuid] }]);
  const asked = model.requests.length;
  await restarted();
  const again = await client.run(newAttempt(turn, 3), { session_id, continues: true, messages: [compact] });
  expect(results(again)).toMatchObject([{ user_message_uuids: [compact.uuid] }]);
  expect(model.requests.length).toBe(asked);
  expect(existsSync(inProject('conversations'))).toBe(true);
});
