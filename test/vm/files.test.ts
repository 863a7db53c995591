import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { ulid } from 'ulid';
import { afterAll, describe, expect, test } from 'vitest';
import { personTexts, use } from '../../simulator/model/script.ts';
import {
  type EventBody,
  FILE_IN_MAX_BYTES,
  FILE_NAME_HEADER,
  FILE_OUT_MAX_BYTES,
  MachineFile,
} from '../../src/protocol/index.ts';
import { writeBounded } from '../../vm/src/files/bounded-write.ts';
import { Folder } from '../../vm/src/files/folder.ts';
import { openInside } from '../../vm/src/files/inside.ts';
import { toSafeName } from '../../vm/src/files/safe-name.ts';
import { Journal } from '../../vm/src/journal/journal.ts';
import { FileStore } from '../../vm/src/transfer/file-store.ts';
import { type MachineClient, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { client, machine, model, useMachine, warm } from './one-machine.ts';
import { ownMachine } from './own-machine.ts';

// Files in both directions: incoming files are bounded, named safely and shown to the model; outgoing files were the
// agent's to give.

useMachine();

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const idOf = (content: string): string => createHash('sha256').update(content).digest('hex');
const projectOf = (of: MachineClient, ...path: string[]): string =>
  join(machine.dataDir, 'conversations', of.conversation, 'projects', 'main', ...path);
const project = (...path: string[]): string => projectOf(warm, ...path);

async function put(
  id: string,
  body: BodyInit,
  name = 'photo.png',
  type = 'image/png',
  to: MachineClient = client,
): Promise<Response> {
  const headers = { [FILE_NAME_HEADER]: encodeURIComponent(name), 'content-type': type };
  return to.send('PUT', `/files/${id}`, body, headers);
}
const given = async (
  id: string,
  body: BodyInit,
  name?: string,
  type?: string,
  to: MachineClient = client,
): Promise<MachineFile> => {
  const response = await put(id, body, name, type, to);
  expect(response.status).toBe(201);
  return MachineFile.parse(await response.json());
};
const errorOf = async (response: Response): Promise<[number, string]> => {
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
};
const offeredIn = (events: readonly EventBody[]) =>
  events.flatMap((event) =>
    event.type === 'request' && event.request.kind === 'send_file' ? [{ ...event.request, id: event.request_id }] : [],
  );

describe('a file that comes', () => {
  test('is taken once, named safely, and its type is of its content', async () => {
    const id = idOf('photo');
    expect(await given(id, PNG, '../../etc/ph\u0000o\u202Eto.pdf', 'application/pdf')).toEqual({
      id,
      name: 'photo.pdf',
      type: 'image/png',
      size: PNG.length,
    });
    const again = await put(id, 'something else entirely');
    expect([again.status, await again.json()]).toEqual([
      200,
      { id, name: 'photo.pdf', type: 'image/png', size: PNG.length },
    ]);
    expect(await given(idOf('vcard'), 'BEGIN:VCARD', 'robin', 'text/vcard')).toMatchObject({
      name: 'robin.vcf',
      type: 'text/vcard',
    });
    expect(await given(idOf('lie'), Buffer.from([0, 1, 2]), 'page.html', 'text/html')).toMatchObject({
      type: 'application/octet-stream',
    });
    expect(await given(idOf('words'), 'words', '', 'image/png')).toMatchObject({
      name: 'file.txt',
      type: 'text/plain',
    });
  });

  test('above the bound, badly named or of somebody else: refused', async () => {
    expect(await errorOf(await put(idOf('large'), Buffer.alloc(FILE_IN_MAX_BYTES + 1)))).toEqual([413, 'too_large']);
    // Without a length the bytes are counted.
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let sent = 0; sent <= FILE_IN_MAX_BYTES; sent += 2 ** 20) controller.enqueue(new Uint8Array(2 ** 20));
        controller.close();
      },
    });
    expect(await errorOf(await put(idOf('streamed'), stream))).toEqual([413, 'too_large']);
    expect(await errorOf(await put('not-an-id', 'x'))).toEqual([400, 'invalid_request']);
    expect(readdirSync(join(machine.dataDir, 'incoming'))).toEqual([]);
    const files = [idOf('never given')];
    const unknown = await client.put(newAttempt(), { messages: [{ ...message('look'), files }] });
    expect(await errorOf(unknown)).toEqual([409, 'unknown_file']);
  });

  test('half of which came is not there', async () => {
    const id = idOf('half');
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(2 ** 16));
        controller.error(new Error('the sender died'));
      },
    });
    await expect(put(id, broken)).rejects.toThrow();
    expect(await given(id, '', 'empty.txt', 'text/plain')).toMatchObject({ size: 0, type: 'text/plain' });
    expect(readdirSync(join(machine.dataDir, 'incoming'))).toEqual([]);
  });

  test('lies in the project, and an image reaches the model as one', async () => {
    rmSync(project('inbox'), { recursive: true, force: true });
    const files = [idOf('seen'), idOf('list')];
    await given(files[0] as string, PNG, 'cat.png', 'image/png', warm);
    await given(files[1] as string, 'milk', 'list.txt', 'text/plain', warm);
    const attempt = newAttempt();
    const asked = { ...message('what is this?'), files };
    model.reply('A cat');
    const events = await warm.run(attempt, { messages: [asked] });
    expect(results(events)).toMatchObject([{ text: 'A cat', user_message_uuids: [asked.uuid] }]);
    const { request } = model.requests.at(-1) as (typeof model.requests)[number];
    const blocks = request.messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
    const images = blocks.filter((block) => block.type === 'image');
    expect(images).toMatchObject([{ source: { type: 'base64', media_type: 'image/png' } }]);
    expect(personTexts(request).slice(-1)).toEqual([
      `what is this?\n\n[The person sent inbox/cat.png (image/png, ${PNG.length} B, shown here)]\n[The person sent inbox/list.txt (text/plain, 4 B)]`,
    ]);
    expect(readFileSync(project('inbox', 'cat.png'))).toEqual(PNG);
    expect(readFileSync(project('inbox', 'list.txt'), 'utf8')).toBe('milk');

    // Beside another text, and in a session that continues.
    const [plain, shown] = [message('first'), { ...message('second'), files: [files[0] as string] }];
    model.reply('Both');
    const more = await warm.run(newAttempt(), { messages: [plain, shown] });
    expect(results(more)).toMatchObject([{ text: 'Both', user_message_uuids: [plain.uuid, shown.uuid] }]);
    expect(readdirSync(project('inbox')).sort()).toEqual(['cat.png', 'list.txt']);
  });

  test('of a turn that was cut reaches the model once', async () => {
    const own = await ownMachine();
    const turn = ulid();
    const id = idOf('cut');
    expect((await put(id, 'milk', 'list.txt', 'text/plain', own.client)).status).toBe(201);
    const image = idOf('cut image');
    expect((await put(image, PNG, 'cat.png', 'image/png', own.client)).status).toBe(201);
    const messages = [message('first'), { ...message('second'), files: [image] }, { ...message('third'), files: [id] }];
    own.script.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    await own.client.put(newAttempt(turn, 1), { messages });
    await own.client.follow(newAttempt(turn, 1), 'tool_started');
    await own.restart();
    const session_id = sessionOf(await own.client.follow(newAttempt(turn, 1)));
    own.script.reply('Seen all');
    const events = await own.client.run(newAttempt(turn, 2), { messages, session_id, continues: true });
    expect(results(events)).toMatchObject([{ text: 'Seen all', user_message_uuids: messages.map(({ uuid }) => uuid) }]);
    const last = own.script.requests.at(-1)?.request.messages ?? [];
    const blocks = last.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
    expect(blocks.filter((block) => block.type === 'image')).toHaveLength(1);
    const texts = own.script.lastTexts().join('\n');
    for (const { text } of messages)
      expect([text, texts.split(text)]).toEqual([text, [expect.anything(), expect.anything()]]);
    await own.end();
  });

  test('never replaces a file, and never goes through a link', async () => {
    mkdirSync(project(), { recursive: true });
    rmSync(project('inbox'), { recursive: true, force: true });
    const outside = mkdtempSync(join(tmpdir(), 'roost-outside-'));
    symlinkSync(outside, project('inbox'));
    const first = idOf('a');
    await given(first, 'new', 'same.txt', 'text/plain', warm);
    model.reply('Seen', 'Seen again');
    await warm.run(newAttempt(), { messages: [{ ...message('look'), files: [first] }] });
    expect(readdirSync(outside)).toEqual([]);
    expect(readFileSync(project('inbox-2', 'same.txt'), 'utf8')).toBe('new');
    const second = idOf('b');
    await given(second, 'newer', 'same.txt', 'text/plain', warm);
    symlinkSync(join(outside, 'target'), project('inbox-2', `same-${second.slice(0, 6)}.txt`));
    await warm.run(newAttempt(), { messages: [{ ...message('and this'), files: [second] }] });
    expect(readFileSync(project('inbox-2', 'same.txt'), 'utf8')).toBe('new');
    expect(readFileSync(project('inbox-2', `same-${second}.txt`), 'utf8')).toBe('newer');
    expect(existsSync(join(outside, 'target'))).toBe(false);
    rmSync(outside, { recursive: true });
  });

  test('a full disk is said as one', async () => {
    const bytes = async function* () {
      yield Buffer.from('x');
    };
    await expect(writeBounded(bytes(), '/dev/full', 10, 'w')).rejects.toMatchObject({ code: 'no_space' });
  });
});

