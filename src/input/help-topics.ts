import { ALIASES, COMMANDS, type Name } from './command.ts';
import { findNearest } from './nearest-name.ts';
import { mayUse, type Role } from './roles.ts';

// The topics of /help and the commands in each, and what the words after /help refer to.

/** The titles on the buttons of a list, at most 24 characters each; people type them too. */
export const HELP_TOPICS = {
  work: 'While I work',
  projects: 'Projects',
  schedules: 'Schedules',
  deep: 'Deep work',
  files: 'Answers and files',
  questions: 'Questions I ask',
  repositories: 'Repositories',
  settings: 'Settings',
  costs: 'Costs and budgets',
  access: 'Who may text me',
} as const;

export type HelpTopic = keyof typeof HELP_TOPICS;

const MEMBERS: Record<HelpTopic, readonly Name[]> = {
  work: ['status', 'stop', 'retry', 'btw', 'queue', 'verbose', 'help'],
  projects: ['project', 'new', 'sessions', 'undo', 'compact', 'context'],
  schedules: [
    'schedule',
    'remind',
    'standup',
    'schedules',
    'pause',
    'resume',
    'skip',
    'cancel',
    'run',
    'timezone',
    'quiet',
    'reach',
  ],
  deep: ['deep', 'end'],
  files: ['more', 'files'],
  questions: ['approve', 'deny', 'approvals'],
  repositories: ['github', 'pr', 'checks', 'diff', 'comment', 'watch', 'unwatch'],
  settings: ['me', 'model', 'assistant', 'memory', 'mcp', 'nokey', 'export', 'forget'],
  costs: ['cost', 'budget'],
  access: [
    'link',
    'unlink',
    'lock',
    'unlock',
    'pin',
    'users',
    'invite',
    'pair',
    'block',
    'unblock',
    'role',
    'operator',
  ],
};
export const TOPICS = Object.keys(MEMBERS) as HelpTopic[];

/** The commands of a topic that the role may use: how each is typed, and what it does. */
export const listHelpLines = (topic: HelpTopic, role: Role): { use: string; help: string }[] =>
  namesFor(topic, role).map((name) => COMMANDS[name]);

const namesFor = (topic: HelpTopic, role: Role): Name[] => MEMBERS[topic].filter((name) => mayUse(role, name));

/** The names of its commands, as far as there is room for whole ones. */
export function summariseTopic(topic: HelpTopic, role: Role, most: number): string {
  const [first, ...others] = namesFor(topic, role).map((name) => `/${name}`);
  return others.reduce((line, name) => (line.length + name.length + 5 > most ? line : `${line}, ${name}`), first ?? '');
}

export type HelpRequest =
  | { kind: 'overview' }
  | { kind: 'topic'; topic: HelpTopic }
  | { kind: 'command'; name: Name; topic: HelpTopic }
  /** `meant`: the nearest topic or command. */
  | { kind: 'unknown'; named: string; meant: string | null };

/** A word that several commands share opens their topic. */
const ALSO: Readonly<Record<string, HelpTopic>> = { schedule: 'schedules', project: 'projects', question: 'questions' };

/** `rest`: what follows /help. */
export function readHelp(rest: string): HelpRequest {
  const named = rest.replace(/^\//, '').trim().toLowerCase();
  // “help me” isn't about the command /me.
  if (!rest.startsWith('/') && /^(?:please|me)?[.!]*$/.test(named)) return { kind: 'overview' };
  const topic = topicNamed(named);
  if (topic) return { kind: 'topic', topic };
  const word = Object.hasOwn(ALIASES, named) ? (ALIASES[named] ?? named) : named;
  const name = NAMES.find((each) => each === word);
  if (name) return { kind: 'command', name, topic: TOPICS.find((each) => MEMBERS[each].includes(name)) ?? 'work' };
  return { kind: 'unknown', named, meant: findNearest(named, [...TOPICS, ...NAMES]) };
}

const NAMES = Object.keys(COMMANDS) as Name[];

function topicNamed(named: string): HelpTopic | null {
  const isIt = (topic: HelpTopic): boolean => topic === named || HELP_TOPICS[topic].toLowerCase() === named;
  return TOPICS.find(isIt) ?? (Object.hasOwn(ALSO, named) ? (ALSO[named] ?? null) : null);
}
