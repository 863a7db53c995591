import { type Asked, forMachine } from './for-machine.ts';

// The one parser and the one table of what a person can text besides plain words. A command stands at the start, as a
// whole word, in any case; everything else is for the agent, verbatim.

type Row = { class: 'now' | 'turn'; use: string; help: string };

/** `now`: answered by the relay at once, also while a turn runs. `turn`: the machine's, so it waits for its turn. */
export const COMMANDS = {
  help: { class: 'now', use: '/help', help: 'what I understand' },
  status: { class: 'now', use: '/status', help: 'what I am doing and what waits' },
  stop: { class: 'now', use: '/stop', help: 'stop at once; text after it is what I do instead' },
  retry: { class: 'now', use: '/retry', help: 'try again what failed or was stopped' },
  more: { class: 'now', use: '/more', help: 'the next part of a long answer' },
  queue: { class: 'now', use: '/queue collect|steer|queue', help: 'what to do with texts that come while I work' },
  verbose: { class: 'now', use: '/verbose on|off', help: 'show what I write between steps' },
  project: { class: 'now', use: '/project', help: 'list, switch, new, rename, archive, restore' },
  new: { class: 'now', use: '/new', help: 'begin afresh (or /clear); text after it is what I do first' },
  sessions: { class: 'now', use: '/sessions', help: 'earlier conversations; with a number, go back to one' },
  undo: { class: 'now', use: '/undo', help: 'take your last message back, and what I did for it' },
  model: { class: 'now', use: '/model', help: 'which model works in this project' },
  assistant: { class: 'now', use: '/assistant', help: 'what I am called and how I sound' },
  deep: { class: 'now', use: '/deep', help: 'a long piece of work together; your texts reach me at once' },
  end: { class: 'now', use: '/end', help: 'end the deep work; I write it down and sum it up' },
  btw: { class: 'now', use: '/btw QUESTION', help: 'ask on the side, while I work' },
  approve: { class: 'now', use: '/approve', help: 'let me do what I asked for' },
  deny: { class: 'now', use: '/deny', help: 'do not let me; words after it say why' },
  approvals: { class: 'now', use: '/approvals', help: 'what you allowed for good, and taking it back' },
  files: { class: 'now', use: '/files', help: 'what is in the project; /files send PATH gets you a file' },
  schedule: { class: 'now', use: '/schedule WHEN: TASK', help: 'what I do at its time; “every weekday at 9am: …”' },
  remind: { class: 'now', use: '/remind WHEN: TEXT', help: 'a text at its time; “in 20 minutes: …”' },
  standup: { class: 'now', use: '/standup 9am', help: 'what was done, each weekday' },
  schedules: { class: 'now', use: '/schedules', help: 'all of them; with a number, its last runs' },
  pause: { class: 'now', use: '/pause NUMBER', help: 'no runs; “until 7 Jan” ends it by itself' },
  resume: { class: 'now', use: '/resume NUMBER', help: 'runs again' },
  skip: { class: 'now', use: '/skip NUMBER', help: 'leave out the next run, or a day: “tomorrow”' },
  cancel: { class: 'now', use: '/cancel NUMBER', help: 'end it for good' },
  run: { class: 'now', use: '/run NUMBER', help: 'run it once, now' },
  timezone: { class: 'now', use: '/timezone', help: 'your time zone; /timezone Berlin sets it' },
  quiet: { class: 'now', use: '/quiet 22-7|off', help: 'hours in which I send nothing that can wait' },
  compact: { class: 'turn', use: '/compact', help: 'make a summary of a long conversation and go on' },
  context: { class: 'turn', use: '/context', help: 'what fills the conversation' },
  memory: { class: 'turn', use: '/memory', help: 'what I always remember; with words, add them' },
  mcp: { class: 'turn', use: '/mcp', help: 'the MCP servers of this project' },
} as const satisfies Record<string, Row>;

