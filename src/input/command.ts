import { saysStop } from './consent.ts';
import { type MachineCommand, readMachineCommand } from './machine-command.ts';
import { findMisspelt } from './nearest-name.ts';

// The only parser and the only table of commands and bare words. A command stands at the start of a text, as a whole
// word, in any case. Everything else goes to the agent word for word.

type Row = { class: 'now' | 'turn'; use: string; help: string };

/** `now`: the relay answers at once, even while a turn runs. `turn`: the machine answers, in a turn of its own. */
export const COMMANDS = {
  help: { class: 'now', use: '/help', help: 'what you can text me' },
  status: { class: 'now', use: '/status', help: 'what I’m doing and what’s waiting' },
  me: { class: 'now', use: '/me', help: 'who you are here, and who can read this' },
  stop: { class: 'now', use: '/stop', help: 'stop right away; text after it is what I do instead' },
  retry: { class: 'now', use: '/retry', help: 'try again what failed or was stopped' },
  more: { class: 'now', use: '/more', help: 'the next part of a long answer' },
  queue: { class: 'now', use: '/queue collect|steer|queue', help: 'what happens to texts you send while I work' },
  verbose: { class: 'now', use: '/verbose on|off', help: 'show my progress while I work' },
  project: { class: 'now', use: '/project', help: 'list, switch, new, clone, rename, archive, restore' },
  github: { class: 'now', use: '/github', help: 'connect GitHub (or /git HOST); off disconnects' },
  new: { class: 'now', use: '/new', help: 'start a new conversation (or /clear); text after it is your first message' },
  sessions: { class: 'now', use: '/sessions', help: 'earlier conversations; with a number, go back to one' },
  undo: { class: 'now', use: '/undo', help: 'undo your last message and what I did for it' },
  model: { class: 'now', use: '/model', help: 'which model this project uses' },
  assistant: { class: 'now', use: '/assistant', help: 'my name and tone' },
  deep: { class: 'now', use: '/deep', help: 'start a long piece of work together; your texts reach me right away' },
  end: { class: 'now', use: '/end', help: 'end deep work; I save the results and send a summary' },
  btw: { class: 'now', use: '/btw QUESTION', help: 'ask something on the side while I work' },
  approve: { class: 'now', use: '/approve', help: 'yes to what I asked' },
  deny: { class: 'now', use: '/deny', help: 'no to what I asked; text after it is the reason' },
  pr: { class: 'now', use: '/pr', help: 'open pull requests; /pr 12 shows one, /pr merge 12 merges it' },
  checks: { class: 'now', use: '/checks', help: 'the checks of the newest pull request, or of /checks 12' },
  diff: {
    class: 'now',
    use: '/diff',
    help: 'a page with the changes of the newest pull request, of /diff 12, or of work that is in none',
  },
  comment: { class: 'now', use: '/comment', help: 'what the page of /diff writes for you when you comment on a line' },
  watch: { class: 'now', use: '/watch', help: 'what I tell you of pull requests; /watch reviews adds something' },
  unwatch: { class: 'now', use: '/unwatch', help: 'what I no longer tell you of pull requests' },
  approvals: { class: 'now', use: '/approvals', help: 'what’s always allowed, and how to revoke it' },
  files: { class: 'now', use: '/files', help: 'what’s in the project; /files send PATH sends you a file' },
  schedule: { class: 'now', use: '/schedule WHEN: TASK', help: 'what I do at set times: “every weekday at 9am: …”' },
  remind: { class: 'now', use: '/remind WHEN: TEXT', help: 'a text at a set time: “in 20 minutes: …”' },
  standup: { class: 'now', use: '/standup 9am', help: 'what was done, every weekday' },
  schedules: { class: 'now', use: '/schedules', help: 'all schedules; with a number, its latest runs' },
  pause: { class: 'now', use: '/pause NUMBER', help: 'pause a schedule; “until 7 Jan” resumes it then' },
  resume: { class: 'now', use: '/resume NUMBER', help: 'resume a paused schedule' },
  skip: { class: 'now', use: '/skip NUMBER', help: 'skip the next run, or a day: “tomorrow”' },
  cancel: { class: 'now', use: '/cancel NUMBER', help: 'end a schedule for good' },
  run: { class: 'now', use: '/run NUMBER', help: 'run a schedule once, now' },
  timezone: { class: 'now', use: '/timezone', help: 'your time zone; /timezone Berlin sets it' },
  quiet: { class: 'now', use: '/quiet 22-7|off', help: 'hours when I send nothing that can wait' },
  link: { class: 'now', use: '/link', help: 'a code that makes another phone or channel yours' },
  unlink: { class: 'now', use: '/unlink', help: 'take an address of yours away again' },
  reach: { class: 'now', use: '/reach telegram|auto', help: 'where schedules, reminders, news and alerts go' },
  lock: { class: 'now', use: '/lock', help: 'lock this conversation at once, for example when a phone is lost' },
  unlock: { class: 'now', use: '/unlock PIN', help: 'open a locked conversation again' },
  pin: {
    class: 'now',
    use: '/pin 1234',
    help: 'set a PIN that unlocks; /pin OLD NEW changes it, /pin off OLD removes it',
  },
  cost: { class: 'now', use: '/cost', help: 'what I’ve cost today and this month; on or off shows it below answers' },
  budget: { class: 'now', use: '/budget', help: 'what may be spent; /budget 10 today changes it' },
  users: { class: 'now', use: '/users', help: 'who may text me, with their numbers' },
  invite: { class: 'now', use: '/invite guest', help: 'a code that lets somebody in, as member or guest' },
  pair: { class: 'now', use: '/pair CODE', help: 'let in the person who told you this code' },
  block: { class: 'now', use: '/block NUMBER', help: 'keep a person out from now on' },
  unblock: { class: 'now', use: '/unblock NUMBER', help: 'let a blocked person in again' },
  role: { class: 'now', use: '/role NUMBER guest', help: 'make somebody a guest, member, admin or owner' },
  operator: { class: 'now', use: '/operator', help: 'a link to the operator’s page; off ends your logins there' },
  nokey: { class: 'now', use: '/nokey TEXT', help: 'send me a text as it is, even if part of it looks like a key' },
  export: { class: 'now', use: '/export', help: 'a copy of everything I have of yours, by link' },
  forget: { class: 'now', use: '/forget', help: 'delete everything I have of yours' },
  compact: { class: 'turn', use: '/compact', help: 'summarize a long conversation and continue' },
  context: { class: 'turn', use: '/context', help: 'how full the conversation is' },
  memory: {
    class: 'turn',
    use: '/memory',
    help: 'what I always remember; text after it is added, after “forget” removed',
  },
  mcp: { class: 'turn', use: '/mcp', help: 'this project’s MCP servers' },
} as const satisfies Record<string, Row>;

