import { nameCommand } from '../../conversation/commands/command-name.ts';
import { withoutName } from '../../conversation/state/project-labels.ts';
import type { Step } from '../../protocol/index.ts';
import {
  type AttemptItem,
  type FileItem,
  mergeTimeline,
  type OutgoingItem,
  type QuestionItem,
  type ReplyItem,
  type RunItem,
  type TextItem,
  type Timeline,
  type TimelineAsk,
  type TimelineCursor,
  type TurnItem,
} from '../timeline.ts';
import { happened } from './json-columns.ts';
import { select } from './row-store.ts';
import { unpackSteps } from './steps-store.ts';

// Reads a page of the time line. Every query goes through a primary key or an index and has a limit, so a page reads
// the same few hundred rows in a conversation of 50,000 texts.

const LIMIT_MAX = 100;
/** Characters of one text that are shown. */
const WORDS_MAX = 4000;
/** Rows of attempts, questions and files on one page, and tool calls of one attempt; the newest. */
const INSIDE_MAX = 200;

/** Enough of a text for a command's own words. */
const COMMAND_CHARS = 40;

const FIRST: TimelineCursor = { text: Number.MAX_SAFE_INTEGER, reply: Number.MAX_SAFE_INTEGER, turn: '~', run: '~' };

export function readTimeline(sql: SqlStorage, { before, limit, shows }: TimelineAsk, now: number): Timeline {
  const from = before ?? FIRST;
  const most = Math.max(1, Math.min(limit, LIMIT_MAX));
  const texts = textsOf(sql, from.text, most + 1, shows);
  const replies = repliesOf(sql, from.reply, most + 1, shows);
  const turns = turnsOf(sql, from.turn, most + 1);
  const runs = select<RunItem>(
    sql,
    `SELECT 'run' AS kind, coalesce(started_at, ended_at, due_at) AS at, id, schedule, due_at, ended_at, state, note, code
     FROM runs WHERE id < ? ORDER BY id DESC LIMIT ?`,
    from.run,
    most + 1,
  );
  const page = mergeTimeline({ texts, replies, turns, runs }, from, most);
  return { now, ...page, items: withInside(sql, page.items, shows) };
}

const wordsOf = (column: string, shows: boolean): string =>
  `${shows ? `substr(${column}, 1, ${WORDS_MAX})` : 'NULL'} AS words, length(${column}) AS chars`;

/** The channel of an address: a bare number is SMS. */
const schemeOf = (column: string): string =>
  `CASE instr(${column}, ':') WHEN 0 THEN 'sms' ELSE substr(${column}, 1, instr(${column}, ':') - 1) END AS scheme`;

type TextFlags = { isStopped: number; isOwn: number; head: string };
const textsOf = (sql: SqlStorage, before: number, most: number, shows: boolean): TextItem[] =>
  select<Omit<TextItem, 'isStopped' | 'isOwn' | 'command' | 'files'> & TextFlags>(
    sql,
    `SELECT 'text' AS kind, received_at AS at, seq, ${wordsOf('text', shows)}, state, turn, project, action, run,
       ${schemeOf('"from"')},
       stopped_at IS NOT NULL AS is_stopped,
       provider_id LIKE 'own/%' AS is_own, substr(text, 1, ${COMMAND_CHARS}) AS head
     FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
    before,
    most,
  ).map(({ head, ...text }) => ({
    ...text,
    command: nameCommand(head),
    isStopped: text.isStopped === 1,
    isOwn: text.isOwn === 1,
    files: [],
  }));

type Plain = Omit<TurnItem, 'isDeep' | 'happened' | 'attempts' | 'questions' | 'files'>;
const turnsOf = (sql: SqlStorage, before: string, most: number): TurnItem[] =>
  select<Plain & { isDeep: number; happened: string | null }>(
    sql,
    `SELECT 'turn' AS kind, opened_at AS at, id, project, state, ended_at, why, spent AS spent_micros, crashes, restarts,
       deep AS is_deep, run, stopping AS stopping_since, unreachable_since, place, happened, session_id AS session,
       (SELECT started_at FROM sessions AS s WHERE s.id = t.session_id AND started_at >= opened_at
          AND started_at <= coalesce(ended_at, started_at)) AS session_began,
       nullif((SELECT project FROM turns AS p WHERE p.id < t.id ORDER BY p.id DESC LIMIT 1), project) AS came_from
     FROM turns AS t WHERE id < ? ORDER BY id DESC LIMIT ?`,
    before,
    most,
  ).map(({ isDeep, happened: noted, ...turn }) => {
    const inside = { happened: happened.read([noted], 'turns.happened') ?? [], attempts: [], questions: [], files: [] };
    return { ...turn, isDeep: isDeep === 1, ...inside };
  });

type Flags = 'isDoubled' | 'hasFile' | 'hasTemplate' | 'isGiven';
const repliesOf = (sql: SqlStorage, before: number, most: number, shows: boolean): ReplyItem[] =>
  select<Omit<ReplyItem, Flags> & Record<Flags, number>>(
    sql,
    `SELECT 'reply' AS kind, created_at AS at, id, seq, kind AS said, ${wordsOf('body', shows)}, state, turn, run,
       ${schemeOf('"to"')}, attempt AS tries, intent_at AS left_at, error_code, doubled_sid IS NOT NULL AS is_doubled,
       media IS NOT NULL AS has_file, template IS NOT NULL AS has_template, owner IS NOT NULL AS is_given, troubled_since
     FROM replies WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
    before,
    most,
  ).map((reply) => ({
    ...reply,
    isDoubled: reply.isDoubled === 1,
    hasFile: reply.hasFile === 1,
    hasTemplate: reply.hasTemplate === 1,
    isGiven: reply.isGiven === 1,
  }));