type Name = keyof typeof COMMANDS;
/** Those the relay answers itself. */
export type CommandName = { [N in Name]: (typeof COMMANDS)[N]['class'] extends 'now' ? N : never }[Name];
/** `rest`: what follows the name, trimmed. */
export type Command = { name: CommandName; rest: string };

const ALIASES: Readonly<Record<string, CommandName>> = { clear: 'new' };

/** The agent's own slash words: never taken for a slip of the pen. */
const AGENT_COMMANDS = new Set(
  `add-dir agents config cost doctor export hooks init login logout permissions plugin
   pr-comments release-notes resume review rewind sandbox security-review skills tasks todos usage vim`.split(/\s+/),
);

export type Situation = {
  /** A turn is open: bare words act. */
  isRunning: boolean;
  /** Deep work goes on: `end` and `done` end it. */
  isDeep?: boolean;
  /** The carrier owns bare words there. */
  isSms: boolean;
  /** The answers an open question offers. */
  options: readonly string[];
};

export type Reading =
  | { kind: 'text' }
  /** An answer to the open question, as it was offered. */
  | { kind: 'option'; option: string }
  | { kind: 'command'; command: Command }
  /** For the machine: a slash word that is not the relay's. */
  | { kind: 'action'; asked: Asked }
  | { kind: 'typo'; meant: string };

/** What a text is, in this order: an option of the open question, a command, a bare word, words for the agent. */
export function readText(text: string, situation: Situation): Reading {
  const bare = text.trim().toLowerCase();
  const option = situation.options.find((each) => each.trim().toLowerCase() === bare);
  if (option !== undefined) return { kind: 'option', option };
  const command = parseCommand(text);
  if (command) return { kind: 'command', command };
  if (situation.isRunning && !situation.isSms && /^(?:stop|cancel)[.!]*$/.test(bare)) {
    return { kind: 'command', command: { name: 'stop', rest: '' } };
  }
  if (situation.isDeep && !situation.isSms && /^(?:end|done)[.!]*$/.test(bare)) {
    return { kind: 'command', command: { name: 'end', rest: '' } };
  }
  const asked = forMachine(text);
  const meant = asked && meantCommand(text);
  if (meant) return { kind: 'typo', meant };
  return asked ? { kind: 'action', asked } : { kind: 'text' };
}

/** The command a text is, or null when the text is for the agent. `/helpx` is not `/help`. */
export function parseCommand(text: string): Command | null {
  const match = /^\s*\/([a-z]+)(?:\s+([\s\S]*))?$/i.exec(text);
  const word = match?.[1]?.toLowerCase() ?? '';
  const name = Object.hasOwn(ALIASES, word) ? ALIASES[word] : word;
  return isNow(name) ? { name, rest: match?.[2]?.trim() ?? '' } : null;
}

const isNow = (name: string | undefined): name is CommandName =>
  name !== undefined && Object.hasOwn(COMMANDS, name) && COMMANDS[name as Name].class === 'now';

/** An unknown slash word that is two letters or less from one of ours and none of the agent's. A path is no slash word. */
function meantCommand(text: string): string | null {
  const word = /^\s*\/([a-z-]{2,12})(?:\s|$)/i.exec(text)?.[1]?.toLowerCase();
  if (word === undefined || AGENT_COMMANDS.has(word) || Object.hasOwn(COMMANDS, word)) return null;
  const near = [...Object.keys(COMMANDS), ...Object.keys(ALIASES)]
    .map((name) => ({ name, apart: lettersApart(word, name) }))
    .filter(({ apart, name }) => apart <= 2 && apart < name.length - 1)
    .sort((a, b) => a.apart - b.apart);
  return near[0]?.name ?? null;
}

/** Letters to add, drop, change or swap with the next to get from one word to the other. */
function lettersApart(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(i - 2, j - 2) + 1
          : Number.POSITIVE_INFINITY;
      (rows[i] as number[])[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped);
    }
  }
  return at(a.length, b.length);
}
