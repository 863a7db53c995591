import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { Request } from '../../src/protocol/index.ts';
import { message, newAttempt, results } from './machine-harness.ts';
import { answer, type OwnMachine, ownMachine, toolResults } from './own-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// What Claude Code itself connects to, pages and tool servers at an address, where its commands are confined. The agent
// server lives in a system of its own, in which two public names lead to this computer: one of them only from the second
// time on that anybody looks.

const MAIN = join(import.meta.dirname, '../../vm/src/main.ts');
/** The first answer is the one that is judged. */
const FIRST_ANSWER = `import dns from 'node:dns/promises'; import { syncBuiltinESMExports } from 'node:module';
const { lookup } = dns; let times = 0;
dns.lookup = async (name, options) =>
  name === 'pages.example' && times++ === 0 ? [{ address: '203.0.113.7', family: 4 }] : lookup(name, options);
syncBuiltinESMExports();`;

let root: string;
let own: OwnMachine;
/** Something of this computer, and how often it was reached. */
let reached: number;
let service: Server;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'roost-own-'));
  reached = 0;
  service = createServer((socket) => {
    reached += 1;
    socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await own.end();
  service.close();
  rmSync(root, { recursive: true, force: true });
});

test('a public name leads nowhere inward, whatever it answers the second time, and every page is asked about', async (context: TestContext) => {
  const tools = await sandboxPath();
  if ('missing' in tools) return context.skip(tools.missing);
  const { port } = service.address() as AddressInfo;
  const hosts = join(root, 'hosts');
  writeFileSync(hosts, '127.0.0.1 localhost pages.example tools.example\n');
  const preload = join(root, 'first-answer.mjs');
  writeFileSync(preload, FIRST_ANSWER);
  const command = [
    'env',
    `PATH=${tools.path}`,
    ...['bwrap', '--dev-bind', '/', '/', '--bind', hosts, '/etc/hosts', '--'],
    ...[process.execPath, '--import', preload, MAIN],
  ] as const;
  const env = { APPROVALS: 'ask', SANDBOX: 'required', PATH: tools.path, ANSWER_WAIT_MS: '20000' };
  own = await ownMachine(env, join(root, 'data'), { command: command as unknown as [string, ...string[]] });
  const project = join(own.dataDir, 'conversations', own.client.conversation, 'projects/main');
  mkdirSync(project, { recursive: true });
  const mcpServers = { remote: { type: 'http', url: `http://tools.example:${port}/mcp` } };
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
  expect(toolResults(own.script)[0]).toMatch(/proxy|403/i);
  expect(results(await own.client.follow(attempt))).toMatchObject([{ text: 'Done' }]);
});
