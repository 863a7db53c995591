import type { Answer, MachineFile, Request, StartAttempt, WorkDiff } from '../../../src/protocol/index.ts';

// The interface to a coding agent: vocabulary only. The room claude/ implements it for Claude Code. An agent process
// lives in memory; its transcript and the journal hold everything that must survive a restart.

/** One report of the agent process; reports come in the order things happened. */
export type Signal =
  /** A sign of life without further meaning. */
  | { type: 'alive' }
  | { type: 'session'; session: string }
  /** The session to resume doesn't exist; the process is useless now. */
  | { type: 'session_lost' }
  | { type: 'text'; text: string }
  /** The next words of an unfinished text; `fresh`: the text begins. The whole text follows as `text`. */
  | { type: 'words'; text: string; fresh: boolean }
  /** The model has finished speaking: the answer is due. */
  | { type: 'last_word' }
  | { type: 'tool_started'; id: string; name: string; declaredMs: number }
  | { type: 'tool_ended'; id: string; isError: boolean }
  /** The agent compacts its context, which may take minutes without a sign of life. */
  | { type: 'compacting' }
  /** `archived`: where in the project the conversation was saved first. */
  | { type: 'compacted'; archived?: string }
  /** The new state of a pushed message. */
  | { type: 'message'; uuid: string; state: 'queued' | 'started' | 'completed' | 'cancelled' }
  | { type: 'answer'; answer: AgentAnswer }
  /** Whether the agent is idle. Background tasks may go on and wake it. */
  | { type: 'state'; idle: boolean }
  /** All tasks that now run in the background. */
  | { type: 'background'; tasks: BackgroundTask[] }
  | { type: 'closed'; reason: string };

export type AgentAnswer = {
  text: string;
  /** A short form for the chat, if there is one; `text` is the long form. */
  summary?: string;
  /** Of the action `diff`. */
  diff?: WorkDiff;
  isError: boolean;
  /** The messages this answer is for. */
  uuids: string[];
  /** Running total of the process; starts at `AgentProcess.costSoFar`. */
  totalCostUsd: number;
  /** The turn was interrupted on request. */
  aborted: boolean;
  /** Why the model gave no answer: `fatal` when another try can't help. */
  outage: 'none' | 'fatal' | 'transient';
};

/** `isShell`: a command, which may be meant to run forever; other tasks end. */
export type BackgroundTask = { id: string; isShell: boolean };

export type PushedMessage = {
  uuid: string;
  text: string;
  /** True: precedes the next message and is answered together with it. */
  context: boolean;
  /** True: a slash command is carried out. Otherwise a text that looks like a command is plain text. */
  isCommand?: boolean;
  images?: readonly Image[];
};
/** A message that precedes the person's messages, if any. */
export type Note = PushedMessage | null | undefined;

/** The kinds of image a model takes. */
export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
/** An image for the model beside a text; `path` is the file with the content. */
export type Image = { type: (typeof IMAGE_TYPES)[number]; path: string };

export type OpenAgent = {
  conversation: string;
  project: string;
  /** Session to resume, or null for a fresh one. */
  session: string | null;
  model: string | undefined;
  manner: Manner;
  /** Resume after this entry of the transcript and drop all later ones; omitted: after the newest. */
  after?: string;
  /** Finish the cut turn: at once, or, if tools were cut, when the agent is asked to carry on. */
  continues: boolean;
  /** The background commands of the session's last process ended with that process. */
  commandsEnded?: boolean;
  /** Tools that had begun when the turn was cut and may have taken effect. */
  cutTools: readonly string[];
};

/** Serves the calls of the agent's tools while an attempt runs. */
export type AgentHost = {
  /** Resolves with the answer, or with a substitute when nobody answers. `id` names the tool call. */
  ask(id: string, request: Request, signal: AbortSignal): Promise<Answer>;
  /** Keeps a copy of a project file for the relay, or says why not. */
  offer(path: string): Promise<MachineFile | { refused: string }>;
};

