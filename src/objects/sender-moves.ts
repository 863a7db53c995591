import { channelOf } from '../channels/registry.ts';
import type { Config } from '../config/config.ts';
import {
  MOVE_BATCH,
  MOVE_CODE_FOR_MS,
  MOVE_EVERY_MS,
  MOVE_LISTED,
  MOVE_TRIES,
} from '../conversation/policy/sender-move.ts';
import type { MovePlan, MoveWay, SenderMove } from '../conversation/state/sender-move.ts';
import { printCode } from '../input/access-code.ts';
import { newLinkCode } from '../input/link-code.ts';
import { sealWords } from '../links/sealed-words.ts';
import { reasonOf, report } from '../log.ts';
import { withTimeout } from '../timeout.ts';
import { MINUTE } from '../units.ts';
import type { ConversationStub } from './namespaces.ts';
import type { AuditEntry, Person } from './stores/access-store.ts';
import * as rows from './stores/move-store.ts';

// Moves everybody from one of our senders to another: the directory goes through the index of people, a few at a time,
// and each home tells its person once. Rows are written before calls, and a home does nothing twice for one move.

const ANSWER_MS = 10_000;

type Deps = {
  storage: DurableObjectStorage;
  config: () => Config | null;
  id: () => string;
  home: (id: string) => ConversationStub;
  people: (after: number, limit: number) => Pick<Person, 'id' | 'n' | 'masked'>[];
  keepCode: (home: string, id: string, code: string, expiresAt: number, config: Config) => void;
  record: (entry: AuditEntry, op: string | null) => void;
  arm: () => void;
};

export type MoveAsk =
  | { do: 'begin'; move: SenderMove; name: string | null; actor: string }
  /** How the move would affect the people after this number. */
  | { do: 'plan'; move: SenderMove; after: number }
  | { do: 'stop'; actor: string }
  /** People of the newest move, in this way, after a number. */
  | { do: 'list'; way: string; after: number }
  | { do: 'show' };

export type MoveShown = {
  id: string;
  from: string;
  to: string;
  state: rows.MoveRow['state'];
  ways: Record<string, number>;
  begunAt: number;
  endedAt: number | null;
};
export type MoveAnswer = {
  /** Null: there was none yet. */
  move: MoveShown | null;
  /** begin: another one runs. */
  isBusy?: boolean;
  planned?: { n: number; masked: string; way: MoveWay | 'away'; micros: number }[];
  people?: { n: number; masked: string | null; way: string | null }[];
  /** The number to go on after; null: that was all. */
  next?: number | null;
};