/** The texts with their files, and the turns with what happened in them. */
function withInside(sql: SqlStorage, items: Timeline['items'], shows: boolean): Timeline['items'] {
  const seqs = items.flatMap((item) => (item.kind === 'text' ? item.seq : []));
  const ids = items.flatMap((item) => (item.kind === 'turn' ? item.id : []));
  const files = seqs.length === 0 ? [] : filesOf(sql, Math.min(...seqs), Math.max(...seqs), shows);
  // Items are newest first, and so are ids of turns.
  const inside = new Inside(sql, ids.at(-1) ?? '', ids[0] ?? '', shows);
  const nameless = (project: string): string => (shows ? project : withoutName(project));
  const namelessIn = ({ project, cameFrom }: TurnItem): Pick<TurnItem, 'project' | 'cameFrom'> => ({
    project: nameless(project),
    cameFrom: cameFrom && nameless(cameFrom),
  });
  return items.map((item) => {
    if (item.kind === 'text') {
      const own = files.filter((file) => file.message === item.seq);
      const project = item.project === null ? null : nameless(item.project);
      return { ...item, project, files: own.map(({ message: _, ...file }) => file) };
    }
    return item.kind === 'turn' ? { ...item, ...namelessIn(item), ...inside.of(item.id) } : item;
  });
}

const filesOf = (sql: SqlStorage, from: number, to: number, shows: boolean): (FileItem & { message: number })[] =>
  select(
    sql,
    `SELECT message, ${shows ? 'name' : 'NULL AS name'}, type, size, state FROM files WHERE message BETWEEN ? AND ?
     ORDER BY message DESC, n LIMIT ${INSIDE_MAX}`,
    from,
    to,
  );

/** What happened in the turns from `first` to `last`. */
class Inside {
  readonly #attempts: AttemptItem[];
  readonly #questions: QuestionItem[];
  readonly #files: OutgoingItem[];

  constructor(sql: SqlStorage, first: string, last: string, shows: boolean) {
    const steps = new Map(
      select<{ attempt: string; steps: ArrayBuffer }>(
        sql,
        `SELECT attempt, steps FROM steps WHERE attempt >= ? AND attempt < ? ORDER BY attempt DESC LIMIT ${INSIDE_MAX}`,
        `${first}.`,
        `${last}/`,
      ).map(({ attempt, steps: blob }) => [attempt, unpackSteps(blob)]),
    );
    this.#attempts = select<Omit<AttemptItem, 'steps' | 'leftOut'>>(
      sql,
      `SELECT turn, n, state, opened_at, ended_at, outcome, reason, waited_ms FROM attempts WHERE turn BETWEEN ? AND ?
       ORDER BY turn DESC, n DESC LIMIT ${INSIDE_MAX}`,
      first,
      last,
    )
      .map((attempt) => ({ ...attempt, ...newest(steps.get(`${attempt.turn}.${attempt.n}`)) }))
      .reverse();
    this.#questions = select<QuestionItem>(
      sql,
      `SELECT turn, kind AS ask, ${wordsOf('text', shows)}, state, asked_at, answered_at,
         coalesce(answer ->> 'decision', answer ->> 'kind') AS answer
       FROM questions WHERE turn BETWEEN ? AND ? ORDER BY turn DESC LIMIT ${INSIDE_MAX}`,
      first,
      last,
    ).sort((a, b) => a.askedAt - b.askedAt);
    this.#files = select<OutgoingItem>(
      sql,
      `SELECT turn, created_at AS at, ${shows ? 'name' : 'NULL AS name'}, type, size, state FROM outgoing
       WHERE turn BETWEEN ? AND ? ORDER BY turn DESC LIMIT ${INSIDE_MAX}`,
      first,
      last,
    );
  }

  of(id: string): Pick<TurnItem, 'attempts' | 'questions' | 'files'> {
    const isIts = ({ turn }: { turn: string }): boolean => turn === id;
    return {
      attempts: this.#attempts.filter(isIts),
      questions: this.#questions.filter(isIts),
      files: this.#files.filter(isIts),
    };
  }
}

function newest(kept: { steps: Step[]; leftOut: number } | null | undefined): Pick<AttemptItem, 'steps' | 'leftOut'> {
  if (kept == null) return { steps: null, leftOut: 0 };
  const steps = kept.steps.slice(-INSIDE_MAX);
  return { steps, leftOut: kept.leftOut + kept.steps.length - steps.length };
}
