import * as z from 'zod/mini';
import { CONNECT_WAYS } from '../../conversation/policy/connections.ts';
import type { Assistant } from '../../conversation/policy/policy.ts';
import type { Access } from '../../conversation/state/access-row.ts';
import type { Address, KeptText } from '../../conversation/state/address.ts';
import type { Asking } from '../../conversation/state/asking.ts';
import type { Archive } from '../../conversation/state/backup.ts';
import {
  CONNECTION_KINDS,
  type Connecting,
  type Connection,
  type Repository,
} from '../../conversation/state/connections.ts';
import type { Diff } from '../../conversation/state/diff-rows.ts';
import { EXPORT_STEPS, type Exporting } from '../../conversation/state/exporting.ts';
import { type Figures, NO_FIGURES } from '../../conversation/state/figures.ts';
import { FORGET_STEPS, type Forgetting } from '../../conversation/state/forgetting.ts';
import type { MachineRow, PreviousSetup } from '../../conversation/state/machine.ts';
import type { Offer } from '../../conversation/state/offer.ts';
import type { Outage } from '../../conversation/state/outage.ts';
import type { OutgoingFile } from '../../conversation/state/outgoing-file.ts';
import { type KnownPull, type PullNews, WATCHED, type Watches } from '../../conversation/state/pull-request-rows.ts';
import type {
  Attempt,
  ConversationRow,
  DeepWork,
  Grant,
  InboundFile,
  Message,
  Page,
  Project,
  Question,
  Reply,
  Session,
  Turn,
} from '../../conversation/state/rows.ts';
import type { Delivery, Run, Schedule } from '../../conversation/state/schedule-rows.ts';
import type { Timer } from '../../conversation/state/timers.ts';
import type { Window } from '../../conversation/state/window.ts';
import { GIT_PERMISSIONS } from '../../git/permissions.ts';
import { JOIN_HOW } from '../../input/access-command.ts';
import { ROLES } from '../../input/roles.ts';
import { type Budgets, NO_BUDGETS } from '../../money/budget.ts';
import { BUDGET_STOPS, MODEL_TROUBLES, NO_SPENDING, type Spending } from '../../money/spending.ts';
import { Answer } from '../../protocol/index.ts';
import type { QuietHours } from '../../recurrence/quiet-hours.ts';
import type { Rule } from '../../recurrence/rule.ts';
import { changed } from './changed-columns.ts';
import { happened, threads } from './json-columns.ts';
import { merging } from './merging-column.ts';
import { flag, group, groupOrNull, json, jsonOr, nullOr, Table } from './row-store.ts';

// The tables of one conversation: their keys, and the columns that SQLite can't store as the rows have them. They are in
// one file because several stores read one table. A schedule's rule and task must parse, and so
// must a person's access. All other JSON is an offer, a
// note or an answer, and the person can be served without it.

