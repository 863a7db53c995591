// The one parser and the one table of what a person can text besides plain words. A command stands at the start, as a
// whole word, in any case; everything else is for the agent, verbatim.

export type CommandName = 'help' | 'status' | 'stop' | 'retry' | 'more' | 'queue' | 'verbose';
/** `rest`: what follows the name, trimmed. */
export type Command = { name: CommandName; rest: string };

/** `now`: answered by the relay at once, also while a turn runs. */
export const COMMANDS: Record<CommandName, { class: 'now'; use: string; help: string }> = {
  help: { class: 'now', use: '/help', help: 'what I understand' },
  status: { class: 'now', use: '/status', help: 'what I am doing and what waits' },
  stop: { class: 'now', use: '/stop', help: 'stop at once; text after it is what I do instead' },
  retry: { class: 'now', use: '/retry', help: 'try again what failed or was stopped' },
  more: { class: 'now', use: '/more', help: 'the next part of a long answer' },
  queue: { class: 'now', use: '/queue collect|steer|queue', help: 'what to do with texts that come while I work' },
  verbose: { class: 'now', use: '/verbose on|off', help: 'show what I write between steps' },
};

/** The agent's own slash words: never taken for a slip of the pen. */
const AGENT_COMMANDS = new Set(
  `add-dir agents clear compact config context cost doctor export hooks init login logout mcp memory model permissions plugin
   pr-comments release-notes resume review rewind sandbox security-review skills tasks todos usage vim`.split(/\s+/),
);

export type Situation = {
  /** A turn is open: bare words act. */
  isRunning: boolean;
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
  | { kind: 'typo'; meant: CommandName };

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
  const meant = meantCommand(text);
  return meant ? { kind: 'typo', meant } : { kind: 'text' };
}

/** The command a text is, or null when the text is for the agent. `/helpx` is not `/help`. */
export function parseCommand(text: string): Command | null {
  const match = /^\s*\/([a-z]+)(?:\s+([\s\S]*))?$/i.exec(text);
  const name = match?.[1]?.toLowerCase();
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) return null;
  return { name: name as CommandName, rest: match?.[2]?.trim() ?? '' };
}

/** An unknown slash word that is two letters or less from one of ours and none of the agent's. A path is no slash word. */
function meantCommand(text: string): CommandName | null {
  const word = /^\s*\/([a-z-]{2,12})(?:\s|$)/i.exec(text)?.[1]?.toLowerCase();
  if (word === undefined || AGENT_COMMANDS.has(word)) return null;
  const near = (Object.keys(COMMANDS) as CommandName[])
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

/** One line per command, for /help. */
export const commandLines = (): string[] => Object.values(COMMANDS).map(({ use, help }) => `${use}: ${help}`);