export type Name = keyof typeof COMMANDS;
/** The commands that the relay itself answers. */
export type CommandName = { [N in Name]: (typeof COMMANDS)[N]['class'] extends 'now' ? N : never }[Name];
/** `rest`: the text after the name, trimmed. */
export type Command = { name: CommandName; rest: string };

export const ALIASES: Readonly<Record<string, CommandName>> = { clear: 'new', projects: 'project', git: 'github' };

/** The agent's own slash words, never taken for a typing mistake. */
const AGENT_COMMANDS = new Set(
  `add-dir agents config doctor export hooks init login logout permissions plugin
   pr-comments release-notes resume review rewind sandbox security-review skills tasks todos usage vim`.split(/\s+/),
);

export type Situation = {
  /** A turn is open: bare words act. */
  isRunning: boolean;
  /** Deep work is on: `end` and `done` end it. */
  isDeep?: boolean;
  /** The carrier acts on bare words itself. */
  optOutWords: boolean;
  /** The answers an open question offers. */
  options: readonly string[];
};

export type Reading =
  | { kind: 'text' }
  /** An option of the open question, as offered. */
  | { kind: 'option'; option: string }
  | { kind: 'command'; command: Command }
  /** A slash word for the machine, because the relay doesn't know it. */
  | { kind: 'action'; asked: MachineCommand }
  | { kind: 'typo'; meant: string };

/** Reads a text as the first of: an option of the open question, a command, a bare word, words for the agent. */
export function readText(text: string, situation: Situation): Reading {
  const bare = text.trim().toLowerCase();
  const option = situation.options.find((each) => each.trim().toLowerCase() === bare);
  if (option !== undefined) return { kind: 'option', option };
  const command = parseCommand(text);
  if (command) return { kind: 'command', command };
  if (/^\?{1,3}$/.test(bare)) return { kind: 'command', command: { name: 'help', rest: '' } };
  const isCarriers = situation.optOutWords && /^(?:stop|cancel[.!]*)$/.test(bare);
  if (situation.isRunning && !isCarriers && (saysStop(text) || /^cancel[.!]*$/.test(bare))) {
    return { kind: 'command', command: { name: 'stop', rest: '' } };
  }
  if (situation.isDeep && !situation.optOutWords && /^(?:end|done)[.!]*$/.test(bare)) {
    return { kind: 'command', command: { name: 'end', rest: '' } };
  }
  const asked = readMachineCommand(text);
  const meant = asked && meantCommand(text);
  if (meant) return { kind: 'typo', meant };
  return asked ? { kind: 'action', asked } : { kind: 'text' };
}

/** The command in a text, or null if the text is for the agent. `/helpx` is not `/help`. */
export function parseCommand(text: string): Command | null {
  const match = /^\s*\/([a-z]+)[.!]*(?:\s+([\s\S]*))?$/i.exec(text);
  const word = match?.[1]?.toLowerCase() ?? '';
  const name = Object.hasOwn(ALIASES, word) ? ALIASES[word] : word;
  const rest = match?.[2]?.trim() ?? '';
  if (!isNow(name)) return null;
  // "/stop please" asks for nothing else.
  return { name, rest: name === 'stop' && saysStop(`stop ${rest}`) ? '' : rest };
}

const isNow = (name: string | undefined): name is CommandName =>
  name !== undefined && Object.hasOwn(COMMANDS, name) && COMMANDS[name as Name].class === 'now';

/** `/pni 4821`, `/unlock4821`: a misspelt command with nothing but PINs. Null for anything else. */
export function readMisspeltPin(text: string): Command | null {
  const [, word = '', rest = ''] =
    /^\s*\/([a-z-]{2,12}?)[\s:=-]*((?:off\s+)?\d{4,8}(?:\s+\d{4,8})?)\s*$/i.exec(text.slice(0, 100)) ?? [];
  const name = isNow(word.toLowerCase()) ? word.toLowerCase() : (meantCommand(`/${word}`) ?? undefined);
  return isNow(name) ? { name, rest } : null;
}

/**
 * The command that an unknown slash word may mean: at most two letters away, and no command of the agent. A path isn't
 * a slash word.
 */
function meantCommand(text: string): string | null {
  const word = /^\s*\/([a-z-]{2,12})(?:\s|$)/i.exec(text)?.[1]?.toLowerCase();
  if (word === undefined || AGENT_COMMANDS.has(word) || Object.hasOwn(COMMANDS, word)) return null;
  return findMisspelt(word, [...Object.keys(COMMANDS), ...Object.keys(ALIASES)]);
}
