import { basename } from 'node:path';
import type { AgentMessage } from '../../../src/protocol/index.ts';
import type {
  Agent,
  AgentAnswer,
  AgentProcess,
  OpenAgent,
  PushedMessage,
  Rewound,
  Signal,
  ToolServer,
  UndoPlan,
} from '../agent/agent.ts';
import { forget, readMemory, remember } from '../agent/memory.ts';
import type { AgentPool } from '../agent/pool.ts';
import { undoNoteOf } from '../claude/undo.ts';
import type { Journal } from '../journal/journal.ts';
import { type Workspace, workspaceOf } from '../workspace/workspace.ts';
import {
  type CloneActionSetup,
  type CloneHost,
  type CloneMessage,
  isCloneAction,
  performClone,
} from './clone-action.ts';
import { type DiffMessage, isDiffAction, performDiff } from './diff-action.ts';
import { type FileAction, type FilesHost, isFileAction, performFileAction } from './file-actions.ts';

// Actions that the machine performs for a person without asking the model: undo, MCP servers and memory here, files in
// file-actions.ts, the repository in clone-action.ts and diff-action.ts. Each can run again after a crash without harm.
// Keeps nothing.

/** Time for everything an action waits for; then the person is told and may try again. */
const BOUND_MS = 60_000;
const QUOTED_MAX = 80;
const NAMED_MAX = 5;

/** `session`: the session to go on with; null when there is none yet. */
type Acted = { text: string; session: string | null };
export type ActionSetup = {
  dataDir: string;
  agent: Agent;
  pool: AgentPool;
  journal: Journal;
  cloning: CloneActionSetup;
};

class TooLong extends Error {}
const TOO_LONG = 'That took longer than a minute, so I stopped trying. Text it again to try once more.';

const ACTIONS = ['undo', 'mcp', 'memory'] as const;
type SessionAction = AgentMessage & { action: (typeof ACTIONS)[number] };
export type ActionHost = FilesHost & CloneHost;
export type ActionMessage = SessionAction | FileAction | CloneMessage | DiffMessage;

/** Whether the message is done here. All others go to the agent as a prompt. */
export const isAction = (message: AgentMessage): message is ActionMessage =>
  isFileAction(message) ||
  isCloneAction(message) ||
  isDiffAction(message) ||
  ACTIONS.some((action) => action === message.action);

export class Actions {
  readonly #setup: ActionSetup;

  constructor(setup: ActionSetup) {
    this.#setup = setup;
  }

  /** Performs the action and sends `listener` the signals of an agent that would have done it. */
  async perform(
    open: OpenAgent,
    message: ActionMessage,
    host: ActionHost,
    listener: (signal: Signal) => void,
  ): Promise<void> {
    if (isFileAction(message)) return performFileAction(message, host, listener);
    if (isCloneAction(message)) return performClone(this.#setup.cloning, open, message, host, listener);
    if (isDiffAction(message)) return performDiff(this.#setup.cloning, open, message, host, listener);
    listener({ type: 'message', uuid: message.uuid, state: 'queued' });
    const { text, session } = await this.#act(open, message).catch((error: unknown): Acted => {
      if (error instanceof TooLong) return { text: TOO_LONG, session: open.session };
      throw error;
    });
    const answer: AgentAnswer = {
      text,
      isError: false,
      uuids: [message.uuid],
      totalCostUsd: 0,
      aborted: false,
      outage: 'none',
    };
    if (session !== null) listener({ type: 'session', session });
    listener({ type: 'answer', answer });
    listener({ type: 'state', idle: true });
  }