describe('a file that goes', () => {
  test('is offered as it was when the agent sent it', async () => {
    const attempt = newAttempt();
    model.reply(
      use('Write', { file_path: project('report.md'), content: '# Report' }),
      use('mcp__roost__send_file', { path: 'report.md', caption: 'Here' }),
      use('mcp__roost__send_file', { path: '../../claude/CLAUDE.md' }),
      'Sent',
    );
    await warm.put(attempt, { messages: [message('send it')] });
    const [offer] = offeredIn(await warm.follow(attempt, 'request'));
    expect(offer).toMatchObject({ caption: 'Here', file: { name: 'report.md', type: 'text/plain', size: 8 } });
    writeFileSync(project('report.md'), 'changed since');
    const id = offer?.file.id ?? '';
    const response = await warm.call('GET', `/files/${id}`);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'text/plain',
      '# Report',
    ]);
    expect(await errorOf(await warm.call('GET', `/files/${idOf('x')}`))).toEqual([409, 'unknown_file']);
    await warm.call('POST', `/attempts/${attempt}/answers/${offer?.id}`, { kind: 'done', ok: true, text: '' });
    const events = await warm.follow(attempt);
    expect(offeredIn(events)).toHaveLength(1);
    expect(JSON.stringify(model.requests.at(-1)?.request.messages)).toContain('outside the project');
  });

  test('a file that is not the agent’s to give is refused with a reason', async () => {
    const root = mkdtempSync(join(tmpdir(), 'roost-project-'));
    const folder = join(root, 'project');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    writeFileSync(join(root, 'secret'), 'secret');
    writeFileSync(join(folder, 'sub', 'fine'), 'fine');
    symlinkSync('../secret', join(folder, 'link'));
    symlinkSync('..', join(folder, 'up'));
    symlinkSync('sub/fine', join(folder, 'inner'));
    const socket = createServer();
    await new Promise<void>((listening) => socket.listen(join(folder, 'socket'), listening));
    const refused = async (path: string): Promise<string> => {
      const opened = await openInside(folder, path);
      if (!('handle' in opened)) return opened.refused;
      await opened.handle.close();
      return 'taken';
    };
    expect(await refused('sub/fine')).toBe('taken');
    expect(await refused('inner')).toBe('taken');
    expect(await refused(join(folder, 'sub/../sub/fine'))).toBe('taken');
    for (const path of ['../secret', 'link', 'up/secret', '/etc/passwd', `${folder}-other/x`])
      expect([path, await refused(path)]).toEqual([path, expect.stringContaining('outside the project')]);
    expect(await refused('sub')).toContain('folder');
    expect(await refused('socket')).toContain('a regular file');
    expect(await refused('fi\0ne')).toContain('a valid path');
    expect(await refused('gone')).toContain('nothing at that path');
    socket.close();
    rmSync(root, { recursive: true });
  });

  test('a file that is too large is refused', async () => {
    mkdirSync(project(), { recursive: true });
    writeFileSync(project('large.bin'), '');
    truncateSync(project('large.bin'), FILE_OUT_MAX_BYTES + 1);
    const asked = { ...message('large.bin'), action: 'send_file' as const };
    const events = await warm.run(newAttempt(), { messages: [asked] });
    expect(results(events)).toMatchObject([{ text: expect.stringContaining('larger than 100 MB') }]);
  });
});

