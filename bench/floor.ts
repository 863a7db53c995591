import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Query, query, type SDKUserMessage } from '@anthropic-ai/claude-agent-sdk/core';
import { MessageQueue } from '../vm/src/claude/message-queue.ts';

// Claude Code through the Agent SDK alone: the floor under everything that the agent server adds. The same options as
// there where they cost time, with a home of its own.

export type Model = { url: string; token: string };
type Floor = {
  /** Starts a process, which resumes the last session unless it is told not to, and asks. Milliseconds to the result. */
  cold(resumes: boolean): Promise<number>;
  /** Asks the process that is there. */
  warm(): Promise<number>;
  close(): void;
};

/** A home for Claude Code alone, and what it needs to use the model at the relay's edge. */
export function homeOf(folder: string, model: Model): { env: Record<string, string | undefined>; cwd: string } {
  const [home, config, cwd] = ['home', 'config', 'work'].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [home, config, cwd]) mkdirSync(path);
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    CLAUDE_CONFIG_DIR: config,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_AUTH_TOKEN: model.token,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    IS_SANDBOX: '1',
  };
  return { env, cwd };
}

export function openFloor(model: Model): Floor {
  const folder = mkdtempSync(join(tmpdir(), 'roost-floor-'));
  const { env, cwd } = homeOf(folder, model);
  let queue = new MessageQueue();
  let claude: Query | undefined;
  let session: string | undefined;

  const ask = async (began: number): Promise<number> => {
    const message = { role: 'user' as const, content: 'say done' };
    const pushed: SDKUserMessage = { type: 'user', uuid: randomUUID(), parent_tool_use_id: null, message };
    queue.put(pushed);
    for (;;) {
      const { value, done } = (await claude?.next()) ?? { done: true, value: undefined };
      if (done) throw new Error('Claude Code ended without a result');
      if (value.type !== 'result') continue;
      session = value.session_id;
      return performance.now() - began;
    }
  };

  return {
    cold: (resumes) => {
      claude?.close();
      const began = performance.now();
      queue = new MessageQueue();
      const resume = resumes && session !== undefined ? { resume: session } : {};
      const systemPrompt = { type: 'preset', preset: 'claude_code' } as const;
      const options = { cwd, env, systemPrompt, includePartialMessages: true, settingSources: [], ...resume };
      claude = query({
        prompt: queue,
        options: { ...options, permissionMode: 'bypassPermissions', allowDangerouslySkipPermissions: true },
      });
      return ask(began);
    },
    warm: () => ask(performance.now()),
    close: () => {
      claude?.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