  async #act(open: OpenAgent, message: SessionAction): Promise<Acted> {
    const { session } = open;
    switch (message.action) {
      case 'memory':
        return { text: await this.#memory(open, message.text), session };
      case 'mcp':
        return { text: serversText(await this.#with(open, (process) => process.toolServers())), session };
      case 'undo':
        return this.#undo(open, message);
    }
  }

  async #memory(open: OpenAgent, text: string): Promise<string> {
    const workspace = workspaceOf(this.#setup.dataDir, open.conversation);
    if (text === '.') {
      const known = readMemory(workspace);
      return known === null
        ? 'I don’t remember anything yet. To add something, text /memory and what I should remember.'
        : known;
    }
    const words = /^forget\s+(\S[\s\S]*)$/i.exec(text)?.[1];
    const { said, isChanged } = words === undefined ? remembering(workspace, text) : forgetting(workspace, words);
    // A warm agent has read the memory already and doesn't look again.
    if (isChanged) await this.#setup.pool.closeWarm(open.conversation);
    return said;
  }

  async #undo(open: OpenAgent, { uuid, text: message }: SessionAction): Promise<Acted> {
    const { agent, journal } = this.#setup;
    const plan = agent.undoing(open, uuid, message, journal.beside(open.conversation, message));
    if (plan.type !== 'back') return { text: REFUSED[plan.type], session: open.session };
    const rewound = await this.#with(open, async (process) => {
      let all: Rewound = null;
      for (const prompt of plan.prompts) all = all ?? (await process.rewind(prompt));
      return all;
    });
    const branch = { ...open, session: plan.after === null ? null : open.session, ...after(plan) };
    const session = await this.#with(branch, async (process) => {
      await addNote(process, undoNoteOf(uuid));
      return process.session;
    });
    return { text: undoneText(plan, rewound), session };
  }

  /** Does something with the project's agent process and keeps the process for the next turn. */
  async #with<T>(open: OpenAgent, work: (process: AgentProcess) => Promise<T>): Promise<T> {
    const { pool } = this.#setup;
    const process = await pool.take(open);
    const expired = Promise.withResolvers<never>();
    const timer = setTimeout(() => expired.reject(new TooLong('the agent didn’t answer in time')), BOUND_MS);
    process.listen((signal) => {
      if (signal.type === 'closed') expired.reject(new Error(signal.reason));
    });
    try {
      const result = await Promise.race([work(process), expired.promise]);
      // A process without a session fits no turn.
      if (process.session === null) await pool.discard(process);
      else pool.keep(process);
      return result;
    } catch (error) {
      await pool.discard(process);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

type Memorized = { said: string; isChanged: boolean };

function remembering(workspace: Workspace, text: string): Memorized {
  const remembered = remember(workspace, text);
  if (!remembered.ok) return { said: remembered.reason, isChanged: false };
  return { said: `I’ll remember: ${remembered.line}`, isChanged: true };
}

function forgetting(workspace: Workspace, words: string): Memorized {
  const forgotten = forget(workspace, words);
  if (forgotten.ok) return { said: `I’ve forgotten: ${forgotten.line}`, isChanged: true };
  const [first, ...more] = forgotten.lines.slice(0, NAMED_MAX);
  if (first === undefined)
    return { said: 'I remember nothing with those words. Text /memory to see what I remember.', isChanged: false };
  const named = [first, ...more].map((line) => `- ${shortened(line)}`);
  return {
    said: ['Several lines have those words. Which one should I forget?', ...named].join('\n'),
    isChanged: false,
  };
}

/** Puts the note into the session without asking the model. */
async function addNote(process: AgentProcess, note: { uuid: string; text: string }): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  process.listen((signal) => {
    if (signal.type === 'closed') reject(new Error(signal.reason));
    if (signal.type === 'answer' && signal.answer.uuids.includes(note.uuid)) resolve();
  });
  process.push({ ...note, context: true } satisfies PushedMessage);
  return promise;
}

const after = (plan: UndoPlan & { type: 'back' }) => (plan.after === null ? {} : { after: plan.after });

const REFUSED: Record<Exclude<UndoPlan['type'], 'back'>, string> = {
  unknown: 'I can’t find that message in this conversation anymore, so nothing was undone.',
  compacted: 'That part of our conversation has been summarized, so it can’t be undone. /new starts over.',
  done: 'Undone. Changes made by commands stay as they are.',
};

function undoneText(plan: UndoPlan & { type: 'back' }, rewound: Rewound): string {
  const sentences = [`Undone: “${shortened(plan.words)}”.`];
  if (rewound === null) sentences.push('I no longer have the earlier versions of the files, so they stay as they are.');
  else {
    const { files, removed, kept } = rewound;
    sentences.push(...filesText('Restored', files), ...filesText('Removed', removed));
    if (kept > 0) sentences.push(`${kept} couldn’t be restored because they are links or in a linked folder.`);
  }
  if (plan.ranCommands) sentences.push('Changes made by commands can’t be undone.');
  return sentences.join(' ');
}

function filesText(verb: string, files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const named = files.slice(0, NAMED_MAX).map((path) => basename(path));
  const more = files.length > named.length ? ` and ${files.length - named.length} more` : '';
  return [`${verb} ${files.length === 1 ? '1 file' : `${files.length} files`}: ${named.join(', ')}${more}.`];
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > QUOTED_MAX ? `${line.slice(0, QUOTED_MAX - 1).trimEnd()}…` : line;
}

const STATES: Record<ToolServer['state'], string> = {
  connected: 'connected',
  failed: 'failed',
  'needs-auth': 'needs you to sign in on a computer',
  pending: 'still starting',
  disabled: 'turned off',
};

function serversText(all: readonly ToolServer[]): string {
  const servers = all.filter(({ name }) => name !== 'roost');
  if (servers.length === 0) return 'This project has no MCP servers. Add them to its .mcp.json.';
  const lines = servers.map(({ name, state, error, tools }) => {
    const detail = state === 'connected' ? ` · ${tools.length} tool${tools.length === 1 ? '' : 's'}` : '';
    const why = error === undefined ? '' : `: ${shortened(error)}`;
    return `${name} · ${STATES[state]}${detail}${why}`;
  });
  return ['This project’s MCP servers:', ...lines.map((line) => `- ${line}`)].join('\n');
}
