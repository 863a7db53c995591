import { PLAYS, type Stage } from './acts.ts';
import { moveClock } from './clock.ts';
import { evidenceOf, recover, WEBHOOK_MS } from './evidence.ts';
import { Person } from './person.ts';
import type { Cast, Episode, Kill, Plan, Text, Weather } from './plan.ts';
import { Recovery } from './recovery.ts';
import type { ConversationStanding } from './rows.ts';
import { read } from './said.ts';
import { Storms } from './storms.ts';
import { standsStill, strike } from './strike.ts';
import { type Away, judge, MAY_PASS, type Verdict } from './verdict.ts';
import { bounded, sleep, Waits } from './waits.ts';
import type { FaultWorld } from './world.ts';

// Plays a plan in a world, episode by episode: people act, calls are held where the plan aims, something is killed, and
// everything continues. At the end it waits, within limits, until the relay is at rest, and compares.

/**
 * The number of people with something on its way; the next episode waits until there are fewer, and for its own people.
 */
const BUSY_MAX = 25;
const PACE_WITHIN_MS = 12_000;
/** A person whose last text is still on its way never arrives there, so the wait is short. */
const REACHED_WITHIN_MS = 2_500;
const ACCEPTED_WITHIN_MS = 1_500;
const ENDING_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;
/** Longer than the relay waits before it tells the person; and how much longer than its episode bad weather lasts. */
const SECONDS: Lasting = { stoppedMs: 15_000, weatherMs: 6_000 };
/** Cut calls are noticed a little later. */
const NOTICED_MS = 3_000;
/** An answer of the carrier that is older than this before a kill is stored. */
const UNDER_WAY_MS = 2_000;
const RECOVER_EVERY_MS = 3_000;
/** A person who has heard nothing for this long asks for what is kept. */
const QUIET_MS = 8_000;
/** The time for which a stopped machine stands still, and for which bad weather outlasts its episode. */
export type Lasting = { stoppedMs: number; weatherMs: number };

export type RunOptions = {
  lasting?: Lasting;
  /** The longest wait of an episode until all its held calls have reached their points. */
  reachedWithinMs?: number;
  /** The longest time of the relay to come to rest after the last text. */
  restWithinMs?: number;
  /** The relay recovers lost webhooks itself when asked to look; otherwise the carrier is asked to repeat them. */
  reconciles?: boolean;
  progress?: (line: string) => void;
};

export type Outcome = {
  verdict: Verdict;
  /** Kill → state → the number of conversations in it. */
  states: Map<Kill, Map<string, number>>;
  kills: Map<Kill, number>;
  /** Point inside a process → the number of kills there. */
  inside: Map<string, number>;
  recovery: Recovery;
  weather: ReadonlyMap<Weather, number>;
  seconds: number;
  /** Reason for waiting → seconds. */
  spent: Map<string, number>;
  timeline: (id: string) => string[];
};

export async function run(world: FaultWorld, plan: Plan, options: RunOptions = {}): Promise<Outcome> {
  return new Player(world, plan, options).play();
}

class Player {
  readonly #world: FaultWorld;
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #began = Date.now();
  readonly #people: readonly Person[];
  readonly #texts = new Map<string, Text>();
  readonly #answered = new Set<string>();
  readonly #states = new Map<Kill, Map<string, number>>();
  readonly #kills = new Map<Kill, number>();
  readonly #inside = new Map<string, number>();
  readonly #recovery = new Recovery();
  readonly #waits = new Waits();
  readonly #away: Away[] = [];
  readonly #diskLost: number[] = [];
  readonly #storms: Storms;
  /** Acts of a person that wait until they have answered. */
  readonly #postponed = new Map<Person, Promise<void>>();

