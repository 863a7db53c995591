import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import {
  EXPECT_JOURNAL_HEADER,
  LEFT_OUT_HEADER,
  NEWEST_HEADER,
  POSITION_HEADER,
  PROTOCOL_HEADER,
  SessionLine,
} from '../../src/protocol/index.ts';
import {
  ended,
  type Machine,
  MachineClient,
  message,
  newAttempt,
  removeDataDir,
  results,
  sessionOf,
  startMachine,
} from './machine-harness.ts';
import { client, edge, key, machine, model, useMachine, warm } from './one-machine.ts';

// The data that a machine gives away for backups and that a new one restores, with the real Claude Code on both.

useMachine();
let fresh: Machine;
beforeAll(async () => {
  fresh = await startMachine({ key, relayUrl: edge.url });
});
afterAll(async () => {
  await fresh.stop();
  removeDataDir(fresh.dataDir);
});

const elsewhere = (of = client): MachineClient => new MachineClient(() => fresh, key, of.conversation);
const folderOf = (at: Machine, of = client): string => join(at.dataDir, 'conversations', of.conversation);

/** All lines of a session, read as the relay does: piece by piece, each after the previous one. */
async function pulled(
  session: string,
  from = 0,
  of = client,
): Promise<{ lines: string[]; positions: number[]; pieces: number }> {
  const lines: string[] = [];
  for (let after = from, pieces = 0; ; ) {
    const answer = await of.call('GET', `/sessions/${session}?after=${after}`);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    const here = text.split('\n').filter((line) => line !== '');
    lines.push(...here);
    pieces++;
    expect(Number(answer.headers.get('content-length'))).toBe(Buffer.byteLength(text));
    after = Number(answer.headers.get(POSITION_HEADER));
    if (after < Number(answer.headers.get(NEWEST_HEADER))) continue;
    return { lines, pieces, positions: lines.map((line) => SessionLine.parse(JSON.parse(line)).position) };
  }
}

async function put(to: MachineClient, path: string, body: string | Uint8Array): Promise<Response> {
  return fetch(`${(to === client || to === warm ? machine : fresh).url}${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${await to.token()}`, [PROTOCOL_HEADER]: '1' },
    body: body as BodyInit,
  });
}

const bytesOf = async (answer: Response): Promise<Uint8Array> => new Uint8Array(await answer.arrayBuffer());

test('a brand-new machine goes on with the session and the folder of another', async () => {
  const work = `git -c user.name=A -c user.email=a@example.com commit --quiet --allow-empty -m first && echo plan > plan.txt &&
    echo SECRET=1 > .env && mkdir node_modules && echo x > node_modules/x && ln -s plan.txt link && ln -s /etc/passwd out`;
  model.reply(use('Bash', { command: work, description: 'work' }), 'Noted', 'You like figs');
  const first = await client.run(newAttempt(), { messages: [message('I like figs')] });
  expect(ended(first)).toMatchObject({ outcome: 'done' });
  const session = sessionOf(first);
  const { lines, positions } = await pulled(session);
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  expect(lines.some((line) => line.includes('I like figs'))).toBe(true);
  const snapshot = await client.call('GET', '/projects/main/snapshot');
  expect(snapshot.status).toBe(200);
  const leftOut = JSON.parse(decodeURIComponent(snapshot.headers.get(LEFT_OUT_HEADER) ?? '')) as string[];
  expect(leftOut.sort()).toEqual(['.env', 'node_modules', 'out']);
  const size = Number(snapshot.headers.get('content-length'));
  const tar = await bytesOf(snapshot);
  expect(tar.length).toBe(size);

  const other = elsewhere();
  // An attempt meant for another journal is not started.
  const body = await other.asked({ session_id: session, messages: [message('what do I like?')] });
  const attempt = newAttempt();
  const refused = await other.call('PUT', `/attempts/${attempt}`, body, { [EXPECT_JOURNAL_HEADER]: machine.journal });
  expect([refused.status, await refused.json()]).toMatchObject([409, { error: { code: 'other_journal' } }]);
  expect((await other.call('GET', `/attempts/${attempt}/events`)).status).toBe(404);

  const given = await put(other, `/sessions/${session}`, lines.join('\n'));
  const { position } = (await given.json()) as { position: number };
  expect(position).toBeGreaterThanOrEqual(positions.at(-1) ?? 0);
  expect(await (await put(other, '/projects/main/snapshot', tar)).json()).toEqual({ restored: true });
  // Both are harmless when repeated.
  expect(await (await put(other, `/sessions/${session}`, lines.join('\n'))).json()).toEqual({ position });
  expect(await (await put(other, '/projects/main/snapshot', tar)).json()).toEqual({ restored: false });

  const before = model.requests.length;
  const started = await other.call('PUT', `/attempts/${attempt}`, body, { [EXPECT_JOURNAL_HEADER]: fresh.journal });
  expect(started.status).toBe(201);
  const more = await other.follow(attempt);
  expect(results(more).map(({ text }) => text)).toEqual(['You like figs']);
  expect(more.some(({ type }) => type === 'session_lost')).toBe(false);
  expect(model.requests.length).toBe(before + 1);
  expect(model.lastTexts()).toEqual(['I like figs', 'what do I like?']);
  const project = join(folderOf(fresh), 'projects/main');
  expect(readdirSync(project).sort()).toEqual(['.git', 'link', 'plan.txt']);
  expect(readFileSync(join(project, 'link'), 'utf8')).toBe('plan\n');
  expect(execFileSync('git', ['log', '--format=%s'], { cwd: project, encoding: 'utf8' })).toBe('first\n');
  // New lines come after all existing ones, so that a backup can append them.
  const answer = await other.call('GET', `/sessions/${session}?after=${position}`);
  const newer = (await answer.text()).split('\n').filter(Boolean);
  expect(newer.length).toBeGreaterThan(0);
  expect(newer.join()).not.toContain('I like figs');
  expect(newer.every((line) => SessionLine.parse(JSON.parse(line)).position > position)).toBe(true);
});