export interface AgentProcess {
  readonly opened: OpenAgent;
  /** The session as last reported, null until it is known. */
  readonly session: string | null;
  readonly costSoFar: number;
  readonly background: readonly BackgroundTask[];
  /** From now on, sends every signal to `listener` instead of the previous listener. */
  listen(listener: (signal: Signal) => void): void;
  /** From now on, `host` serves the agent's tools; null: nobody does. */
  serve(host: AgentHost | null): void;
  push(message: PushedMessage): void;
  /**
   * Asks the agent, under this uuid, to finish the open messages of its session, and names the cut tools. The messages
   * are not repeated. `context`: as in a pushed message.
   */
  carryOn(uuid: string, context: boolean): void;
  /** The project's MCP servers, once each has connected or failed. Doesn't ask the model. */
  toolServers(): Promise<ToolServer[]>;
  /** Restores the files that were edited since the prompt. */
  rewind(prompt: string): Promise<Rewound>;
  /** Stops the running turn. Resolves with the messages that were still queued and would run next. */
  interrupt(): Promise<string[]>;
  /** Ends its processes at once; `close` is still due. */
  kill(): void;
  /** Asks a question about the conversation, even while a turn runs: no tools, and no trace in the session. */
  ask(question: string, bound: AbortSignal): Promise<{ text: string; totalCostUsd: number | null }>;
  /** How full the session's context is, in percent; null when unknown. */
  contextPercent(): Promise<number | null>;
  /** Memory of the process and everything it started, in bytes; 0 where the system doesn't tell. */
  memory(): number;
  /** Ends the process and everything it started; resolves when they are gone. */
  close(): Promise<void>;
}

export type ToolServer = {
  name: string;
  state: 'connected' | 'failed' | 'needs-auth' | 'pending' | 'disabled';
  error?: string;
  tools: string[];
};

/**
 * `files`: those with their earlier contents again. `removed`: those that the undone messages had made. `kept`: how many
 * could not be restored. Null: the earlier contents are lost.
 */
export type Rewound = { files: string[]; removed: string[]; kept: number } | null;

/** `turn`: the turn the message first came with, if known. */
export type SentMessage = { uuid: string; text: string; turn?: string | undefined };

/**
 * The state of a message in a session's transcript. Open and `isKnown`: the agent recognises the uuid (`as`: another
 * uuid under which the message was asked again) and answers the message when it is pushed again. Open and not known:
 * the agent will finish the message anyway, and a push would repeat it. `left`: another turn began before the answer,
 * so no later answer is for this message, and it has to be asked again under a uuid the session doesn't hold.
 */
export type MessageStanding =
  | { state: 'unknown' }
  | { state: 'open'; isKnown: boolean; as?: string }
  | { state: 'left' }
  | { state: 'answered'; text: string };

export interface Agent {
  open(request: OpenAgent): AgentProcess | Promise<AgentProcess>;
  /** Whether this machine holds the session to resume, if there is one. */
  has(request: OpenAgent): boolean;
  /** For each message, oldest first: whether the session holds it and whether it was answered. */
  standing(request: OpenAgent, messages: readonly SentMessage[]): Map<string, MessageStanding>;
  /** Another uuid for the message, one that the session doesn't hold. */
  unusedUuid(request: OpenAgent, uuid: string): string;
  /** Plans how to go back to before `message`; `request` is the uuid of the message that asks for it. */
  undoing(open: OpenAgent, request: string, message: string, beside: readonly string[]): UndoPlan;
}

export type UndoPlan =
  /** The session doesn't hold the message, or no longer does. */
  | { type: 'unknown' }
  /** The session was compacted past that point: only a summary is left. */
  | { type: 'compacted' }
  /** An earlier attempt has already undone it. */
  | { type: 'done' }
  | {
      type: 'back';
      /** The texts to undo, with everything after them: several if they were one prompt. */
      prompts: string[];
      /** The session goes on after this entry; null: nothing came before, so a new session begins. */
      after: string | null;
      words: string;
      /** Commands ran; their effects stay. */
      ranCommands: boolean;
    };

export type Manner = Pick<StartAttempt, 'assistant' | 'deep'>;

export type ToolHost = () => AgentHost | null;

/** Only the fields that are set, so that equal manners compare as equal. */
export function mannerOf({ assistant, deep }: Manner): Manner {
  return { ...(assistant ? { assistant } : {}), ...(deep ? { deep } : {}) };
}
