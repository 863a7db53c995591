import type { Answer, MachineFile, Request, StartAttempt } from '../../../src/protocol/index.ts';

// The interface to a coding agent: the vocabulary only, which claude/claude.ts implements for Claude Code. An agent process
// lives in memory; its transcript and the journal hold everything that must survive a restart.

/** One thing the agent process let us know, in the order it happened. */
export type Signal =
  /** Anything at all: the process lives. */
  | { type: 'alive' }
  | { type: 'session'; session: string }
  /** The session to resume is not there; the process is of no further use. */
  | { type: 'session_lost' }
  | { type: 'text'; text: string }
  /** The next words of a text that is still being written; `fresh` when it begins. The whole follows as `text`. */
  | { type: 'words'; text: string; fresh: boolean }
  /** The model has said all it wants to say for now: the answer is due. */
  | { type: 'last_word' }
  | { type: 'tool_started'; id: string; name: string; declaredMs: number }
  | { type: 'tool_ended'; id: string; isError: boolean }
  /** The agent makes room in its context, which may take minutes without a sign of life. */
  | { type: 'compacting' }
  /** `archived`: where in the project the conversation was written down before. */
  | { type: 'compacted'; archived?: string }
  /** What became of a pushed message. */
  | { type: 'message'; uuid: string; state: 'queued' | 'started' | 'completed' | 'cancelled' }
  | { type: 'answer'; answer: AgentAnswer }
  /** Whether it rests; tasks in the background may go on and wake it. */
  | { type: 'state'; idle: boolean }
  /** Every task that now runs in the background. */
  | { type: 'background'; tasks: BackgroundTask[] }
  | { type: 'closed'; reason: string };

export type AgentAnswer = {
  text: string;
  /** A few words that say enough in a chat, where there are such; `text` is the long form. */
  summary?: string;
  isError: boolean;
  /** Messages this answer consumed. */
  uuids: string[];
  /** Running total of the process; starts at `AgentProcess.costSoFar`. */
  totalCostUsd: number;
  /** The answer of a turn that was interrupted on request. */
  aborted: boolean;
  /** Set when the model could not be reached: `fatal` when trying again cannot help. */
  outage: 'none' | 'fatal' | 'transient';
};

/** `isShell`: a command, which may be meant to run for ever; others come to an end. */
export type BackgroundTask = { id: string; isShell: boolean };

export type PushedMessage = {
  uuid: string;
  text: string;
  /** True: goes before the next message and is answered together with it. */
  context: boolean;
  /** True: a slash command of the agent or the project is carried out; otherwise words are only words. */
  isCommand?: boolean;
  images?: readonly Image[];
};
/** What goes before the person's messages, if anything. */
export type Note = PushedMessage | null | undefined;

/** The kinds of image a model takes. */
export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
/** Shown to the model beside a text; the path is of the file with the content. */
export type Image = { type: (typeof IMAGE_TYPES)[number]; path: string };

export type OpenAgent = {
  conversation: string;
  project: string;
  /** Session to resume, or null for a fresh one. */
  session: string | null;
  model: string | undefined;
  manner: Manner;
  /** The entry of the session's transcript to go on after, and nothing that came later; left out: the newest. */
  after?: string;
  /** Finish the turn the transcript was cut in: by itself, or where tools were cut when it is asked to carry on. */
  continues: boolean;
  /** Commands that the session's last process left in the background were ended with it. */
  commandsEnded?: boolean;
  /** Tools that had begun when the turn was cut and may have had their effect. */
  cutTools: readonly string[];
};

/** Whom the agent's tools turn to while an attempt runs. */
export type AgentHost = {
  /** Resolves with the answer, or with what stands for it when there is none. `id` names the tool call. */
  ask(id: string, request: Request, signal: AbortSignal): Promise<Answer>;
  /** Keeps a copy of a file of the project for the relay, or says why not. */
  offer(path: string): Promise<MachineFile | { refused: string }>;
};

export interface AgentProcess {
  readonly opened: OpenAgent;
  /** The session as last reported, null until it is known. */
  readonly session: string | null;
  readonly costSoFar: number;
  readonly background: readonly BackgroundTask[];
  /** Sends every signal from now on to `listener`, in place of the one before. */
  listen(listener: (signal: Signal) => void): void;
  /** Whom its tools turn to from now on; null: nobody. */
  serve(host: AgentHost | null): void;
  push(message: PushedMessage): void;
  /**
   * Asks it, under this uuid, to finish what its session holds open, without saying that again, and names the tools that were
   * cut. `context` as of a pushed message.
   */
  carryOn(uuid: string, context: boolean): void;
  /** The servers of tools the project has, once each is there or has failed. Asks the model nothing. */
  toolServers(): Promise<ToolServer[]>;
  /** Gives the files that were edited since the prompt their earlier content. */
  rewind(prompt: string): Promise<Rewound>;
  /** Stops the running turn. Resolves with the messages that were still queued and would run next. */
  interrupt(): Promise<string[]>;
  /** Asks about the conversation so far, without a tool and without a trace in it, also while a turn runs. */
  ask(question: string, bound: AbortSignal): Promise<{ text: string; totalCostUsd: number | null }>;
  /** How full the session's context is, in percent; null when that is not known. */
  contextPercent(): Promise<number | null>;
  /** Bytes of memory that the process and everything it started hold; 0 where the system does not tell. */
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

/** `files`: those that were put back; null when nobody knows any more how they were. */
export type Rewound = { files: string[]; kept: number } | null;

/** `turn`: the one it first came with, where that is known. */
export type SentMessage = { uuid: string; text: string; turn?: string | undefined };

/**
 * How a message stands in the transcript of a session. `isKnown`: the agent recognises its uuid and answers it when it is
 * pushed again (`as`: another uuid, under which it was asked again); an open one it does not recognise is part of what it
 * will finish, and pushing it would say it twice. `left`: another turn began before it was answered, so nothing that follows
 * is its answer, and it has to be asked again under a uuid the session does not hold.
 */
export type MessageStanding =
  | { state: 'unknown' }
  | { state: 'open'; isKnown: boolean; as?: string }
  | { state: 'left' }
  | { state: 'answered'; text: string };

export interface Agent {
  open(request: OpenAgent): AgentProcess | Promise<AgentProcess>;
  /** For each message, oldest first, whether the session already holds it and whether it was answered. */
  standing(request: OpenAgent, messages: readonly SentMessage[]): Map<string, MessageStanding>;
  /** A uuid under which the session does not hold the message. */
  unusedUuid(request: OpenAgent, uuid: string): string;
  /** What has to be done to go back to before `message`; `request` is the uuid of the wish to. */
  undoing(open: OpenAgent, request: string, message: string, beside: readonly string[]): UndoPlan;
}

export type UndoPlan =
  /** The session does not hold the message (any more). */
  | { type: 'unknown' }
  /** Only a summary is left of that part of the session. */
  | { type: 'compacted' }
  /** It was already undone. */
  | { type: 'done' }
  | {
      type: 'back';
      /** The texts that go, with all that came after them: several where they were one prompt. */
      prompts: string[];
      /** The entry the session goes on after; null: nothing came before, so a new one begins. */
      after: string | null;
      words: string;
      /** Commands ran; what they did stays. */
      ranCommands: boolean;
    };

export type Manner = Pick<StartAttempt, 'assistant' | 'deep'>;

export type ToolHost = () => AgentHost | null;

/** Only what is set, so that the same wishes are the same object to compare. */
export function mannerOf({ assistant, deep }: Manner): Manner {
  return { ...(assistant ? { assistant } : {}), ...(deep ? { deep } : {}) };
}