test('a long session comes in pieces, and again from where it was read to', async () => {
  model.reply('a'.repeat(200_000), 'b'.repeat(200_000), 'short');
  for (const text of ['one', 'two', 'three']) await warm.run(newAttempt(), { messages: [message(text)] });
  const { pieces, positions, lines } = await pulled(warm.session, 0, warm);
  expect(pieces).toBeGreaterThan(1);
  expect(new Set(positions).size).toBe(lines.length);
  const half = positions[Math.floor(positions.length / 2)] ?? 0;
  expect((await pulled(warm.session, half, warm)).positions).toEqual(positions.filter((position) => position > half));
});

test('the person’s own files are backed up and restored, without credentials', async () => {
  model.reply('hello');
  await warm.run(newAttempt(), { messages: [message('hi')] });
  const root = folderOf(machine, warm);
  const files = {
    'projects/CLAUDE.md': 'likes figs',
    'claude/skills/one/SKILL.md': '# one',
    'claude/projects/-data-main/memory/MEMORY.md': 'remembered',
    'claude/.credentials.json': 'secret',
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const tar = await bytesOf(await warm.call('GET', '/person/snapshot'));
  expect(await (await put(elsewhere(warm), '/person/snapshot', tar)).json()).toEqual({ restored: true });
  const there = Object.keys(files).filter((path) => existsSync(join(folderOf(fresh, warm), path)));
  expect(there).toEqual(Object.keys(files).filter((path) => !path.includes('credentials')));
  expect(Buffer.from(tar).includes('secret')).toBe(false);
});

test('unchanged is said, unknown is said, and nothing is copied while the agent works', async () => {
  expect((await client.call('GET', '/projects/main/snapshot')).status).toBe(404);
  expect((await client.call('GET', '/person/snapshot')).status).toBe(404);
  expect((await client.call('GET', '/sessions/7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10')).status).toBe(404);
  expect((await client.call('GET', '/projects/..%2Fmain/snapshot')).status).toBe(400);
  const { opened, open } = gate();
  const asked = model.requests.length;
  model.reply(later(opened, 'hello'));
  const attempt = newAttempt();
  await warm.put(attempt, { messages: [message('hi')] });
  await model.arrived(asked + 1);
  for (const path of ['/projects/main/snapshot', '/person/snapshot']) {
    expect((await warm.call('GET', path)).status).toBe(409);
    expect((await put(warm, path, '')).status).toBe(409);
  }
  open();
  await warm.follow(attempt);
  const snapshot = await warm.call('GET', '/projects/main/snapshot');
  const etag = snapshot.headers.get('etag') ?? '';
  await bytesOf(snapshot);
  const same = await warm.call('GET', '/projects/main/snapshot', undefined, { 'if-none-match': etag });
  expect([same.status, await same.text()]).toEqual([304, '']);
  symlinkSync('a', join(folderOf(machine, warm), 'projects/main/link'));
  const changed = await warm.call('GET', '/projects/main/snapshot', undefined, { 'if-none-match': etag });
  expect(changed.status).toBe(200);
  await changed.body?.cancel();
  expect(readdirSync(join(machine.dataDir, 'staging', warm.conversation))).toEqual([]);
});

test('input that is no session and no archive is refused, and nothing of it is kept', async () => {
  const session = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10';
  const line = { position: 1, project_key: 'k', subpath: '', entry: { type: 'user', uuid: session } };
  const bad = [{ ...line, subpath: '../../x' }, { ...line, subpath: '/etc/x' }, { ...line, position: 0 }, { entry: 1 }];
  for (const wrong of [...bad.map((each) => JSON.stringify(each)), 'not json']) {
    const answer = await put(client, `/sessions/${session}`, `${JSON.stringify(line)}\n${wrong}\n`);
    expect([answer.status, await answer.json()]).toMatchObject([422, { error: { code: 'refused_file' } }]);
  }
  expect((await client.call('GET', `/sessions/${session}`)).status).toBe(404);
  const answer = await put(client, '/projects/main/snapshot', 'no archive at all');
  expect([answer.status, await answer.json()]).toMatchObject([422, { error: { code: 'refused_file' } }]);
  expect(existsSync(join(folderOf(machine), 'projects/main'))).toBe(false);
});

test('a session without an end is refused at its bound, whatever the length of its lines', async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1;
      if (sent > 150) controller.close();
      else controller.enqueue(new Uint8Array(2 ** 20).fill(120));
    },
  });
  const answer = await client.send('PUT', '/sessions/7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10', endless, {});
  expect([answer.status, await answer.json()]).toMatchObject([413, { error: { code: 'too_large' } }]);
  expect(sent).toBeLessThan(100);
});