export class SenderMoves {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get #sql(): SqlStorage {
    return this.#deps.storage.sql;
  }

  async answer(ask: MoveAsk): Promise<MoveAnswer> {
    switch (ask.do) {
      case 'begin':
        return this.#begin(ask);
      case 'plan':
        return this.#plan(ask.move, ask.after);
      case 'stop':
        this.#end('stopped', ask.actor);
        return { move: this.#show() };
      case 'list': {
        const move = this.#show();
        const people = move === null ? [] : rows.listMoved(this.#sql, move.id, ask.way, ask.after, MOVE_LISTED);
        return { move, people: people.map(({ n, masked, way }) => ({ n, masked, way })), next: nextOf(people) };
      }
      case 'show':
        return { move: this.#show() };
    }
  }

  nextDueAt(): number | null {
    return rows.runningMove(this.#sql)?.nextAt ?? null;
  }

  /** Moves the next few people. */
  async run(now: number): Promise<void> {
    const move = rows.runningMove(this.#sql);
    const config = this.#deps.config();
    if (move === null || move.nextAt > now) return;
    if (config === null) return rows.putMove(this.#sql, { ...move, nextAt: now + MINUTE });
    const due = this.#deps.storage.transactionSync(() => this.#take(move, now));
    await Promise.all(due.map((person) => this.#move(person, move, config)));
    const isLeft = rows.openPeople(this.#sql, move.id, 1).length > 0;
    if (due.length === 0 && !isLeft) this.#end('done', move.actor);
  }

  /** Those who were begun before, then the next ones. */
  #take(move: rows.MoveRow, now: number): rows.MovedPerson[] {
    const open = rows.openPeople(this.#sql, move.id, MOVE_BATCH);
    const fresh = this.#deps.people(move.reached, MOVE_BATCH - open.length).map(
      ({ id, n, masked }): rows.MovedPerson => ({
        ...{ move: move.id, home: id, n, masked, way: null },
        ...{ hasCode: false, done: false, tries: 0 },
      }),
    );
    for (const person of fresh) rows.putMoved(this.#sql, person);
    rows.putMove(this.#sql, { ...move, reached: fresh.at(-1)?.n ?? move.reached, nextAt: now + MOVE_EVERY_MS });
    return [...open, ...fresh];
  }

  async #move(person: rows.MovedPerson, move: rows.MoveRow, config: Config): Promise<void> {
    const home = this.#deps.home(person.home);
    try {
      const known = person.way === null ? await this.#decide(person, home, move) : person;
      if (!known.done) {
        const code = known.hasCode ? this.#codeFor(known, move, config) : null;
        const chat = chatOf(move, code);
        const act = { do: 'move-sender', ...moveOf(move), chat, code } as const;
        const done = await withTimeout(ANSWER_MS, home.operate(act, move.id));
        if (done === 'unreachable' || done === 'merging') throw new Error(done);
        this.#put({ ...known, done: true, way: done === 'gone' ? 'none' : known.way });
      }
    } catch (error) {
      const tries = person.tries + 1;
      report({ level: 'warn', event: 'person-not-moved', tries, reason: reasonOf(error) }, person.home);
      const isLast = tries >= MOVE_TRIES;
      const now = rows.openPeople(this.#sql, move.id, MOVE_BATCH).find(({ home: id }) => id === person.home) ?? person;
      this.#put({ ...now, tries, done: isLast, way: isLast ? 'away' : now.way });
    }
  }

  /** Notes how the person will hear of it before they do: afterwards their home would plan something else. */
  async #decide(person: rows.MovedPerson, home: ConversationStub, move: rows.MoveRow): Promise<rows.MovedPerson> {
    const plan = await withTimeout(ANSWER_MS, home.planMove(moveOf(move)));
    const { way = 'none', hasCode = false, masked = person.masked } = plan ?? {};
    const known = { ...person, way, hasCode, masked, done: way === 'none' || way === 'nobody' };
    this.#put(known);
    return known;
  }

  /** A home that was forgotten meanwhile has no row any more. */
  #put(person: rows.MovedPerson): void {
    rows.updateMoved(this.#sql, person);
  }

  /** The same code each time, so that a repeat doesn't make the one before worthless. */
  #codeFor({ home }: rows.MovedPerson, { id, begunAt }: rows.MoveRow, config: Config): string {
    let n = 0;
    const sealed = (): string => sealWords('move', config.MACHINE_SIGNING_KEY, `${id} ${home} ${n++}`);
    const code = newLinkCode(() => Number.parseInt(sealed().slice(0, 2), 16));
    this.#deps.keepCode(home, id, code, begunAt + MOVE_CODE_FOR_MS, config);
    return printCode(code);
  }

  #begin({ move, name, actor }: Extract<MoveAsk, { do: 'begin' }>): MoveAnswer {
    if (rows.runningMove(this.#sql) !== null) return { move: this.#show(), isBusy: true };
    const [id, now] = [this.#deps.id(), Date.now()];
    const { from: fromSender, to: toSender, works } = move;
    this.#deps.storage.transactionSync(() => {
      const begun = { state: 'running', reached: 0, nextAt: now, begunAt: now, endedAt: null } as const;
      rows.putMove(this.#sql, { id, fromSender, toSender, works, name, actor, ...begun });
      this.#deps.record({ actor, action: 'moved everybody', subject: id, detail: describe(move) }, id);
    });
    this.#deps.arm();
    return { move: this.#show() };
  }

  #end(state: 'done' | 'stopped', actor: string): void {
    const move = rows.runningMove(this.#sql);
    if (move === null) return;
    const ways = rows.countMoved(this.#sql, move.id);
    const detail = Object.entries(ways)
      .map(([way, count]) => `${way} ${count}`)
      .join(', ');
    this.#deps.storage.transactionSync(() => {
      rows.putMove(this.#sql, { ...move, state, endedAt: Date.now() });
      const action = state === 'done' ? 'had moved everybody' : 'stopped moving everybody';
      this.#deps.record({ actor, action, subject: move.id, detail }, null);
    });
  }

  async #plan(move: SenderMove, after: number): Promise<MoveAnswer> {
    const people = this.#deps.people(after, MOVE_LISTED);
    const ask = async ({ id, n, masked }: Pick<Person, 'id' | 'n' | 'masked'>) => {
      try {
        const plan: (MovePlan & { masked: string }) | null = await withTimeout(
          ANSWER_MS,
          this.#deps.home(id).planMove(move),
        );
        return { n, masked: plan?.masked ?? masked, way: plan?.way ?? 'none', micros: plan?.micros ?? 0 };
      } catch {
        return { n, masked, way: 'away' as const, micros: 0 };
      }
    };
    return { move: this.#show(), planned: await Promise.all(people.map(ask)), next: nextOf(people) };
  }

  #show(): MoveShown | null {
    const move = rows.newestMove(this.#sql);
    if (move === null) return null;
    const { id, fromSender, toSender, state, begunAt, endedAt } = move;
    const ways = rows.countMoved(this.#sql, id);
    return { id, from: fromSender, to: toSender, state, ways, begunAt, endedAt };
  }
}

const moveOf = ({ fromSender, toSender, works }: rows.MoveRow): SenderMove => ({
  from: fromSender,
  to: toSender,
  works,
});

/** Never a whole number. */
const describe = ({ from, to }: SenderMove): string =>
  [from, to].map((sender) => `${channelOf(sender).capabilities.name} …${sender.slice(-4)}`).join(' to ');

/** A link to the chat with the new sender, with the code where there is one. */
function chatOf({ toSender, name }: rows.MoveRow, code: string | null): string | null {
  const words = code === null ? '' : `LINK ${code}`;
  return channelOf(toSender).chatUrl(toSender, words, name);
}

const nextOf = (people: readonly { n: number }[]): number | null =>
  people.length < MOVE_LISTED ? null : (people.at(-1)?.n ?? null);
