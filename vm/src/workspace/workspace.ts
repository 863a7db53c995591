import { join } from 'node:path';

// The folders of a conversation on disk, and the environment of its agent. The environment is an allowlist: nothing of
// the server's reaches the agent unless it is named here, and no secret is.

/**
 * `home` is the home of commands. If the agent asks for consent, Claude Code itself has `agentHome`: no command can
 * write there, so that no unconfined process reads or runs a command's files.
 */
export type Workspace = { home: string; agentHome: string; config: string; projects: string };

export function workspaceOf(dataDir: string, conversation: string): Workspace {
  const root = join(dataDir, 'conversations', conversation);
  return {
    home: join(root, 'home'),
    agentHome: join(root, 'agent'),
    config: join(root, 'claude'),
    projects: join(root, 'projects'),
  };
}

/** The mark on every process of a conversation's agent, or of all agents (see process/process-tree.ts). */
export function agentMarkOf(dataDir: string, conversation?: string): string {
  const value =
    conversation === undefined ? `${join(dataDir, 'conversations')}/` : workspaceOf(dataDir, conversation).config;
  return `CLAUDE_CONFIG_DIR=${value}`;
}
