import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Options, query, type SDKMessage, type SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { type ServerType, serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import {
  createScriptedModel,
  cut,
  failMidway,
  gate,
  later,
  personTexts,
  type ScriptedModel,
  say,
  stall,
  use,
} from '../../simulator/model/script.ts';
import { createModelServer } from '../../simulator/model/server.ts';

// The real Claude Code with the demo model and the scripted one: the stand-in reads its requests correctly, and Claude
// Code understands the replies.

let home: string;
let project: string;
let server: ServerType | undefined;
let talk: Talk | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'roost-model-'));
  project = join(home, 'project');
  await mkdir(project);
});
afterEach(async () => {
  await talk?.end();
  talk = undefined;
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
  await rm(home, { recursive: true, force: true });
});

test('the demo model answers, recalls, also after compacting, lists files with Bash and keeps notes with Write', async () => {
  await writeFile(join(project, 'eggs-of-today.txt'), 'three');
  talk = new Talk(await listen(createModelServer()));

  const first = await talk.say('Hello, my name is Robin');
  expect(first).toContain('Nice to meet you, Robin');
  expect(first).toContain('demo model');
  // A person with a key is not told how to set one.
  expect(first).not.toContain('npm start -- --real');

  const second = await talk.say('what is my name?');
  expect(second).toBe('Your name is Robin.');
  expect(await talk.say('what did I say before?')).toContain('“Hello, my name is Robin”');

  expect(await talk.say('list files')).toContain('eggs-of-today.txt');
  expect(talk.toolsUsed).toEqual(['Bash']);

  expect(await talk.say('note: buy bread')).toContain('Noted in notes.md: buy bread');
  expect(await talk.say('note: feed the hens')).toContain('feed the hens');
  expect(await readFile(join(project, 'notes.md'), 'utf8')).toBe('- buy bread\n- feed the hens\n');
  expect(await talk.say('read my notes')).toContain('- buy bread\n- feed the hens');

  expect(await talk.say('sleep 1 then say awake again')).toBe('awake again');
  expect((await talk.say('say a long answer')).length).toBeGreaterThan(3500);

  await talk.say('/compact');
  expect(await talk.say('what is my name?')).toBe('Your name is Robin.');
  expect(await talk.say('what did I say before?')).toContain('“note: feed the hens”');
});

/** Texts sent while a tool runs are read once each. */
async function expectEachReadOnce(running: Talk, script: ScriptedModel): Promise<string[]> {
  const asked = gate();
  script.reply(later(asked.opened, use('Bash', { command: 'sleep 1', description: 'Wait' })), 'all done', 'and again');
  const answer = running.say('first\ntext');
  await script.arrived(1);
  await Promise.all([running.push('second text'), running.push('third text\nin two lines')]);
  asked.open();
  expect(await answer).toBe('all done');
  const texts = ['first\ntext', 'second text', 'third text\nin two lines'];
  expect(script.lastTexts()).toEqual(texts);

  expect(await running.say('fourth text')).toBe('and again');
  expect(script.lastTexts()).toEqual([...texts, 'fourth text']);
  expect(script.requests).toHaveLength(3);
  return [...texts, 'fourth text'];
}

test('a small model reads texts that were sent while a tool runs', async () => {
  const script = createScriptedModel();
  talk = new Talk(await listen(script.app), { model: 'claude-haiku-4-5' });
  await expectEachReadOnce(talk, script);
});

test('texts while a tool runs, while the last answer streams (a turn of their own), and over a stream that breaks', async () => {
  const script = createScriptedModel();
  talk = new Talk(await listen(script.app), { model: 'claude-opus-5-5' });
  const before = await expectEachReadOnce(talk, script);

  const half = gate();
  script.reply(stall('one two three four five', half.opened), say('second answer'));
  const answer = talk.say('fifth');
  await script.arrived(4);
  await Promise.all([talk.push('sixth'), talk.push('seventh')]);
  half.open();
  expect(await answer).toBe('one two three four five');
  expect(await talk.result()).toBe('second answer');
  const after = [...before, 'fifth', 'sixth\nseventh'];
  expect(script.requests.slice(3).map(({ request }) => personTexts(request))).toEqual([after.slice(0, -1), after]);

  // The request is repeated, and the text is still seen once.
  script.reply(cut('one two three'), failMidway('one two', 'overloaded_error', 'Overloaded'), 'whole answer');
  expect(await talk.say('eighth')).toBe('whole answer');
  expect(script.lastTexts()).toEqual([...after, 'eighth']);
  expect(script.requests).toHaveLength(8);
});

async function listen(app: Hono): Promise<string> {
  const port = await new Promise<number>((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info: AddressInfo) => resolve(info.port));
  });
  return `http://127.0.0.1:${port}`;
}

/** One Claude Code process in streaming-input mode, with only PATH from this computer. */
class Talk {
  readonly toolsUsed: string[] = [];
  #waiting: SDKUserMessage[] = [];
  #wake: () => void = () => undefined;
  #ended = false;
  #process: ChildProcess | undefined;
  #queued = new Map<string, () => void>();
  #messages: AsyncIterator<SDKMessage>;

  constructor(baseUrl: string, options: Options = {}) {
    const running = query({
      prompt: this.#input(),
      options: {
        cwd: project,
        permissionMode: 'bypassPermissions',
        allowDangerouslySkipPermissions: true,
        settingSources: ['project'],
        spawnClaudeCodeProcess: ({ command, args, cwd, env }) => {
          const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'ignore'], detached: true });
          this.#process = child;
          return child;
        },
        env: {
          PATH: process.env.PATH ?? '/usr/bin:/bin',
          HOME: home,
          TMPDIR: home,
          CLAUDE_CONFIG_DIR: join(home, 'config'),
          ANTHROPIC_API_KEY: 'dummy',
          ANTHROPIC_BASE_URL: baseUrl,
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
          DISABLE_TELEMETRY: '1',
          DISABLE_AUTOUPDATER: '1',
          ...(process.getuid?.() === 0 ? { IS_SANDBOX: '1' } : {}),
        },
        ...options,
      },
    });
    this.#messages = running[Symbol.asyncIterator]();
  }

  /** Resolves when Claude Code has queued the text, which shows while a result is awaited. */
  push(text: string): Promise<void> {
    const uuid = randomUUID();
    const message = { role: 'user' as const, content: text };
    this.#waiting.push({ type: 'user', message, parent_tool_use_id: null, session_id: '', uuid, priority: 'next' });
    this.#wake();
    return new Promise((resolve) => this.#queued.set(uuid, resolve));
  }

  async say(text: string): Promise<string> {
    const queued = this.push(text);
    const [result] = await Promise.all([this.result(), queued]);
    return result;
  }

  /** The text of the next result. */
  async result(): Promise<string> {
    for (;;) {
      const { value, done } = await this.#messages.next();
      if (done) throw new Error('Claude Code ended');
      const lifecycle = z.object({ command_uuid: z.string(), state: z.literal('queued') }).safeParse(value);
      if (lifecycle.success) this.#queued.get(lifecycle.data.command_uuid)?.();
      if (value.type === 'assistant')
        for (const block of value.message.content) if (block.type === 'tool_use') this.toolsUsed.push(block.name);
      if (value.type === 'result') return value.subtype === 'success' ? value.result : `(${value.subtype})`;
    }
  }

  /** Ends Claude Code and everything it started, and waits until all of it is gone. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#wake();
    const child = this.#process;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await exit;
  }

  async *#input(): AsyncGenerator<SDKUserMessage> {
    while (!this.#ended) {
      const next = this.#waiting.shift();
      if (next) yield next;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
