import type { Name } from './command.ts';

// The table of roles: what each command and each further right needs at least. docs/commands.md shows it (a test
// compares), and a refusal names who may.

/** Each role may do everything that the roles before it may. */
export const ROLES = ['guest', 'member', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

export const isAtLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);

const LEAST: Readonly<Record<Name, Role>> = {
  help: 'guest',
  status: 'guest',
  me: 'guest',
  stop: 'guest',
  retry: 'guest',
  more: 'guest',
  queue: 'guest',
  verbose: 'guest',
  project: 'guest',
  github: 'member',
  new: 'guest',
  sessions: 'guest',
  undo: 'guest',
  model: 'guest',
  assistant: 'guest',
  deep: 'guest',
  end: 'guest',
  btw: 'guest',
  approve: 'member',
  deny: 'guest',
  approvals: 'member',
  files: 'guest',
  pr: 'guest',
  checks: 'guest',
  diff: 'guest',
  comment: 'guest',
  watch: 'guest',
  unwatch: 'guest',
  schedule: 'guest',
  remind: 'guest',
  standup: 'guest',
  schedules: 'guest',
  pause: 'guest',
  resume: 'guest',
  skip: 'guest',
  cancel: 'guest',
  run: 'guest',
  timezone: 'guest',
  quiet: 'guest',
  link: 'guest',
  unlink: 'guest',
  reach: 'guest',
  lock: 'guest',
  unlock: 'guest',
  pin: 'guest',
  cost: 'guest',
  budget: 'guest',
  users: 'admin',
  invite: 'admin',
  pair: 'admin',
  block: 'admin',
  unblock: 'admin',
  role: 'admin',
  operator: 'admin',
  nokey: 'guest',
  export: 'guest',
  forget: 'guest',
  compact: 'guest',
  context: 'guest',
  memory: 'guest',
  mcp: 'guest',
};

/** Rights that are more than a command: approvals that the agent asks for, and what reaches other people. */
export const RIGHTS = {
  'approve what the agent asks': 'member',
  'schedule texts for other people': 'admin',
  'raise budgets': 'admin',
  'lock and unlock other people': 'admin',
  'make, change and block admins': 'owner',
} as const satisfies Record<string, Role>;
export type Right = keyof typeof RIGHTS;

export const leastRoleFor = (name: Name): Role => LEAST[name];
export const mayUse = (role: Role, name: Name): boolean => isAtLeast(role, LEAST[name]);
export const hasRight = (role: Role, right: Right): boolean => isAtLeast(role, RIGHTS[right]);