test('offered files are forgotten with their attempt, received files after a month', async () => {
  const [dataDir, day] = [mkdtempSync(join(tmpdir(), 'roost-files-')), 24 * 3_600_000];
  const journal = new Journal(dataDir, 0);
  const files = new FileStore(dataDir, journal.db);
  const [conversation, attempt, other] = ['c', newAttempt(), newAttempt()];
  const { git: _, ...request } = await client.asked({ messages: [message('x')] });
  const bytes = async function* () {
    yield Buffer.from('x');
  };
  await files.receive(conversation, idOf('x'), { name: 'x', type: undefined }, bytes(), 0);
  mkdirSync(join(dataDir, 'conversations/c/projects/main'), { recursive: true });
  writeFileSync(join(dataDir, 'conversations/c/projects/main/x'), 'x');
  for (const one of [attempt, other]) {
    journal.begin(conversation, one, request, 0);
    journal.append(conversation, one, [{ type: 'ended', outcome: 'done', reason: '' }], 0);
    expect(await files.offer(conversation, one, 'main', 'x')).toMatchObject({ size: 1 });
  }
  const id = idOf('x');
  const kept = async (now: number): Promise<boolean[]> => {
    journal.forgetOld(now);
    await files.forgetOld(now);
    return ['outbox', 'inbox'].map((folder) => existsSync(join(dataDir, 'conversations/c', folder, id)));
  };
  journal.acknowledge(conversation, attempt, 0);
  expect(await kept(8 * day)).toEqual([true, true]);
  journal.acknowledge(conversation, other, 8 * day);
  expect(await kept(16 * day)).toEqual([false, true]);
  // The received file with this id, which the relay may still ask for.
  expect(files.open(conversation, id).file.name).toBe('x.txt');
  expect(await kept(31 * day)).toEqual([false, false]);
  expect(() => files.open(conversation, id)).toThrow(/no longer offers/);
  journal.close();
  rmSync(dataDir, { recursive: true });
});

