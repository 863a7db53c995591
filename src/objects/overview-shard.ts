import { DurableObject } from 'cloudflare:workers';
import { readConfig } from '../config/config.ts';
import { bySilence, type Live, lastingOf, readWords, type Summary, wordsOf } from '../conversation/overview/summary.ts';
import { addDays, addFigures, rankOf } from '../conversation/overview/sums.ts';
import { type DayFigures, emptyDay } from '../conversation/state/figures.ts';
import { dateOf } from '../recurrence/zones.ts';
import { DAY } from '../units.ts';
import { migrateOverview } from './migrations.ts';
import {
  type Kept,
  type List,
  type Listed,
  OverviewStore,
  type PersonRow,
  type Place,
  type Plan,
  type PlanRow,
} from './stores/overview-store.ts';

// A sixteenth of the overview: what the conversations whose ids end with its digit told about themselves. A turn
// writes two rows: one when it has lasted for some seconds, so that a restart of the shard knows it, and one when it has
// ended. What changes meanwhile is in memory, and comes back with the next telling.

/** A person as the overview shows them. `silent`: their work is not over, and they told nothing for long. */
export type Seen = Kept & { live: (Live & { silent: boolean }) | null };
export type Page = { people: { seen: Seen; place: Place }[]; isLast: boolean };
/** How many people have work of each kind. `silent`: of those that are running or asking. */
export type LiveCounts = Record<Live['state'] | 'silent', number>;
/** `live`: the silent ones first, then the oldest. `awake`: machines. `today`: of work under way as well. */
export type ShardNow = { live: Seen[]; counts: LiveCounts; attention: Page; awake: number; today: DayFigures };
export type ShardPlans = { due: PlanRow[]; failing: PlanRow[]; paused: PlanRow[] };
export type Query = { list: List; after: Place | null; limit: number; search?: string };

/** Running work is told once a minute. A shard that has just started may not have heard of it yet. */
const SILENT_AFTER_MS = 5 * 60_000;
const HEARD_AFTER_MS = 90_000;
const LIMIT_MAX = 200;
/** Of more work than this the shard knows after a restart with its next telling. */
const BEGUN_MAX = 300;
const KEPT_DAYS = 400;

