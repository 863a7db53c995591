import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { expect, test } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import { dataDir, model, restarted, standsAt, start, stop, useMachines, warm } from './killed-machine.ts';
import { ended, message, newAttempt, results } from './machine-harness.ts';

// A kill cuts an action of the machine: the next attempt performs it, and repeating it does no harm. The tests share a
// session.

useMachines();

const folder = (): string => join(dataDir, 'conversations', warm.conversation);
const inProject = (path: string): string => join(folder(), 'projects/main', path);
const say = (text: string) => warm.run(newAttempt(), { messages: [message(text)] });

/** Says `before`, then `wrong`, which changes a file. */
async function change(before: string, wrong: { uuid: string; text: string }): Promise<void> {
  model.reply('Noted');
  await say(before);
  writeFileSync(inProject('list.txt'), 'milk\n');
  const edit = { file_path: inProject('list.txt'), old_string: 'milk', new_string: 'nuts' };
  model.reply(use('Read', { file_path: inProject('list.txt') }), use('Edit', edit), 'Changed');
  await warm.run(newAttempt(), { messages: [wrong] });
  expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('nuts\n');
}

/**
 * The points at which an agent server stops, by the calls of its pool: before the files, before the note, and after the
 * note.
 */
const POINTS = ['take 1', 'take 2', 'keep 2'];

test('/undo killed before the files, before the note and behind it: done by the next attempt, and stays done when the agent’s own files are lost', async () => {
  const wrong = message('wrong');
  await change('before', wrong);
  const turn = ulid();
  const wish = { ...message(wrong.uuid), action: 'undo' as const };
  for (const [index, point] of POINTS.entries()) {
    const n = index + 1;
    await standsAt(point, () => warm.put(newAttempt(turn, n), { continues: n > 1, messages: [wish] }));
    await restarted();
    expect(ended(await warm.follow(newAttempt(turn, n)))).toMatchObject({ outcome: 'interrupted' });
  }
  const events = await warm.run(newAttempt(turn, POINTS.length + 1), { continues: true, messages: [wish] });
  expect(results(events)).toMatchObject([{ user_message_uuids: [wish.uuid], is_error: false }]);
  expect(results(events)[0]?.text).toContain('Undone');
  expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('milk\n');
  model.reply('Fine');
  await say('after');
  expect(model.lastTexts().slice(-2)).toEqual(['before', 'after']);
  await stop();
  rmSync(join(folder(), 'claude'), { recursive: true });
  model.reply('Fine again');
  await say('after that');
  expect(model.lastTexts().slice(-3)).toEqual(['before', 'after', 'after that']);
});

test('/undo without the earlier contents says so, and undoes the messages', async () => {
  const wrong = message('wrong again');
  await change('before it', wrong);
  await stop();
  rmSync(join(folder(), 'claude/file-history'), { recursive: true });
  await start();
  const wish = { ...message(wrong.uuid), action: 'undo' as const };
  const events = await warm.run(newAttempt(), { messages: [wish] });
  expect(results(events)[0]?.text).toContain('stay as they are');
  expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('nuts\n');
  model.reply('Fine');
  await say('after it');
  expect(model.lastTexts().slice(-2)).toEqual(['before it', 'after it']);
});

test('a slash command killed while the model works on it runs again; one that was through is not repeated', async () => {
  model.reply('Hello');
  await say('hello');
  const turn = ulid();
  const compact = { ...message('/compact'), action: 'command' as const };
  const summing = gate();
  const before = model.requests.length;
  model.reply(later(summing.opened, 'never'));
  await warm.put(newAttempt(turn, 1), { messages: [compact] });
  await model.arrived(before + 1);
  await restarted();
  summing.open();
  model.reply('<summary>They said hello.</summary>');
  const events = await warm.run(newAttempt(turn, 2), { continues: true, messages: [compact] });
  expect(results(events)).toMatchObject([{ text: 'Done: /compact', user_message_uuids: [compact.uuid] }]);
  const asked = model.requests.length;
  await restarted();
  const again = await warm.run(newAttempt(turn, 3), { continues: true, messages: [compact] });
  expect(results(again)).toMatchObject([{ user_message_uuids: [compact.uuid] }]);
  expect(model.requests.length).toBe(asked);
  expect(existsSync(inProject('conversations'))).toBe(true);
});
