import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { Request } from '../../src/protocol/index.ts';
import { message, newAttempt, results } from './machine-harness.ts';
import { answer, type OwnMachine, ownMachine, toolResults } from './own-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// Claude Code's own connections, pages and tool servers, where its commands are confined. The agent server runs in a
// separate network namespace, in which two public names lead to this computer, one of them only from the second look-up
// on, and 127.0.0.2 counts as an address of the internet.

const MAIN = join(import.meta.dirname, '../../vm/src/main.ts');
/** The first answer is the one that is checked. */
const PRELOADED = `import dns from 'node:dns/promises'; import { syncBuiltinESMExports } from 'node:module';
import { BlockList } from 'node:net';
const { check } = BlockList.prototype;
BlockList.prototype.check = function (address, family) { return address !== '127.0.0.2' && check.call(this, address, family); };
const { lookup } = dns; let times = 0;
dns.lookup = async (name, options) =>
  name === 'pages.example' && times++ === 0 ? [{ address: '203.0.113.7', family: 4 }] : lookup(name, options);
syncBuiltinESMExports();`;

let root: string;
let own: OwnMachine;
/** A service of this computer, and how often it was reached. */
let reached: number;
let service: Server;
/** A tool server that seems to be outside this computer. */
let outside: HttpServer;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'roost-own-'));
  reached = 0;
  service = createServer((socket) => {
    reached += 1;
    socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  outside = createHttpServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { port } = service.address() as AddressInfo;
    if (request.url === '/led') return void response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end();
    const result = text === '' ? undefined : answerOf(JSON.parse(text));
    if (result === undefined) return void response.writeHead(request.method === 'POST' ? 202 : 405).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  });
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.2', resolve));
});
afterEach(async () => {
  await own.end();
  for (const server of [service, outside]) server.close();
  outside.closeAllConnections();
  rmSync(root, { recursive: true, force: true });
});

function answerOf({ id, method }: { id?: number; method: string }): unknown {
  const capabilities = {
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'a', version: '1' },
  };
  const results: Record<string, unknown> = {
    initialize: capabilities,
    'tools/list': { tools: [{ name: 'weigh', description: 'weighs', inputSchema: { type: 'object' } }] },
  };
  return id === undefined ? undefined : { jsonrpc: '2.0', id, result: results[method] ?? {} };
}

test('a public name leads nowhere inward, whatever it answers the second time, and every page is asked about', async (context: TestContext) => {
  const tools = await sandboxPath();
  if ('missing' in tools) return context.skip(tools.missing);
  const { port } = service.address() as AddressInfo;
  const hosts = join(root, 'hosts');
  writeFileSync(hosts, '127.0.0.1 localhost pages.example tools.example\n127.0.0.2 open.example\n');
  const preload = join(root, 'first-answer.mjs');
  writeFileSync(preload, PRELOADED);
  const command = [
    'env',
    `PATH=${tools.path}`,
    ...['bwrap', '--die-with-parent', '--dev-bind', '/', '/', '--bind', hosts, '/etc/hosts', '--'],
    ...[process.execPath, '--import', preload, MAIN],
  ] as const;
  const env = { APPROVALS: 'ask', SANDBOX: 'required', PATH: tools.path, ANSWER_WAIT_MS: '20000' };
  own = await ownMachine(env, join(root, 'data'), { command: command as unknown as [string, ...string[]] });
  const project = join(own.dataDir, 'conversations', own.client.conversation, 'projects/main');
  mkdirSync(project, { recursive: true });
  const mcpServers = {
    inward: { type: 'http', url: `http://tools.example:${port}/mcp` },
    led: { type: 'http', url: `http://open.example:${(outside.address() as AddressInfo).port}/led` },
    open: { type: 'http', url: `http://open.example:${(outside.address() as AddressInfo).port}/mcp` },
  };
  writeFileSync(join(project, '.mcp.json'), JSON.stringify({ mcpServers }));

  own.script.reply(
    use('WebFetch', { url: `https://pages.example:${port}/`, prompt: 'what is it' }),
    use('WebFetch', { url: 'https://docs.python.org/3/', prompt: 'what is it' }),
    'Done',
  );
  const attempt = newAttempt();
  await own.client.put(attempt, { messages: [message('look')] });
  const asked: Request[] = [];
  for await (const { event } of own.client.events(attempt)) {
    if (event.type !== 'request') continue;
    asked.push(event.request);
    const isOther = event.request.kind === 'approve' && event.request.shown?.includes('python');
    const decision = isOther ? 'deny' : 'allow';
    await answer(own.client, attempt, event.request_id, { kind: 'decision', decision, reason: '' });
  }
  expect(reached).toBe(0);
  expect(asked.map((request) => request.kind === 'approve' && [request.tool, request.shown])).toEqual([
    ['Programs', expect.stringContaining('tools.example')],
    ['WebFetch', `https://pages.example:${port}/`],
    ['WebFetch', 'https://docs.python.org/3/'],
  ]);
  // An allowed server is reached: without its tool the others would prove nothing.
  const offered = JSON.stringify(own.script.requests.at(-1)?.request);
  expect([offered.includes('mcp__open__weigh'), offered.includes('mcp__inward')]).toEqual([true, false]);
  expect(toolResults(own.script)[0]).toMatch(/proxy|403/i);
  expect(results(await own.client.follow(attempt))).toMatchObject([{ text: 'Done' }]);
});