  constructor(world: FaultWorld, plan: Plan, options: RunOptions) {
    this.#world = world;
    const { sky, rows } = world;
    this.#storms = new Storms({ sky, isAnybodyWaiting: () => rows.isAnybodyWaitingForCarrier() });
    this.#plan = plan;
    this.#options = options;
    this.#people = Array.from({ length: plan.people }, (_, number) => new Person(number, world.phones));
    for (const cast of plan.episodes.flatMap(({ casts }) => casts)) {
      for (const text of cast.texts) this.#texts.set(text.id, text);
    }
    world.onMachineCall({
      called: (turn) => this.#recovery.called(turn),
      steered: (ids) => {
        for (const id of ids) world.phones.steered(id);
        this.#waits.wake();
      },
    });
    world.phones.listen({
      taken: (id) => this.#taken(id),
      coming: ({ body }) => this.#coming(body),
      shows: (message) => {
        this.#people.find(({ phone }) => phone === message.to)?.reads(message);
        this.#waits.wake();
      },
    });
  }

  async play(): Promise<Outcome> {
    await Promise.all([this.#world.relay.start(), this.#world.machine.start()]);
    this.#options.progress?.('relay and agent server are up');
    for (const [n, mode] of this.#plan.modes.entries()) {
      if (mode !== 'collect') this.#people[n]?.says('/queue', `/queue ${mode}`);
    }
    const commands = this.#world.phones.sent().map(({ id }) => id);
    await this.#waits.until(() => commands.every((id) => this.#isTaken(id)), WEBHOOK_MS);
    for (const [n, episode] of this.#plan.episodes.entries()) {
      await this.#waits.spend(
        'people who are busy',
        this.#waits.until(() => this.#isTimeFor(episode), PACE_WITHIN_MS),
      );
      await this.#episode(episode);
      if (n % 10 === 9) {
        await this.#waits.spend('the list of the carrier', recover(this.#world, this.#options.reconciles ?? false));
        if (this.#isHopeless()) break;
        this.#options.progress?.(
          `${this.#words().length} texts, ${this.#answered.size} answered, ${((Date.now() - this.#began) / 1000).toFixed(0)} s`,
        );
      }
    }
    await this.#waits.spend('the rest at the end', this.#rest());
    return {
      verdict: this.#judge(),
      states: this.#states,
      kills: this.#kills,
      inside: this.#inside,
      recovery: this.#recovery,
      weather: this.#storms.counts,
      seconds: (Date.now() - this.#began) / 1000,
      spent: this.#waits.spent,
      timeline: (id) => this.#timeline(id),
    };
  }

  async #episode(episode: Episode): Promise<void> {
    const { carrierOfRun, timeline } = this.#world;
    const began = Date.now();
    carrierOfRun.callbacks(episode.callbacks);
    if (episode.isRenumbered) carrierOfRun.beginUpdatesAnew?.();
    const isStorm = this.#storms.begin(episode.weather, began);
    const struck = Promise.withResolvers<void>();
    const late = episode.casts.filter(({ aim }) => aim === 'gathering');
    const there = new Set<Cast>();
    const reached = episode.casts
      .filter((cast) => !late.includes(cast))
      .map((cast) => this.#act(cast, struck.promise).then(() => there.add(cast)));
    const aimed = bounded(Promise.all(reached), this.#options.reachedWithinMs ?? REACHED_WITHIN_MS);
    await this.#waits.spend('texts that are aimed', aimed);
    await this.#waits.spend('ends that are aimed at', this.#ending([...there].filter(({ aim }) => aim === 'ended')));
    for (const cast of late) void this.#act(cast, struck.promise);
    const accepted = (): boolean => late.every(({ texts }) => texts.every(({ id }) => this.#isTaken(id)));
    await this.#waits.spend('texts just before', this.#waits.until(accepted, ACCEPTED_WITHIN_MS));
    timeline.noteAll(`episode: ${episode.kill}`);
    await this.#waits.spend(`${episode.kill}${episode.inside === undefined ? '' : ' inside'}`, this.#strike(episode));
    struck.resolve();
    this.#away.push({ from: began, to: Date.now(), isHeld: true });
    if (isStorm) this.#waits.beside(sleep(this.#lasting.weatherMs).then(() => this.#storms.end(Date.now())));
  }

  /** The end is held once the relay knows that it comes: its row says so a moment later. */
  async #ending(casts: readonly Cast[]): Promise<void> {
    const { rows } = this.#world;
    const phones = casts.map(({ person }) => this.#people[person]?.phone);
    const isEnding = (): boolean => {
      const ending = rows.standings().filter(({ attempt }) => attempt === 'ending');
      return phones.every((phone) => ending.some(({ address }) => address === phone));
    };
    const deadline = Date.now() + ENDING_WITHIN_MS;
    while (!isEnding() && Date.now() < deadline) await sleep(LOOK_EVERY_MS);
  }

  get #lasting(): Lasting {
    return this.#options.lasting ?? SECONDS;
  }

  /**
   * Until a person has answered, any text of theirs would be taken for the answer. Further acts wait, and are done
   * singly.
   */
  #act(cast: Cast, struck: Promise<void>): Promise<void> {
    const person = this.#people[cast.person];
    if (!person) return Promise.resolve();
    const before = this.#postponed.get(person);
    if (!before && !person.owesAnAnswer) return this.#play(person, cast, struck);
    const isOver = (): boolean => cast.texts.every(({ id }) => this.#isOver(id));
    const postponed = (before ?? Promise.resolve())
      .then(() => this.#waits.forAsLongAsItTakes(() => !person.owesAnAnswer))
      .then(() => this.#play(person, cast, struck))
      .then(() => this.#waits.forAsLongAsItTakes(isOver))
      .then(() => {
        if (this.#postponed.get(person) === postponed) this.#postponed.delete(person);
      });
    this.#postponed.set(person, postponed);
    this.#waits.beside(postponed);
    return postponed;
  }

  /** Nobody waits for its answer any more. */
  #isOver(id: string): boolean {
    const sent = this.#world.phones.get(id);
    return this.#answered.has(id) || (sent !== undefined && (sent.what !== 'words' || sent.staysStopped === true));
  }

  async #play(person: Person, cast: Cast, struck: Promise<void>): Promise<void> {
    const { phones, holds } = this.#world;
    const stage: Stage = {
      phones,
      holds,
      struck,
      taken: (id) => this.#waits.until(() => this.#isTaken(id), WEBHOOK_MS),
      steered: (id) => this.#waits.until(() => typeof this.#world.phones.get(id)?.steered === 'number', WEBHOOK_MS),
      // In an outage of the carrier an answer leaves after minutes; the run's own end is the only bound.
      answered: (id) => this.#waits.forAsLongAsItTakes(() => this.#answered.has(id)),
      clockMoved: (phone, byMs) => moveClock(this.#world, phone, byMs),
      isKnown: (sid) => this.#world.rows.isKnown(sid),
      backedUp: (phone) => this.#world.rows.backedUp(phone),
    };
    await PLAYS[cast.act](person, cast, stage);
  }

  async #strike({ kill, inside, releaseFirst }: Episode): Promise<void> {
    const { rows, holds, timeline } = this.#world;
    this.#kills.set(kill, (this.#kills.get(kill) ?? 0) + 1);
    const from = Date.now();
    if (inside !== undefined && (await standsStill(this.#world, kill, inside))) {
      timeline.noteAll(`stands still: ${inside}`);
      this.#inside.set(inside, (this.#inside.get(inside) ?? 0) + 1);
    }
    const gone = (): void => {
      if (kill === 'relay' || kill === 'both' || kill === 'cut') this.#world.forgetRefusals(from - UNDER_WAY_MS);
      const standings = rows.standings();
      this.#count(kill, standings);
      this.#recovery.killed(kill, standings, (sid) => this.#texts.get(this.#world.phones.idOf(sid) ?? ''));
      if (kill === 'disk lost') this.#diskLost.push(Date.now());
      timeline.noteAll(`${kill}: gone`);
    };
    await strike(this.#world, kill, { gone, releaseFirst, stoppedMs: this.#lasting.stoppedMs });
    if (kill !== 'none') {
      timeline.noteAll(`${kill}: there again`);
      this.#recovery.ready();
      this.#away.push({ from, to: Date.now() + NOTICED_MS, ...(kill === 'full' && { isFull: true }) });
    }
    holds.release();
  }

  #count(kill: Kill, standings: readonly ConversationStanding[]): void {
    const counts = this.#states.get(kill) ?? new Map<string, number>();
    for (const { attempt, replies } of standings) {
      const head = replies[0];
      for (const state of [attempt, ...(head && head !== 'ready' ? [`reply ${head}`] : [])]) {
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
    }
    this.#states.set(kill, counts);
  }

  #taken(id: string): void {
    this.#waits.wake();
    const sent = this.#world.phones.get(id);
    if (sent && this.#texts.get(id)?.webhook === 'again later') {
      // Long after its turn, too: a repeat never starts anything.
      const later = this.#waits
        .until(() => this.#answered.has(id), WEBHOOK_MS)
        .then(() => {
          this.#world.timeline.note(id, 'its webhook is delivered again');
          return this.#world.carrierOfRun.deliverAgain(sent.sid);
        });
      this.#waits.beside(later);
    }
  }

  #coming(body: string): void {
    for (const said of read(body)) {
      for (const id of said.ids) {
        this.#world.timeline.note(id, `on the phone: “${body}”`);
        if (said.kind !== 'answer') continue;
        this.#answered.add(id);
        // Its words took the place of these.
        for (const edited of this.#world.phones.get(id)?.wants?.edits ?? []) this.#answered.add(edited);
        this.#recovery.answered(id);
      }
    }
    this.#waits.wake();
  }

  #words() {
    return this.#world.phones.sent().filter(({ what, handed }) => what === 'words' && handed !== null);
  }

  #isTaken(id: string): boolean {
    return (this.#world.phones.get(id)?.taken ?? null) !== null;
  }

  /** People start nothing new before their earlier act is over, and the processes get time. */
  #isTimeFor({ casts }: Episode): boolean {
    const busy = new Set(
      this.#words()
        .filter(({ id, taken, staysStopped }) => taken !== null && !staysStopped && !this.#answered.has(id))
        .map(({ phone }) => phone),
    );
    return busy.size < BUSY_MAX && casts.every(({ person }) => !busy.has(this.#people[person]?.phone ?? ''));
  }

  /** Until everything is accepted, answered and finished, or the time is over. */
  async #rest(): Promise<void> {
    const deadline = Date.now() + (this.#options.restWithinMs ?? 240_000);
    for (;;) {
      // Acts that had to wait before they began are held after the last release.
      this.#world.holds.release();
      await recover(this.#world, this.#options.reconciles ?? false);
      if (!this.#waits.isAnythingBeside && this.#isAllHanded() && this.#judge().findings.length === 0) break;
      if (Date.now() > deadline || this.#isHopeless()) break;
      if (this.#waits.quietForMs > QUIET_MS) this.#lookAgain();
      await this.#waits.until(() => false, RECOVER_EVERY_MS);
    }
    // Duplicates that would come now are already on their way.
    await this.#world.carrierOfRun.settled();
  }

  /** Every message has left, but for those that the carrier never sends. */
  #isAllHanded(): boolean {
    return this.#world.phones.sent().every(({ handed, isNeverSent }) => handed !== null || isNeverSent);
  }

  /** People who were told that something waits for /retry bring it back. */
  #lookAgain(): void {
    this.#waits.wake();
    const { findings } = this.#judge();
    // A reply of doubtful outcome is kept back until its person writes.
    const isKept = (phone: string): boolean =>
      findings.some((one) => one.fault === 'not brought back' && one.phone === phone) ||
      findings.some(({ what }) => what === `${phone}: reply parked`);
    for (const person of this.#people) if (isKept(person.phone)) person.looksAgain();
  }

  /** No waiting puts this right. */
  #isHopeless(): boolean {
    return this.#judge().findings.some(({ fault }) => !MAY_PASS.includes(fault));
  }

  #judge(): Verdict {
    return judge(
      evidenceOf(this.#world, { away: this.#away, diskLost: this.#diskLost, outages: this.#storms.outages }),
    );
  }

  #timeline(id: string): string[] {
    const sent = this.#world.phones.get(id);
    const rows = sent ? this.#world.rows.about(sent.phone, sent.sid) : [];
    return [...this.#world.timeline.of(id, sent?.phone), ...rows.map((row) => `     row     ${row}`)];
  }
}