const Strings: z.ZodMiniType<readonly string[]> = z.array(z.string());
// Unknown keys are kept: a newer release may have written them.
const Asks: z.ZodMiniType<Asking> = z.intersection(
  z.looseObject({ id: z.string(), at: z.number(), passed: z.exactOptional(z.literal(true)) }),
  z.discriminatedUnion('ask', [
    z.looseObject({ ask: z.literal('zone'), pending: z.string(), zones: Strings }),
    z.looseObject({ ask: z.literal('move'), from: z.string(), to: z.string() }),
    z.looseObject({ ask: z.literal('forget'), carrier: z.boolean() }),
    z.looseObject({ ask: z.literal('meant'), says: z.string() }),
    z.looseObject({ ask: z.literal('permission'), project: z.string(), permission: z.enum(GIT_PERMISSIONS) }),
    z.looseObject({ ask: z.literal('unlink'), address: z.string() }),
    z.looseObject({ ask: z.literal('join'), code: z.string(), how: z.exactOptional(z.enum(JOIN_HOW)) }),
    z.looseObject({ ask: z.literal('merge'), project: z.string(), number: z.number(), head: z.string() }),
  ]),
);
const Carrier: z.ZodMiniType<Outage> = z.looseObject({
  since: z.number(),
  tries: z.number(),
  unheard: z.exactOptional(z.number()),
  failure: z.nullable(z.enum(['rate', 'account'])),
  code: z.nullable(z.number()),
  notBefore: z.number(),
  sender: z.nullable(z.string()),
  waits: z.boolean(),
  calledAt: z.exactOptional(z.number()),
  news: z.nullable(z.enum(['refuses', 'takes', 'leaves'])),
});
const Standing: z.ZodMiniType<Access> = z.looseObject({
  role: z.nullable(z.enum(ROLES)),
  admitted: z.boolean(),
  state: z.enum(['in', 'locked', 'blocked']),
  because: z.nullable(z.enum(['asked', 'silent'])),
  pin: z.nullable(z.string()),
  wrong: z.number(),
  waitUntil: z.number(),
  toldAt: z.number(),
  refusedAt: z._default(z.nullable(z.number()), null),
  word: z.nullable(z.string()),
  op: z._default(z.nullable(z.string()), null),
  asks: z._default(
    z.nullable(z.looseObject({ day: z.string(), count: z.number(), wish: z.nullable(z.string()) })),
    null,
  ),
  name: z.nullable(z.string()),
  day: z.nullable(z.string()),
  texts: z.number(),
});
const Connects: z.ZodMiniType<Connecting> = z.looseObject({
  id: z.string(),
  host: z.string(),
  way: z.enum(CONNECT_WAYS),
  step: z.enum(['link', 'away', 'polling', 'found']),
  at: z.number(),
  expiresAt: z.number(),
  device: z.nullable(z.looseObject({ sealed: z.string(), intervalMs: z.number() })),
  found: z.nullable(
    z.looseObject({
      kind: z.enum(CONNECTION_KINDS),
      login: z.string(),
      name: z.nullable(z.string()),
      email: z.nullable(z.string()),
      sealed: z.string(),
      expiresAt: z.nullable(z.number()),
      code: z.string(),
    }),
  ),
  tries: z.number(),
  pending: z.nullable(z.string()),
});
const Bound: z.ZodMiniType<Repository> = z.looseObject({
  host: z.string(),
  path: z.string(),
  id: z.nullable(z.string()),
  defaultBranch: z.nullable(z.string()),
  isPrivate: z.nullable(z.boolean()),
  sizeKb: z.nullable(z.number()),
});
const Choices: z.ZodMiniType<Offer> = z.looseObject({
  question: z.string(),
  text: z.string(),
  items: z.array(z.looseObject({ id: z.string(), title: z.string() })),
  content: z._default(z.nullable(z.string()), null),
});
const Amounts = z.looseObject({ model: z.number(), carrier: z.number(), machine: z.number() });
const Spent: z.ZodMiniType<Spending> = z.looseObject({
  day: z.string(),
  month: z.string(),
  today: Amounts,
  thisMonth: Amounts,
  turns: z._default(z.array(z.looseObject({ id: z.string(), micros: z.number() })), []),
  projects: z.record(z.string(), z.looseObject({ day: z.number(), month: z.number() })),
  open: z.array(
    z.looseObject({
      id: z.string(),
      turn: z.string(),
      project: z.string(),
      model: z.string(),
      reserve: z.number(),
      at: z.number(),
    }),
  ),
  settled: z.array(z.looseObject({ id: z.string(), micros: z.number(), project: z.string(), isEstimate: z.boolean() })),
  estimates: z._default(z.number(), 0),
  means: z.record(z.string(), z.tuple([z.number(), z.number()])),
  warned: z.array(z.string()),
  dearest: z._default(
    z.array(z.looseObject({ turn: z.string(), project: z.string(), at: z.number(), micros: z.number() })),
    [],
  ),
  warning: z.nullable(z.string()),
  stopped: z.array(z.looseObject({ turn: z.string(), why: z.enum(BUDGET_STOPS) })),
  total: z.number(),
  lease: z._default(z.nullable(z.looseObject({ until: z.number(), at: z.number() })), null),
  trouble: z._default(z.nullable(z.looseObject({ kind: z.enum(MODEL_TROUBLES), at: z.number() })), null),
  refused: z._default(z.nullable(z.looseObject({ at: z.number(), again: z.number() })), null),
});
const Limited = z.looseObject({
  turn: z.nullable(z.number()),
  day: z.nullable(z.number()),
  month: z.nullable(z.number()),
});
const Today = z.nullable(z.looseObject({ day: z.string(), micros: z.number() }));
const Chosen = { person: Limited, today: Today };
const Allowed: z.ZodMiniType<Budgets> = z.looseObject({
  ...Chosen,
  projects: z.record(z.string(), z.extend(Limited, { today: z.optional(Today) })),
  own: z.optional(z.looseObject(Chosen)),
});
const Buckets = z.record(z.string(), z.number());
const Counts: z.ZodMiniType<Figures> = z.looseObject({
  days: z.array(
    z.looseObject({
      day: z.string(),
      models: Buckets,
      carrier: z.number(),
      machine: z.number(),
      turns: z.number(),
      failed: z.number(),
      waits: z.looseObject({ typing: Buckets, agent: Buckets, words: Buckets }),
    }),
  ),
  counted: z.nullable(z.string()),
  failing: z.boolean(),
});
const Exports: z.ZodMiniType<Exporting> = z.looseObject({
  id: z.string(),
  at: z.number(),
  step: z.enum(EXPORT_STEPS),
  cursor: z.nullable(z.string()),
  upload: z.nullable(z.string()),
  size: z.nullable(z.number()),
  tries: z.number(),
  restarts: z.number(),
  expiresAt: z.nullable(z.number()),
  link: z.nullable(z.looseObject({ id: z.string(), isSent: z.boolean() })),
  // A row of the release before is the person's own copy.
  wantsLink: z._default(z.boolean(), true),
  asked: z._default(z.nullable(z.looseObject({ from: z.string(), to: z.string() })), null),
});
const Forgets: z.ZodMiniType<Forgetting> = z.looseObject({
  id: z.string(),
  since: z.number(),
  carrier: z.boolean(),
  step: z.enum(FORGET_STEPS),
  stepSince: z.number(),
  cursor: z.nullable(z.string()),
  tries: z.number(),
  left: z.number(),
  answeredAt: z.nullable(z.number()),
});
const Previous: z.ZodMiniType<PreviousSetup> = z.looseObject({
  image: z.nullable(z.string()),
  settings: z.nullable(z.string()),
});
const Recurrence: z.ZodMiniType<Rule> = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('cron'), cron: z.string() }),
  z.looseObject({
    kind: z.literal('interval'),
    every: z.number(),
    unit: z.enum(['minutes', 'days', 'weeks']),
    anchor: z.number(),
  }),
  z.looseObject({ kind: z.literal('once'), at: z.number() }),
]);

