import { bySilence } from '../conversation/overview/summary.ts';
import { addDays } from '../conversation/overview/sums.ts';
import type { DayFigures } from '../conversation/state/figures.ts';
import { reasonOf, report } from '../log.ts';
import { withTimeout } from '../timeout.ts';
import { overviewShard, SHARDS } from './namespaces.ts';
import type { LiveCounts, Page, Seen, ShardNow, ShardPlans } from './overview-shard.ts';
import { isDescending, type List, type Place } from './stores/overview-store.ts';

// What the operator's page reads of everybody: it asks the sixteen shards at once and puts their answers together. A
// shard that doesn't answer leaves out its people, and `missing` names it.

const ANSWER_MS = 4_000;

type Settings = Parameters<typeof overviewShard>[1];
type Stub = NonNullable<ReturnType<typeof overviewShard>>;
/** The shards that didn't answer. */
type Missing = { missing: readonly string[] };

/**
 * `live`: people whose work is not over, the silent ones first, then the oldest; `counts`: of all of them.
 * `attention`: people with trouble, of each kind together; `hasMore`: there are others. `awake`: machines.
 */
export type Now = Missing & {
  live: Seen[];
  counts: LiveCounts;
  attention: Seen[];
  hasMore: boolean;
  awake: number;
  today: DayFigures | null;
};
/** `next`: where the next page begins, or null. */
export type People = Missing & { people: Seen[]; next: string | null };
/** Newest first; days without figures are left out. */
export type Days = Missing & { days: DayFigures[] };
export type Plans = Missing & ShardPlans;

/** `limit`: of people at work, and of people with trouble. */
export async function readNow(env: Env, config: Settings, limit: number): Promise<Now> {
  const { answers, missing } = await askShards(env, config, async (shard) => shard.now(limit));
  const all = answers.map(({ answer }) => answer);
  const sum = (of: (shard: ShardNow) => number): number => all.reduce((so, shard) => so + of(shard), 0);
  const troubled = all.map(({ attention }) => attention);
  return {
    missing,
    live: all
      .flatMap(({ live }) => live)
      .sort(bySilence)
      .slice(0, limit),
    counts: {
      waiting: sum(({ counts }) => counts.waiting),
      running: sum(({ counts }) => counts.running),
      asking: sum(({ counts }) => counts.asking),
      silent: sum(({ counts }) => counts.silent),
    },
    attention: merge('attention', troubled, limit).map(({ seen }) => seen),
    hasMore: hasMore(troubled, limit),
    awake: sum(({ awake }) => awake),
    today: addDays(all.map(({ today }) => today))[0] ?? null,
  };
}

/** `after`: `next` of the page before. `search`: beginnings of words of the name, or of the last digits. */
export async function readPeople(
  env: Env,
  config: Settings,
  { list, search, after, limit }: { list: List; search: string; after: string | null; limit: number },
): Promise<People> {
  const place = after === null ? null : placeIn(after);
  const { answers, missing } = await askShards(env, config, async (shard) =>
    shard.people({ list, search, after: place, limit }),
  );
  const pages = answers.map(({ answer }) => answer);
  const shown = merge(search === '' ? list : 'attention', pages, limit);
  const last = shown.at(-1);
  const next = hasMore(pages, limit) && last ? printPlace(last.place) : null;
  return { missing, people: shown.map(({ seen }) => seen), next };
}

/** What is known of one person; null when it is nothing. Throws when the shard doesn't answer. */
export async function readPerson(env: Env, config: Settings, id: string): Promise<Seen | null> {
  const shard = overviewShard(env, config, id.slice(-1));
  return shard === null ? null : withTimeout(ANSWER_MS, Promise.resolve(shard.person(id)));
}

/** Everybody's figures since this day (`2026-11-23`). */
export async function readDays(env: Env, config: Settings, since: string): Promise<Days> {
  const { answers, missing } = await askShards(env, config, async (shard) => shard.days(since));
  return { missing, days: addDays(answers.flatMap(({ answer }) => answer)) };
}

/** Schedules that come up until then, that failed last, and that are paused; at most `limit` of each. */
export async function readPlans(env: Env, config: Settings, until: number, limit: number): Promise<Plans> {
  const { answers, missing } = await askShards(env, config, async (shard) => shard.plans(until, limit));
  const all = <Kind extends keyof ShardPlans>(kind: Kind) => answers.flatMap(({ answer }) => answer[kind]);
  return {
    missing,
    due: all('due')
      .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
      .slice(0, limit),
    failing: all('failing')
      .sort((a, b) => b.failures - a.failures)
      .slice(0, limit),
    paused: all('paused').slice(0, limit),
  };
}

async function askShards<T>(
  env: Env,
  config: Settings,
  ask: (shard: Stub) => Promise<T>,
): Promise<{ answers: { answer: T }[]; missing: string[] }> {
  const asked = await Promise.all(
    SHARDS.map(async (name) => {
      try {
        const shard = overviewShard(env, config, name);
        if (shard === null) throw new Error('the binding OVERVIEW is missing');
        return { name, answer: await withTimeout(ANSWER_MS, ask(shard)) };
      } catch (error) {
        report({ level: 'warn', event: 'shard-silent', shard: name, reason: reasonOf(error) });
        return { name };
      }
    }),
  );
  return {
    answers: asked.flatMap((one) => ('answer' in one ? [{ answer: one.answer as T }] : [])),
    missing: asked.flatMap((one) => ('answer' in one ? [] : [one.name])),
  };
}

const hasMore = (pages: readonly Page[], limit: number): boolean =>
  pages.some(({ isLast }) => !isLast) || pages.reduce((sum, page) => sum + page.people.length, 0) > limit;

/** The first people of all pages in the order of the list. */
function merge(list: List, pages: readonly Page[], limit: number): Page['people'] {
  const way = isDescending(list) ? -1 : 1;
  return pages
    .flatMap(({ people }) => people)
    .sort((a, b) => way * compare(list, a.place, b.place))
    .slice(0, limit);
}

function compare(list: List, a: Place, b: Place): number {
  if (list === 'dearest' && a.key !== b.key) return Number(a.key) - Number(b.key);
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

const printPlace = ({ key, id }: Place): string => `${id}.${key}`;
const placeIn = (text: string): Place => ({
  id: text.slice(0, text.indexOf('.')),
  key: text.slice(text.indexOf('.') + 1),
});