export class OverviewShard extends DurableObject<Env> {
  readonly #store: OverviewStore;
  readonly #startedAt = Date.now();
  /** Work that is not over, as it was told last; null until it is read. */
  #known: Map<string, Summary & { at: number }> | null = null;
  /** The figures of days that aren't closed; null until a page asks for them. */
  #open: Map<string, DayFigures> | null = null;
  /** The last day that is closed; null until it is known. */
  #through: string | null = null;
  /** Ids of people whose machine is awake; null until a page asks. */
  #awake: Set<string> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new OverviewStore(ctx.storage);
    ctx.blockConcurrencyWhile(async () => migrateOverview(ctx.storage));
  }

  /** Takes what a conversation tells. True: its schedules are known as they are. */
  tell(summary: Summary): boolean {
    const { id } = summary.person;
    const at = Date.now();
    this.ctx.storage.transactionSync(() => {
      this.#closeDays();
      const row = this.#store.person(id);
      const before = this.#live.get(id);
      const isPut = isRowDue(row, summary);
      if (isPut) this.#put(row, summary, at);
      this.#count((before ?? (row === null ? null : keptOf(row)))?.days ?? [], summary.days);
      if (summary.live === null) this.#live.delete(id);
      else this.#live.set(id, { ...summary, at });
      const isBegun = summary.live !== null && summary.live.turn !== before?.live?.turn;
      // The row of a person says that their work has ended; without one the list does.
      if (isBegun || (before && summary.live === null && !isPut)) this.#putBegun();
    });
    if (summary.machine?.awakeSince == null) this.#awake?.delete(id);
    else this.#awake?.add(id);
    return this.#store.plansKey(id) === summary.plans;
  }

  /** Takes all schedules of a person that aren't over. */
  tellPlans(id: string, key: string, plans: readonly Plan[]): void {
    this.ctx.storage.transactionSync(() => this.#store.putPlans(id, key, plans));
  }

  /** Deletes all that is known of a person. What they spent stays in the sums of everybody. */
  forget(id: string): void {
    this.ctx.storage.transactionSync(() => {
      const row = this.#store.person(id);
      const through = this.#closeDays();
      if (row) for (const day of keptOf(row).days) if (day.day > through) this.#addToDay(day);
      this.#store.removePerson(id);
      this.#live.delete(id);
      if (this.#store.begun().some((begun) => begun.id === id)) this.#putBegun();
    });
    this.#awake?.delete(id);
    this.#open = null;
  }

  /** `limit`: of people at work, and of people with trouble. */
  now(limit: number): ShardNow {
    const today = this.#today();
    const live = [...this.#live.values()].map((told) => this.#withLive(told));
    const counts: LiveCounts = { waiting: 0, running: 0, asking: 0, silent: 0 };
    for (const seen of live) {
      if (seen.live) counts[seen.live.state] += 1;
      if (seen.live?.silent) counts.silent += 1;
    }
    return {
      live: live.sort(bySilence).slice(0, Math.min(limit, LIMIT_MAX)),
      counts,
      attention: this.people({ list: 'attention', after: null, limit }),
      awake: this.#awakeNow().size,
      today: this.#daysSince(today)[0] ?? emptyDay(today),
    };
  }

  people({ list, after, limit, search = '' }: Query): Page {
    const most = Math.min(Math.max(limit, 1), LIMIT_MAX);
    const listed = search === '' ? this.#list(list, after, most) : this.#search(search, after, most);
    const people = listed.slice(0, most).map(({ place, told }) => ({ place, seen: this.#withLive(JSON.parse(told)) }));
    return { people, isLast: listed.length <= most };
  }

  /** One person; null when nothing is known. */
  person(id: string): Seen | null {
    const row = this.#store.person(id);
    return row === null ? null : this.#withLive(keptOf(row));
  }

  /** Everybody's figures of the days since `day`, newest first. */
  days(day: string): DayFigures[] {
    return this.#daysSince(day);
  }

  plans(until: number, limit: number): ShardPlans {
    const most = Math.min(limit, LIMIT_MAX);
    return { due: this.#store.due(until, most), failing: this.#store.failing(most), paused: this.#store.paused(most) };
  }

  get #live(): Map<string, Summary & { at: number }> {
    this.#known ??= new Map(
      this.#store.begun().flatMap(({ id, ...begun }) => {
        const row = this.#store.person(id);
        const kept = row && keptOf(row);
        const isOver = kept === null || (kept.at > begun.at && !kept.isLive);
        return isOver ? [] : [[id, { ...kept, ...begun }] as const];
      }),
    );
    return this.#known;
  }

  #putBegun(): void {
    const all = [...this.#live].map(([id, { live, lastTextAt, queue, at }]) => ({ id, live, lastTextAt, queue, at }));
    this.#store.putBegun(all.slice(-BEGUN_MAX));
  }

  #put(row: PersonRow | null, { live, ...summary }: Summary, at: number): void {
    const { person, attention, machine, month, monthMicros, days, lastTextAt } = summary;
    const textDay = lastTextAt === null ? '' : dateOf(lastTextAt, this.#zone());
    const [figuresDay = ''] = days.map(({ day }) => day);
    const words = wordsOf(summary);
    const isNamed = row !== null && wordsOf(keptOf(row)).join(' ') === words.join(' ');
    this.#store.putPerson(
      row,
      {
        id: person.id,
        told: JSON.stringify({ ...summary, at, isLive: live !== null } satisfies Kept),
        activeDay: [textDay, figuresDay].toSorted()[1] ?? '',
        role: person.role,
        standing: person.standing,
        attention,
        hasMachine: machine === null ? 0 : 1,
        month,
        rank: rankOf(monthMicros),
      },
      isNamed ? null : words,
    );
    // Figures of a day that is closed are in its sums as far as the row had them.
    const through = this.#through ?? '';
    const before = row === null ? [] : keptOf(row).days;
    for (const day of days)
      if (day.day <= through)
        this.#addToDay(
          day,
          before.find((each) => each.day === day.day),
        );
  }

  /** Adds to a day's sums what the figures have beyond those that were added before. */
  #addToDay(figures: DayFigures, before?: DayFigures): void {
    const sums = this.#store.day(figures.day) ?? emptyDay(figures.day);
    const more = before === undefined ? figures : addFigures(figures, before, -1);
    const after = addFigures(sums, more);
    if (JSON.stringify(after) !== JSON.stringify(sums)) this.#store.putDay(after);
  }

  /** Keeps the sums in memory up to date. */
  #count(before: readonly DayFigures[], after: readonly DayFigures[]): void {
    const open = this.#open;
    const through = this.#through ?? '';
    if (open === null || before === after) return;
    for (const [days, sign] of [
      [before, -1],
      [after, 1],
    ] as const)
      for (const figures of days)
        if (figures.day > through)
          open.set(figures.day, addFigures(open.get(figures.day) ?? emptyDay(figures.day), figures, sign));
  }

  /** Moves the figures of days that are over into their sums. Returns the last of these days. */
  #closeDays(): string {
    const yesterday = dateOf(Date.now() - DAY, this.#zone());
    this.#through ??= this.#store.closedThrough();
    const through = this.#through;
    if (through !== null && through >= yesterday) return through;
    if (through !== null) {
      const figures = this.#store.activeAfter(through).flatMap(({ days }) => days);
      for (const day of addDays(figures.filter(({ day }) => day > through && day <= yesterday))) this.#addToDay(day);
    }
    this.#store.closeThrough(yesterday, dateOf(Date.now() - KEPT_DAYS * DAY, this.#zone()));
    this.#open = null;
    this.#through = yesterday;
    return yesterday;
  }

  #daysSince(since: string): DayFigures[] {
    const through = this.ctx.storage.transactionSync(() => this.#closeDays());
    this.#open ??= this.#readOpen(through);
    const all = new Map(this.#open);
    for (const sums of this.#store.daysSince(since)) {
      const open = all.get(sums.day);
      all.set(sums.day, open === undefined ? sums : addFigures(sums, open));
    }
    return [...all.values()].filter(({ day }) => day >= since).sort((a, b) => (a.day < b.day ? 1 : -1));
  }

  #readOpen(through: string): Map<string, DayFigures> {
    const rows = this.#store.activeAfter(through).map((kept) => this.#live.get(kept.person.id) ?? kept);
    const open = addDays(rows.flatMap(({ days }) => days.filter(({ day }) => day > through)));
    return new Map(open.map((figures) => [figures.day, figures]));
  }

  #awakeNow(): Set<string> {
    this.#awake ??= new Set(
      [...this.#machines()].flatMap(({ seen }) => (seen.machine?.awakeSince == null ? [] : [seen.person.id])),
    );
    return this.#awake;
  }

  *#machines(): Iterable<Page['people'][number]> {
    let page: Page;
    let after: Place | null = null;
    do {
      page = this.people({ list: 'machines', after, limit: LIMIT_MAX });
      yield* page.people;
      after = page.people.at(-1)?.place ?? null;
    } while (!page.isLast);
  }

  #list(list: List, after: Place | null, most: number): Listed[] {
    return this.#store.list(list, after, most + 1, dateOf(Date.now(), this.#zone()).slice(0, 7));
  }

  /** People with a word that begins as each word of the search does. The longest one is looked up. */
  #search(search: string, after: Place | null, most: number): Listed[] {
    const asked = readWords(search).toSorted((a, b) => b.length - a.length);
    return asked.length === 0 ? [] : this.#store.search(asked, after, most + 1);
  }

  #withLive(kept: Kept): Seen {
    const told = this.#live.get(kept.person.id);
    if (told === undefined || told.live === null) return { ...kept, live: null };
    const now = Date.now();
    const mayHear = told.live.turn !== null && now - this.#startedAt > HEARD_AFTER_MS;
    const silent = mayHear && now - told.at > SILENT_AFTER_MS;
    return { ...told, live: { ...told.live, silent } };
  }

  #today(): string {
    return dateOf(Date.now(), this.#zone());
  }

  #zone(): string {
    const read = readConfig(this.env);
    return (read.ok && read.config.DEFAULT_TIMEZONE) || 'UTC';
  }
}

const keptOf = ({ told }: Pick<PersonRow, 'told'>): Kept => JSON.parse(told) as Kept;

/** While work goes on only what outlasts it is written. */
function isRowDue(row: PersonRow | null, { live, ...summary }: Summary): boolean {
  if (row === null) return true;
  const { at: _at, isLive: _isLive, ...kept } = keptOf(row);
  const [was, is] = live === null ? [kept, summary] : [lastingOf(kept), lastingOf(summary)];
  return JSON.stringify(was) !== JSON.stringify(is);
}
