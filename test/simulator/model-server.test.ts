import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { serve } from '@hono/node-server';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { ReplyBlock } from '../../simulator/model/reply.ts';
import {
  createScriptedModel,
  cut,
  failMidway,
  gate,
  later,
  refuse,
  type ScriptedReply,
  say,
  stall,
  use,
} from '../../simulator/model/script.ts';
import { createModelServer } from '../../simulator/model/server.ts';
import { inheritEnvironment } from '../inherit-environment.ts';

// The Messages API on the wire: the documented order and shape of every event, checked with Anthropic's own client,
// refusals in the API's shape, the faults of a script, and the process that `npm start` runs.

type Event = { event: string; data: Record<string, unknown> };
const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/contracts/anthropic/${name}.json`), 'utf8'));

const HEADERS = { 'x-api-key': 'dummy', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
const REQUEST = { model: 'claude-sonnet-4-5-20250929', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] };

const post = (
  app: ReturnType<typeof createModelServer>,
  body: unknown = REQUEST,
  headers: Record<string, string> = HEADERS,
  path = '/v1/messages?beta=true',
) => app.request(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

async function streamOf(reply: ScriptedReply): Promise<Event[]> {
  const script = createScriptedModel(() => reply);
  const response = await post(script.app, { ...REQUEST, stream: true });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('request-id')).toMatch(/^req_/);
  return eventsIn(await response.text());
}

/** Parses the wire strictly: an `event` line, a `data` line, an empty line. */
function eventsIn(wire: string): Event[] {
  expect(wire.endsWith('\n\n')).toBe(true);
  return wire
    .slice(0, -2)
    .split('\n\n')
    .map((block) => {
      const match = /^event: (\w+)\ndata: ([^\n]+)$/.exec(block);
      if (!match) throw new Error(`not an event: ${block}`);
      const data = JSON.parse(match[2] ?? '') as Record<string, unknown>;
      expect(data.type).toBe(match[1]);
      return { event: match[1] ?? '', data };
    });
}

/** Every field with the type of its value, to compare two events independently of their content. */
function shape(value: unknown, path = ''): string[] {
  if (value === null || typeof value !== 'object') return [`${path}: ${value === null ? 'null' : typeof value}`];
  if (Array.isArray(value)) return [`${path}: array`];
  return [`${path}: object`, ...Object.entries(value).flatMap(([key, inner]) => shape(inner, `${path}.${key}`))];
}

/** The order of events without pings; consecutive deltas count once. */
const order = (events: Event[]): string[] =>
  events
    .map(({ event, data }) => `${event} ${data.index ?? ''}`)
    .filter((name) => !name.startsWith('ping'))
    .filter((name, index, all) => name !== all[index - 1]);

/** A client's reading of the deltas. */
function assembled(events: Event[]): ReplyBlock[] {
  const blocks: ReplyBlock[] = [];
  let json = '';
  for (const { event, data } of events) {
    const index = Number(data.index);
    if (event === 'content_block_start') {
      blocks[index] = structuredClone(data.content_block) as ReplyBlock;
      json = '';
    }
    const block = blocks[index];
    const delta = data.delta as { type?: string; text?: string; partial_json?: string } | undefined;
    if (event === 'content_block_delta' && block?.type === 'text') block.text += delta?.text ?? '';
    if (event === 'content_block_delta' && block?.type === 'tool_use') {
      json += delta?.partial_json ?? '';
      expect(delta?.type).toBe('input_json_delta');
    }
    if (event === 'content_block_stop' && block?.type === 'tool_use') block.input = JSON.parse(json);
  }
  return blocks;
}

describe('a stream', () => {
  test.for(['stream-text', 'stream-tool-use'])('has the order and the fields of the documented %s', async (name) => {
    const documented = fixture(name).events as Event[];
    const events = await streamOf({ kind: 'message', blocks: assembled(documented) });
    expect(order(events)).toEqual(order(documented));
    expect(assembled(events)).toEqual(assembled(documented));
    for (const { event, data } of documented) {
      const same = events.filter(
        (candidate) => candidate.event === event && deltaType(candidate.data) === deltaType(data),
      );
      expect(same.length, event).toBeGreaterThan(0);
      const fields = shape(data).filter((field) => !field.startsWith('.content_block.input.'));
      // Both kinds of content block start with the same event; ours must have all the documented fields.
      expect(
        same.some((candidate) => fields.every((field) => shape(candidate.data).includes(field))),
        `${event}: ${fields}`,
      ).toBe(true);
    }
    const last = events.find(({ event }) => event === 'message_delta')?.data.delta;
    expect(last).toEqual(documented.find(({ event }) => event === 'message_delta')?.data.delta);
  });

  test('begins with message_start and ping, and comes in small pieces', async () => {
    const events = await streamOf('one two\n\nthree  four ');
    expect(events.slice(0, 3).map(({ event }) => event)).toEqual(['message_start', 'ping', 'content_block_start']);
    const pieces = events.flatMap(({ data }) => (data.delta as { text?: string } | undefined)?.text ?? []);
    expect(pieces).toEqual(['one', ' two', '\n\nthree', '  four ']);
    const tool = await streamOf(use('Bash', { command: 'echo hello' }));
    const json = tool.flatMap(({ data }) => (data.delta as { partial_json?: string } | undefined)?.partial_json ?? []);
    expect(json).toEqual(['', '{"command":"echo', ' hello"}']);
  });

  test('gives back any text and any input exactly', async () => {
    const block = fc.oneof(
      fc.record({ type: fc.constant('text' as const), text: fc.string({ unit: 'grapheme' }) }),
      fc.record({
        type: fc.constant('tool_use' as const),
        name: fc.constant('Bash'),
        id: fc.constant('toolu_1'),
        input: fc.dictionary(
          fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
          fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
          { noNullPrototype: true },
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 4 }), async (blocks) => {
        const plain = JSON.parse(JSON.stringify(blocks)) as ReplyBlock[];
        expect(assembled(await streamOf({ kind: 'message', blocks: plain }))).toEqual(plain);
      }),
      // A line separator does not end a line of Server-Sent Events.
      { numRuns: 60, examples: [[[{ type: 'text', text: '\u2028' }]]] },
    );
  });
});

const deltaType = (data: Record<string, unknown>): unknown => (data.delta as { type?: string } | undefined)?.type;

describe('an answer without streaming', () => {
  test('has the fields of the documented message, and the same content as the stream', async () => {
    const blocks: ReplyBlock[] = [
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls' } },
    ];
    const response = await post(createScriptedModel(() => ({ kind: 'message', blocks })).app);
    const body = (await response.json()) as Record<string, unknown>;
    expect(shape(body)).toEqual(expect.arrayContaining(shape(fixture('message-200').body)));
    expect(body).toMatchObject({ content: blocks, stop_reason: 'tool_use', model: REQUEST.model });
    expect(response.headers.get('request-id')).toMatch(/^req_/);
  });

  test('token counting answers in the documented shape and grows with the conversation', async () => {
    const count = fixture('count-tokens');
    const ask = async (content: string): Promise<number> => {
      const body = { ...(count.request as object), messages: [{ role: 'user', content }] };
      const response = await post(createModelServer(), body, HEADERS, '/v1/messages/count_tokens');
      const answer = (await response.json()) as { input_tokens: number };
      expect(response.status).toBe(200);
      expect(shape(answer)).toEqual(shape(count.body));
      return answer.input_tokens;
    };
    expect(await ask('Hello, world, and all its hens')).toBeGreaterThan(await ask('Hello'));
  });
});

describe('Anthropic’s own client', () => {
  const client = (reply: ScriptedReply): Anthropic => {
    const { app } = createScriptedModel(() => reply);
    return new Anthropic({
      apiKey: 'dummy',
      maxRetries: 0,
      fetch: async (url, init) => app.request(String(url), init),
    });
  };
  const asked = { model: 'demo', max_tokens: 100, messages: [{ role: 'user' as const, content: 'hi' }] };

  test('reads a stream and a message', async () => {
    const reply = use(
      'Bash',
      { command: 'ls', description: 'Ä “quoted” \\ thing' },
      { type: 'text', text: 'and words' },
    );
    const streamed = await client(reply).messages.stream(asked).finalMessage();
    const whole = await client(reply).messages.create(asked);
    for (const message of [streamed, whole]) {
      expect(message.content).toMatchObject([
        { type: 'tool_use', name: 'Bash', input: { command: 'ls', description: 'Ä “quoted” \\ thing' } },
        { type: 'text', text: 'and words' },
      ]);
      expect(message.stop_reason).toBe('tool_use');
      expect(message.usage.output_tokens).toBeGreaterThan(1);
      expect(message.usage.input_tokens).toBeGreaterThan(0);
    }
  });

  test('sees refusals, an error within the stream and a lost connection as errors', async () => {
    const refused = await client(refuse(529, 'overloaded_error', 'Overloaded'))
      .messages.create(asked)
      .catch((e: unknown) => e);
    expect(refused).toBeInstanceOf(APIError);
    expect(refused).toMatchObject({ status: 529, type: 'overloaded_error' });
    const midway = client(failMidway('one two three', 'overloaded_error', 'Overloaded')).messages.stream(asked);
    await expect(midway.finalMessage()).rejects.toThrow('overloaded_error');
    await expect(client(cut('one two three')).messages.stream(asked).finalMessage()).rejects.toThrow();
  });
});

describe('refusals', () => {
  const documented = fixture('errors') as {
    shape: object;
    errors: { status: number; body: { error: { type: string } } }[];
  };
  const { 'x-api-key': _key, ...noKey } = HEADERS;
  const { 'anthropic-version': _version, ...noVersion } = HEADERS;
  const rows: [
    string,
    { body?: unknown; headers?: Record<string, string>; path?: string; status: number; says: RegExp },
  ][] = [
    ['no key', { headers: noKey, status: 401, says: /x-api-key/ }],
    ['an empty bearer', { headers: { ...noKey, authorization: 'Bearer ' }, status: 401, says: /x-api-key/ }],
    ['no version', { headers: noVersion, status: 400, says: /anthropic-version: header is required/ }],
    [
      'an unknown version',
      { headers: { ...HEADERS, 'anthropic-version': '2020-01-01' }, status: 400, says: /2020-01-01/ },
    ],
    ['no JSON', { body: '{"model"', status: 400, says: /not valid JSON/ }],
    ['no object', { body: '[]', status: 400, says: /not an object/ }],
    ['no model', { body: { ...REQUEST, model: undefined }, status: 400, says: /^model: / }],
    ['no max_tokens', { body: { ...REQUEST, max_tokens: undefined }, status: 400, says: /^max_tokens: / }],
    [
      'no messages',
      { body: { ...REQUEST, messages: [] }, status: 400, says: /^messages: at least one message is required/ },
    ],
    [
      'an unknown role',
      { body: { ...REQUEST, messages: [{ role: 'hen', content: 'x' }] }, status: 400, says: /^messages\.0\.role: / },
    ],
    [
      'content without a type',
      { body: { ...REQUEST, messages: [{ role: 'user', content: [{}] }] }, status: 400, says: /^messages\.0\.content/ },
    ],
    ['a large body', { body: { ...REQUEST, system: 'x'.repeat(3000) }, status: 413, says: /maximum allowed/ }],
    ['an unknown path', { path: '/v1/models', status: 404, says: /could not be found/ }],
  ];

  test.for(rows)('%s', async ([, { body, headers, path, status, says }]) => {
    const response = await post(createModelServer({ maxBodyBytes: 2000 }), body, headers, path);
    const refusal = (await response.json()) as { error: { type: string; message: string }; request_id: string };
    expect(response.status).toBe(status);
    expect(Object.keys(refusal)).toEqual(Object.keys(documented.shape));
    expect(refusal.error.type).toBe(documented.errors.find((row) => row.status === status)?.body.error.type);
    expect(refusal.error.message).toMatch(says);
    expect(response.headers.get('request-id')).toBe(refusal.request_id);
  });

  test('a bearer is as good as a key', async () => {
    const response = await post(createModelServer(), REQUEST, { ...noKey, authorization: 'Bearer anything' });
    expect(response.status).toBe(200);
  });
});

describe('a script', () => {
  test('gives its replies in order, then the handler’s, then refuses; and records what it saw', async () => {
    const script = createScriptedModel((_, index) =>
      index === 2 ? 'third' : refuse(429, 'rate_limit_error', 'Slow down', { 'retry-after': '1' }),
    );
    script.reply('first', say('second'));
    const answers = [];
    for (let turn = 0; turn < 3; turn++) {
      const body = (await (await post(script.app)).json()) as { content: { text: string }[] };
      answers.push(body.content[0]?.text);
    }
    expect(answers).toEqual(['first', 'second', 'third']);
    const slow = await post(script.app);
    expect([slow.status, slow.headers.get('retry-after')]).toEqual([429, '1']);
    expect(script.requests).toHaveLength(4);
    expect(script.lastTexts()).toEqual(['hi']);
    expect((await post(createScriptedModel().app)).status).toBe(400);
  });

  test('keeps a request waiting, or a stream, until it is released', async () => {
    const header = gate();
    const middle = gate();
    const script = createScriptedModel();
    script.reply(later(header.opened, 'late'), stall('one two three', middle.opened, 5));
    let answered = false;
    const waiting = Promise.resolve(post(script.app)).then((response) => {
      answered = true;
      return response;
    });
    await script.arrived(1);
    await turnOfTheLoop();
    expect(answered).toBe(false);
    header.open();
    expect(await (await waiting).text()).toContain('late');

    const response = await post(script.app, { ...REQUEST, stream: true });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let seen = '';
    for (let part = 0; part < 5; part++) seen += decoder.decode((await reader.read()).value);
    expect(seen).toContain('" two"');
    let more = '';
    const rest = (async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) more += decoder.decode(part.value);
    })();
    await turnOfTheLoop();
    expect(more).toBe('');
    middle.open();
    await rest;
    expect(eventsIn(seen + more).at(-1)?.event).toBe('message_stop');
  });

  test('lets go of a caller that has gone', async () => {
    const script = createScriptedModel(() => later(new Promise(() => undefined), 'never'));
    const caller = new AbortController();
    const request = new Request('http://127.0.0.1/v1/messages', {
      method: 'POST',
      headers: HEADERS,
      body: JSON.stringify(REQUEST),
      signal: caller.signal,
    });
    const answer = script.app.fetch(request);
    await script.arrived(1);
    await turnOfTheLoop();
    caller.abort();
    expect((await answer).status).toBe(200);
  });

  test('cuts a real connection in the middle of the stream', async () => {
    const { app } = createScriptedModel(() => cut('one two three', 5));
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/v1/messages`, {
      method: 'POST',
      headers: HEADERS,
      body: JSON.stringify({ ...REQUEST, stream: true }),
    });
    expect(response.status).toBe(200);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let seen = '';
    const reading = (async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) seen += decoder.decode(part.value);
    })();
    await expect(reading).rejects.toThrow();
    expect(seen).toContain('" two"');
    expect(seen).not.toContain('three');
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the process', () => {
  const started: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of started.splice(0))
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
  });
  const start = (env: Record<string, string>): ChildProcess => {
    const main = join(import.meta.dirname, '../../simulator/model/main.ts');
    const child = spawn(process.execPath, [main], {
      env: { ...inheritEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    return child;
  };
  const firstLine = async (stream: NodeJS.ReadableStream | null): Promise<string> => {
    if (!stream) throw new Error('no stream');
    for await (const line of createInterface({ input: stream })) return line;
    throw new Error('ended without a line');
  };

  test.for(['SIGTERM', 'SIGINT'] as const)('says where it is, answers, and ends at once on %s', async (signal) => {
    const child = start({ MODEL_PORT: '0' });
    const line = await firstLine(child.stdout);
    expect(line).toMatch(/^demo model ready on http:\/\/127\.0\.0\.1:\d+$/);
    const url = line.replace('demo model ready on ', '');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const exit = once(child, 'exit');
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
  });

  test('a taken port and a bad number end it with one plain line', async () => {
    const port = /\d+$/.exec(await firstLine(start({ MODEL_PORT: '0' }).stdout))?.[0] ?? '';
    for (const [env, expected] of [
      [
        { MODEL_PORT: port },
        `The demo model can’t start: port ${port} is already in use. Stop the program that uses it, or set MODEL_PORT to another port.\n`,
      ],
      [{ MODEL_PORT: 'hen' }, 'MODEL_PORT must be a whole number from 0 to 65535.\n'],
    ] as const) {
      const child = start(env);
      let said = '';
      child.stderr?.on('data', (data: Buffer) => {
        said += data.toString();
      });
      expect(await once(child, 'close')).toEqual([1, null]);
      expect(said).toBe(expected);
    }
  });
});