describe('without the agent', () => {
  test('/files lists a folder, and sends from it', async () => {
    mkdirSync(project('docs'), { recursive: true });
    writeFileSync(project('a`b.txt'), 'x');
    const before = model.requests.length;
    const list = { ...message('.'), action: 'files' as const };
    const [listed] = results(await warm.run(newAttempt(), { messages: [list] }));
    expect(listed).toMatchObject({ user_message_uuids: [list.uuid] });
    expect(listed?.text).toContain('`docs/`');
    expect(listed?.text).toContain('`a?b.txt` · 1 B');
    const out = { ...message('..'), action: 'files' as const };
    expect(results(await warm.run(newAttempt(), { messages: [out] }))[0]?.text).toContain('outside the project');

    const attempt = newAttempt();
    const send = { ...message('a`b.txt'), action: 'send_file' as const };
    await warm.put(attempt, { messages: [send] });
    const [offer] = offeredIn(await warm.follow(attempt, 'request'));
    expect(offer?.id).toBe(send.uuid);
    await warm.call('POST', `/attempts/${attempt}/answers/${send.uuid}`, { kind: 'done', ok: true, text: '' });
    expect(results(await warm.follow(attempt))).toMatchObject([{ text: 'Here is a_b.txt.' }]);
    expect(model.requests.length).toBe(before);
  });
});

describe('hostile names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-names-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const nasty = fc.array(
    fc.oneof(
      fc.constantFrom(
        '..',
        '/',
        '\\',
        '\0',
        '\n',
        '.',
        '-',
        ' ',
        '\u202E',
        '\u200B',
        '\uFEFF',
        '%2e',
        'CON',
        'nul.',
        '$(x)',
        '`x`',
        '\uD800',
        '👩‍👩‍👧',
        'ﷺ',
        'e\u0301',
        '~',
        '.pdf',
        '.exe',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 400 }),
    ),
    { maxLength: 12 },
  );

  test('become one plain name in the folder', () => {
    fc.assert(
      fc.property(nasty, fc.option(fc.constantFrom('jpg', 'pdf'), { nil: undefined }), (pieces, extension) => {
        const name = toSafeName(pieces.join(''), extension);
        expect(name).not.toMatch(/[/\\\p{Cc}\p{Cf}\p{Cs}\p{Cn}<>:"|?*`$;&']/u);
        expect(name).not.toMatch(/^[.\s-]|[.\s]$|^(con|nul|prn|aux)(\.|$)/i);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(130);
        expect(toSafeName(name)).toBe(name);
        writeFileSync(join(folder, name), 'x');
        expect(readdirSync(folder)).toEqual([name]);
        rmSync(join(folder, name));
      }),
      { numRuns: 400 },
    );
  });
});

test.each([
  ['é'.repeat(200), 'é'.repeat(60)],
  [`${'€'.repeat(100)}.txt`, `${'€'.repeat(38)}.txt`],
])('a name that is too long has at most 120 bytes, and keeps its extension (%#)', (given, name) => {
  expect(toSafeName(given)).toBe(name);
});

test('a folder nested too deep to be removed is refused in words; moved aside by hand, its name is free again', () => {
  const root = mkdtempSync(join(tmpdir(), 'roost-deep-'));
  mkdirSync(join(root, 'deep', ...Array<string>(256).fill('d')), { recursive: true });
  mkdirSync(join(root, 'flat', ...Array<string>(200).fill('d')), { recursive: true });
  using folder = Folder.open(root);
  expect(() => folder.remove('deep')).toThrow('nested too deep');
  folder.remove('flat');
  renameSync(join(root, 'deep'), join(root, 'aside'));
  folder.remove('deep');
  expect(folder.names()).toEqual(['aside']);
  rmSync(root, { recursive: true });
});
