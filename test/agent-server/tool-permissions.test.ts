import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/protocol/index.ts';
import { isAllowedWithoutAsking, makePermissionCheck } from '../../vm/src/consent/tool-permissions.ts';

// Which uses of tools need the person's consent. With the real agent: test/vm/tool-permissions.test.ts.

test('the name in a web address is looked up only after the yes, and refused then where it leads inward', async () => {
  const steps: string[] = [];
  const decide = async (url: string, decision: 'allow' | 'deny') => {
    const ask = async (): Promise<Answer> => {
      steps.push('asked');
      return { kind: 'decision', decision, reason: '' };
    };
    const resolve = async (name: string): Promise<{ address: string }[]> => {
      steps.push(name);
      return [{ address: '10.0.0.1' }];
    };
    const signal = new AbortController().signal;
    const may = makePermissionCheck(true, () => ({ ask, offer: async () => ({ refused: '' }) }), resolve);
    return (await may('WebFetch', { url, prompt: 'x' }, { signal, toolUseID: 'a', requestId: 'a' }))?.behavior;
  };
  expect([await decide('https://a-secret.example/', 'deny'), steps]).toEqual(['deny', ['asked']]);
  steps.length = 0;
  expect([await decide('https://a-secret.example/', 'allow'), steps]).toEqual(['deny', ['asked', 'a-secret.example']]);
  steps.length = 0;
  expect([await decide('http://127.0.0.1/', 'allow'), steps]).toEqual(['deny', []]);
});

describe('which uses are asked about', () => {
  const bash = (command: string, isSandboxed: boolean): boolean =>
    isAllowedWithoutAsking({ tool: 'Bash', input: { command }, isOurs: false }, isSandboxed);

  test('in a sandbox commands run, but for what is final', () => {
    expect(['npm test', 'curl example.com', 'cat form.txt', 'echo firm', 'git pull'].map((c) => bash(c, true))).toEqual(
      Array(5).fill(true),
    );
    const final = [
      'rm x',
      'ls; rm -rf x',
      'a && (rm x)',
      'git push',
      'cd x && git push -f',
      'find . -delete',
      'git reset --hard',
    ];
    expect(final.map((c) => bash(c, true))).toEqual(Array(7).fill(false));
  });

  test('without one only waiting goes by itself', () => {
    const wait = 'n=0; until [ $n -ge 60 ]; do sleep 1; n=$((n + 1)); done';
    expect([bash(wait, false), bash(`${wait}; rm x`, false), bash(wait.replace('sleep', 'rm'), false)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(bash('npm test', false)).toBe(false);
  });

  test('writing files that other programs run needs consent, and so do unknown tools', () => {
    const edit = { tool: 'Write', input: { file_path: '.mcp.json' }, isOurs: false };
    expect(isAllowedWithoutAsking(edit, true)).toBe(true);
    expect(isAllowedWithoutAsking({ ...edit, reason: 'sensitive' }, true)).toBe(false);
    expect(isAllowedWithoutAsking({ tool: 'mcp__shop__buy', input: {}, isOurs: false }, true)).toBe(false);
    expect(isAllowedWithoutAsking({ tool: 'mcp__roost__ask_person', input: {}, isOurs: true }, false)).toBe(true);
  });
});
