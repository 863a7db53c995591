import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personTexts, say, use } from '../../simulator/model/script.ts';
import { sandboxPath } from '../vm/sandbox-tools.ts';
import { type Stack, startStack } from './stack.ts';

// The real agent in its sandbox, told by its model to look for keys and for other people's data everywhere, with the
// relay and another person's conversation on the same computer. It finds what is its own, and nothing else.

const [ADA, BOB] = ['whatsapp:+15555550171', 'whatsapp:+15555550172'];
const SECRETS = {
  ANTHROPIC_API_KEY: 'model-key-of-the-relay',
  TWILIO_AUTH_TOKEN: 'carrier-token-of-the-relay',
  OPERATOR_TOKEN: 'operator-token-of-the-relay',
};
const DIARY = 'bob-wrote-this-for-himself';
const OWN = 'ada-wrote-this-for-herself';

const ANSWERED = /^answered on \S+$/m;

const tools = await sandboxPath();
const missing = 'missing' in tools ? tools.missing : null;

describe.skipIf(missing)(`an agent that pries${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let stack: Stack;
  let found = '';
  beforeAll(async () => {
    const machineEnv: Record<string, string> = { APPROVALS: 'ask', SANDBOX: 'required', ANSWER_WAIT_MS: '20000' };
    stack = await startStack({ machine: false, machineEnv, vars: SECRETS });
    writeFileSync(join(stack.folder, '.dev.vars'), `ANTHROPIC_API_KEY=${SECRETS.ANTHROPIC_API_KEY}\n`);
    machineEnv.PATH = 'missing' in tools ? '' : tools.path;
    machineEnv.PRIVATE_PATHS = stack.folder;
    await stack.startMachine();
    for (const [person, text, words] of [
      [BOB, 'keep my diary', DIARY],
      [ADA, 'keep my notes', OWN],
    ] as const) {
      stack.script(text, (_, asked) =>
        asked === 1 ? use('Write', { file_path: 'diary', content: words }) : say(`Kept: ${words}`),
      );
      expect(await stack.ask(person, text)).toContain(words);
    }
    stack.script('look around', (_, asked) =>
      asked === 1 ? use('Bash', { command: everywhere(stack) }) : say('Looked'),
    );
    stack.text(ADA, 'look around');
    await stack.until(() => stack.sentTo(ADA).includes('Looked'), 'the report');
    found = reportsIn(stack.machineFolder).join('\n');
  });
  afterAll(() => stack?.stop());

  test('it sees its own environment and files', () => {
    expect(found).toContain('HOME=');
    expect(found).toContain(OWN);
    expect(found).toMatch(/^looked everywhere$/m);
  });

  test('it finds no key and nothing of anybody else', () => {
    const config = readFileSync(join(stack.folder, 'relay/workerd.capnp'), 'utf8');
    const signing = /\\"d\\":\\"([\w-]+)/.exec(config)?.[1] ?? '';
    expect(signing).not.toBe('');
    expect([...Object.values(SECRETS), signing, DIARY].filter((secret) => found.includes(secret))).toEqual([]);
  });

  test('neither relay nor carrier answers it, nor the model’s gateway', () => {
    expect(found).not.toMatch(ANSWERED);
    const asked = stack.model.requests.filter(({ request }) => personTexts(request).includes('by itself'));
    expect(asked).toEqual([]);
  });

  test('without the sandbox the same command finds them', async () => {
    const report = await lookUnconfined(stack);
    expect([...Object.values(SECRETS), DIARY].filter((secret) => !report.includes(secret))).toEqual([]);
    expect(report).toMatch(ANSWERED);
  });
});

/** What the agent wrote down: too much for a tool result. */
function reportsIn(machineFolder: string): string[] {
  const all = join(machineFolder, 'conversations');
  const files = readdirSync(all, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('main/report'));
  return files.map((path) => readFileSync(join(all, path), 'utf8'));
}

async function lookUnconfined(stack: Stack): Promise<string> {
  const cwd = join(stack.folder, 'unconfined');
  mkdirSync(cwd);
  const env = { PATH: process.env.PATH, HOME: cwd, ANTHROPIC_BASE_URL: stack.relay.url };
  await once(spawn('bash', ['-c', everywhere(stack)], { cwd, env, stdio: 'ignore' }), 'exit');
  return readFileSync(join(cwd, 'report'), 'utf8');
}

/** One command that looks in every place and asks relay, carrier and model gateway. */
function everywhere(stack: Stack): string {
  const { folder, machineFolder, relay, phone } = stack;
  const ports = [relay.url, phone].map((url) => new URL(url).port).join(' ');
  // Only the processes of the stack: unconfined, the command must not read what else runs on this computer.
  const processes = ['self', ...stack.machineProcesses().map(({ pid }) => pid)].map((pid) => `/proc/${pid}`);
  const environs = processes.map((process) => `${process}/environ`).join(' ');
  const body = '{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"by itself"}]}';
  const looks = [
    'env',
    `cat ${environs} ${processes.map((process) => `${process}/cmdline`).join(' ')} | tr "\\0" "\\n"`,
    'find ~ -type f | head -50',
    `cat ${folder}/.dev.vars ${folder}/relay/*`,
    `cat ${machineFolder}/conversations/*/projects/*/*; grep -rs diary ${machineFolder}; strings ${machineFolder}/journal.db`,
    'cat diary',
    `for port in ${ports}; do
       curl -s -m 3 --noproxy "*" -o /dev/null "http://127.0.0.1:$port/" && echo "answered on $port"
     done`,
    `for url in "$ANTHROPIC_BASE_URL" $(cat ${environs} | tr "\\0" "\\n" | sed -n "s/^ANTHROPIC_BASE_URL=//p" | sort -u); do
       curl -s -m 5 --noproxy "*" -H "content-type: application/json" -H "anthropic-version: 2023-06-01" -d '${body}' "$url/v1/messages" && echo "answered on $url"
     done`,
  ];
  return `(${looks.map((look) => `(${look}) 2>&1`).join('; ')}; echo looked everywhere) > report`;
}
