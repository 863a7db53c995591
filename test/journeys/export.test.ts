import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { say, use } from '../../simulator/model/script.ts';
import { EXPORT_FOR_MS } from '../../src/conversation/policy/privacy.ts';
import { texts } from '../../src/texts/index.ts';
import { uncopied, unfinished } from './rows.ts';
import { BACKED_UP, type Stack, startStack } from './stack.ts';

// A copy of everything, with the real parts: the agent has made files, the person has sent a photo and has a reminder
// and a PIN; the relay is killed while it uploads. The link gives the archive to a button alone, once, and for a day;
// unzip and Python read it.

const OURS = 'whatsapp:+15555550100';
const OLIVE = 'whatsapp:+15555550181';
const SOON = { timeout: 60_000, interval: 100 };
const MEGABYTES = 20;
const PHOTO = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const said = texts.privacy;

let stack: Stack;
beforeAll(async () => {
  // With a key, what the model does costs something.
  stack = await startStack({ vars: { ...BACKED_UP, ANTHROPIC_API_KEY: 'a-key-of-this-test' } });
});
afterAll(() => stack?.stop());

const heard = (words: string): Promise<unknown> => stack.until(() => stack.allSentTo(OLIVE).includes(words), words);
const rested = (): Promise<void> =>
  vi.waitFor(() => {
    const left = unfinished(stack.relay.objects, OLIVE).filter((row) => row !== 'timer schedule');
    expect([left, uncopied(stack.relay.objects, OLIVE)]).toEqual([[], 0]);
  }, SOON);
const link = (nth: number): Promise<string> =>
  stack.until(() => {
    const all = stack.allSentTo(OLIVE).flatMap((body) => /http:\/\/\S+\/export\/\S+/.exec(body) ?? []);
    return all[nth];
  }, 'the link');
const exports = (): string[] => stack.kept.filter((key) => key.startsWith('exports/'));

/** Unpacks the archive; fails when a checksum is wrong. */
function unpack(bytes: Uint8Array): string {
  const [path, folder] = [join(stack.folder, 'copy.zip'), join(stack.folder, 'copy')];
  writeFileSync(path, bytes);
  mkdirSync(folder);
  execFileSync('unzip', ['-q', path, '-d', folder]);
  const tests = 'import sys,zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None';
  execFileSync('python3', ['-c', tests, path]);
  return folder;
}

test('everything is in the copy, over a kill; its link is for a button, once, and for a day', async () => {
  const text = 'my word is chartreuse';
  stack.script(text, (request) =>
    readConversation(request).at(-1)?.kind === 'result'
      ? say('Noted: chartreuse')
      : use('Bash', { command: `echo chartreuse > word.txt; head -c ${MEGABYTES}000000 /dev/urandom > noise.bin` }),
  );
  expect(await stack.ask(OLIVE, text)).toContain('Noted');
  const before = stack.sentTo(OLIVE).length;
  const media = [{ contentType: 'image/png', fileName: null, bytes: PHOTO }];
  stack.carrier.receive({ from: OLIVE, to: OURS, body: 'say a fine hen', media });
  await stack.until(() => stack.sentTo(OLIVE)[before], 'an answer to the photo');
  expect(await stack.ask(OLIVE, '/remind in 50 hours: water the hens')).toContain('water the hens');
  await stack.ask(OLIVE, '/pin 4821');
  await rested();

  expect(await stack.ask(OLIVE, '/export')).toBe(said.exportPin);
  const parts: number[] = [];
  let isKilled = false;
  stack.bucket.onPart = async (part) => {
    parts.push(part);
    if (part !== 2 || isKilled) return;
    isKilled = true;
    await stack.relay.kill();
    await stack.relay.start();
  };
  stack.text(OLIVE, '/export 4821');
  await heard(said.exportBegun);
  const url = await link(0);
  // What was uploaded before the kill is not uploaded again.
  expect(parts).toEqual([1, 2, 2, 3]);

  for (const [method, agent] of [
    ['HEAD', 'WhatsApp/2.23'],
    ['GET', 'facebookexternalhit/1.1'],
    ['GET', 'Mozilla/5.0'],
  ] as const) {
    const page = await fetch(url, { method, headers: { 'user-agent': agent } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  }
  const taken = await fetch(url, { method: 'POST' });
  expect([taken.status, taken.headers.get('content-type')]).toEqual([200, 'application/zip']);
  const folder = unpack(new Uint8Array(await taken.arrayBuffer()));
  expect((await fetch(url, { method: 'POST' })).status).toBe(410);

  const read = (pattern: string): string =>
    globSync(join(folder, pattern))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
  expect(read('data/messages-*.jsonl')).toContain(text);
  // The ids beside the words may contain any digits.
  const words = read('data/messages-*.jsonl').match(/"text":"[^"]*"/g) ?? [];
  expect(words).toContain('"text":"/pin"');
  expect(words.join('\n')).not.toContain('4821');
  expect(read('data/replies-*.jsonl')).toContain('Noted: chartreuse');
  expect(read('data/schedules-*.jsonl')).toContain('water the hens');
  const turns = read('data/turns-*.jsonl').trim().split('\n');
  expect(turns.map((line) => (JSON.parse(line) as { spent: number }).spent > 0)).toContain(true);
  expect(read('sessions/*/*.jsonl')).toContain('chartreuse');
  const [photo = ''] = globSync(join(folder, 'received/*/*.png'));
  expect(readFileSync(photo).equals(PHOTO)).toBe(true);
  const [tar = ''] = globSync(join(folder, 'projects/*.tar'));
  const listed = execFileSync('tar', ['-tvf', tar], { encoding: 'utf8' });
  expect(listed).toMatch(/word\.txt/);
  expect(listed).toContain(`${MEGABYTES}000000`);
  expect(read('README.txt')).not.toContain('Not in it: these files');

  stack.text(OLIVE, '/export 4821');
  const other = await link(1);
  expect(exports()).toHaveLength(1);
  await stack.moveClock(OLIVE, EXPORT_FOR_MS);
  await vi.waitFor(() => expect(exports()).toEqual([]), SOON);
  expect((await fetch(other, { method: 'POST' })).status).toBe(410);
});