const Watching: z.ZodMiniType<Watches> = z.looseObject({
  own: z.array(z.enum(WATCHED)),
  others: z.array(z.enum(WATCHED)),
});
const News: z.ZodMiniType<readonly PullNews[]> = z.array(
  z.discriminatedUnion('what', [
    z.looseObject({ what: z.literal('checks'), names: Strings }),
    z.looseObject({
      what: z.literal('review'),
      verdict: z.enum(['approved', 'changes', 'comments']),
      author: z.string(),
    }),
    z.looseObject({ what: z.literal('merged') }),
    z.looseObject({ what: z.literal('closed') }),
  ]),
);

/** An object as this or the next release wrote it. */
const Stored: z.ZodMiniType<unknown> = z.looseObject({});

const answer = jsonOr(Answer, null);

/** The table has one row. Its id is used only here. */
export const conversations = new Table<ConversationRow>(
  'conversation',
  [],
  {
    verbose: flag,
    welcomed: flag,
    deep: groupOrNull<DeepWork>({ project: 'deep_project', since: 'deep_since' }, { textAt: 'deep_text_at' }),
    assistant: group<Assistant>({ name: 'assistant_name', tone: 'assistant_tone' }),
    spending: jsonOr<Spending, Spending>(Spent, NO_SPENDING),
    budgets: jsonOr<Budgets, Budgets>(Allowed, NO_BUDGETS),
    showsCost: flag,
    quiet: groupOrNull<QuietHours>({ from: 'quiet_from', to: 'quiet_to' }, {}),
    asking: jsonOr(Asks, null),
    outage: jsonOr(Carrier, null),
    // Nothing may go on as before when it doesn't parse.
    forgetting: nullOr(Forgets),
    merging,
    threads,
    exporting: nullOr(Exports),
    access: json(z.nullable(Standing)),
    connecting: jsonOr(Connects, null),
    figures: jsonOr<Figures, Figures>(Counts, NO_FIGURES),
  },
  // The release before counts there what the agent says it cost.
  ['id', 'cost_day', 'cost_usd'],
);
export const addresses = new Table<Address>('addresses', ['address'], {});
export const keptTexts = new Table<KeptText>('kept_texts', ['providerId'], {
  message: json(Stored as z.ZodMiniType<Message>),
  files: json(z.array(Stored) as unknown as z.ZodMiniType<readonly InboundFile[]>),
  heard: json(Stored as z.ZodMiniType<Readonly<Record<string, unknown>>>),
});
export const machines = new Table<MachineRow>('machine', [], { previous: jsonOr(Previous, null) }, ['id']);
export const connections = new Table<Connection>('connections', ['host'], {});
export const projects = new Table<Project>('projects', ['id'], {
  hinted: flag,
  // Nothing may go on without it when it doesn't parse.
  repository: nullOr(Bound),
  watches: jsonOr(Watching, null),
});
export const diffs = new Table<Diff>('diffs', ['id'], { isCut: flag });
export const pulls = new Table<KnownPull>('pull_requests', ['project', 'number'], {
  isDraft: flag,
  isOurs: flag,
  isShown: flag,
  news: jsonOr<readonly PullNews[], readonly PullNews[]>(News, []),
  told: jsonOr<readonly string[], readonly string[]>(Strings, []),
});
export const sessions = new Table<Session>('sessions', ['id'], {});
export const archives = new Table<Archive>('archives', ['kind', 'id'], { leftOut: jsonOr(Strings, null) });
export const files = new Table<InboundFile>('files', ['message', 'n'], {});
export const outgoing = new Table<OutgoingFile>('outgoing', ['id'], { answer });
export const questions = new Table<Question>('questions', ['id'], {
  options: jsonOr<readonly string[], readonly string[]>(Strings, []),
  answer,
});
export const grants = new Table<Grant>('grants', ['project', 'rule'], {});
export const messages = new Table<Message>('messages', ['seq'], { tried: flag, steered: flag, changed });
export const turns = new Table<Turn>('turns', ['id'], {
  toldUnreachable: flag,
  toldWaiting: flag,
  toldFull: flag,
  deep: flag,
  toldPlace: flag,
  happened,
});
export const attempts = new Table<Attempt>('attempts', ['turn', 'n'], {});
export const replies = new Table<Reply>('replies', ['id'], { choices: jsonOr(Choices, null) });
export const windows = new Table<Window>('windows', ['sender'], {});
export const pages = new Table<Page>('pages', ['id'], {});
export const timers = new Table<Timer>('timers', ['kind', 'ref'], {});
export const schedules = new Table<Schedule>('schedules', ['id'], {
  isolated: flag,
  standup: flag,
  toldWindow: flag,
  rule: json(Recurrence),
  skips: json(Strings),
  recipients: json(Strings),
});
/** `n` counts the runs of a schedule, so that old ones can be found. */
export const runs = new Table<Run>('runs', ['id'], { wasHeld: flag }, ['n']);
export const deliveries = new Table<Delivery>('deliveries', ['run', 'address', 'part'], {});
