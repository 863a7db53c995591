import { existsSync, readFileSync } from 'node:fs';
import type { CarrierMessage } from '../../simulator/twilio/carrier-types.ts';
import type { Cast, Episode, Kill, Plan, Text } from './plan.ts';
import { Recovery } from './recovery.ts';
import type { Standing } from './rows.ts';
import { type Fault, judge, type Verdict } from './verdict.ts';
import type { World } from './world.ts';

// Plays a plan in a world: episode by episode the texts leave, things are held up where the plan aims, something is
// killed, and everything goes on. At the end it waits, bounded, until the relay is at rest, and compares.

/** Texts on their way at once; the next episode waits for fewer. */
const ON_THE_WAY_MAX = 40;
const PACE_WITHIN_MS = 30_000;
/** Somebody whose last text is still under way does not get there: nobody waits long for that. */
const REACHED_WITHIN_MS = 2_500;
const ACCEPTED_WITHIN_MS = 1_500;
/** The carrier gives a webhook up after this long; what was not taken by then is lost on the way. */
const WEBHOOK_MS = 16_000;
/** What time may still put right. */
const MAY_PASS: readonly Fault[] = ['never accepted', 'lost', 'unfinished'];

export type RunOptions = {
  /** How long an episode waits for everything it holds up to get there. */
  reachedWithinMs?: number;
  /** How long the relay may take to come to rest after the last text. */
  restWithinMs?: number;
  /** Lost webhooks are recovered by the relay itself, which is asked to look; else the carrier is asked to repeat them. */
  reconciles?: boolean;
  progress?: (line: string) => void;
};

export type Outcome = {
  verdict: Verdict;
  /** Kill → state → how many conversations were in it. */
  states: Map<Kill, Map<string, number>>;
  kills: Map<Kill, number>;
  recovery: Recovery;
  /** Of the people's texts: how long from the first webhook to the answer, in a run's own conditions. */
  seconds: number;
  timeline: (id: string) => string[];
};

export async function run(world: World, plan: Plan, options: RunOptions = {}): Promise<Outcome> {
  const player = new Player(world, plan, options);
  try {
    return await player.play();
  } finally {
    player.end();
  }
}

class Player {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #began = Date.now();
  readonly #written = new Map<string, { text: Text; message: CarrierMessage; at: number }>();
  readonly #bySid = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #states = new Map<Kill, Map<string, number>>();
  readonly #kills = new Map<Kill, number>();
  readonly #recovery = new Recovery();
  readonly #unsubscribe: () => void;
  readonly #background = new Set<Promise<void>>();
  #changed = Promise.withResolvers<void>();

  constructor(world: World, plan: Plan, options: RunOptions) {
    this.#world = world;
    this.#plan = plan;
    this.#options = options;
    world.onMachineCall((turn) => this.#recovery.called(turn));
    this.#unsubscribe = world.carrier.carrier.subscribe((event) => {
      if (event.type === 'message' && event.message.direction === 'outbound-api') this.#reached(event.message);
      if (event.type === 'traffic' && event.traffic.kind === 'webhook') {
        const sid = /MessageSid=(\w+)/.exec(event.traffic.requestBody)?.[1] ?? '';
        const id = this.#bySid.get(sid);
        if (id && event.traffic.status === 200) this.#accepted(id, 'webhook answered with 200');
        else if (id && event.traffic.note) world.timeline.note(id, `webhook: ${event.traffic.note}`);
      }
    });
  }

  end(): void {
    this.#unsubscribe();
  }

  async play(): Promise<Outcome> {
    await Promise.all([this.#world.relay.start(), this.#world.machine.start()]);
    for (const [n, episode] of this.#plan.episodes.entries()) {
      await this.#until(() => this.#onTheWay() < ON_THE_WAY_MAX, PACE_WITHIN_MS);
      await this.#episode(episode);
      if (n % 10 === 9) {
        await this.#recover();
        if (this.#isHopeless()) break;
        this.#options.progress?.(
          `${this.#written.size} texts, ${this.#answered.size} answered, ${((Date.now() - this.#began) / 1000).toFixed(0)} s`,
        );
      }
    }
    await this.#rest();
    return {
      verdict: this.#judge(),
      states: this.#states,
      kills: this.#kills,
      recovery: this.#recovery,
      seconds: (Date.now() - this.#began) / 1000,
      timeline: (id) => this.#timeline(id),
    };
  }

  async #episode(episode: Episode): Promise<void> {
    const { carrier, timeline } = this.#world;
    carrier.callbacks(episode.callbacks);
    const late = episode.casts.filter(({ aim }) => aim === 'gathering');
    const reached = episode.casts.filter((cast) => !late.includes(cast)).flatMap((cast) => this.#send(cast));
    await bounded(Promise.all(reached), this.#options.reachedWithinMs ?? REACHED_WITHIN_MS);
    for (const cast of late) void this.#send(cast);
    const accepted = (): boolean => late.every(({ texts }) => texts.every(({ id }) => this.#taken.has(id)));
    await this.#until(accepted, ACCEPTED_WITHIN_MS);
    timeline.noteAll(`episode: ${episode.kill}`);
    await this.#strike(episode);
  }

  /** The texts of a cast leave; resolves, one by one, when the point it aims at is reached. */
  #send({ person, aim, texts }: Cast): Promise<void>[] {
    const { carrier, holds, timeline } = this.#world;
    const aimed = texts[0];
    const reached = aimed && aim !== 'gathering' && aim !== 'none' ? [holds.arm(aim, aimed.id)] : [];
    for (const text of texts) {
      const message = carrier.text(addressOf(person), `${text.id} please${text.complete ? '.' : ''}`, text.webhook);
      this.#written.set(text.id, { text, message, at: Date.now() });
      this.#bySid.set(message.sid, text.id);
      timeline.note(text.id, `written by ${addressOf(person)} (webhook ${text.webhook}, aim ${aim})`);
    }
    return reached;
  }

  async #strike({ kill, releaseFirst }: Episode): Promise<void> {
    const { relay, machine, rows, holds, timeline } = this.#world;
    this.#kills.set(kill, (this.#kills.get(kill) ?? 0) + 1);
    if (kill === 'none') return holds.release();
    const victims = [...(kill === 'machine' ? [] : [relay]), ...(kill === 'relay' ? [] : [machine])];
    if (kill === 'cut') this.#world.cut();
    else await Promise.all(victims.map((victim) => victim.kill()));
    const standings = rows.standings();
    this.#count(kill, standings);
    this.#recovery.killed(kill, standings, (sid) => this.#written.get(this.#bySid.get(sid) ?? '')?.text);
    timeline.noteAll(`${kill}: gone`);
    if (releaseFirst) holds.release();
    if (kill !== 'cut') await Promise.all(victims.map((victim) => victim.start()));
    timeline.noteAll(`${kill}: there again`);
    this.#recovery.ready();
    holds.release();
  }

  #count(kill: Kill, standings: readonly Standing[]): void {
    const counts = this.#states.get(kill) ?? new Map<string, number>();
    for (const { attempt, replies } of standings) {
      const head = replies[0];
      for (const state of [attempt, ...(head && head !== 'ready' ? [`reply ${head}`] : [])]) {
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
    }
    this.#states.set(kill, counts);
  }

  #accepted(id: string, how: string): void {
    this.#world.timeline.note(id, how);
    const isFirst = !this.#taken.has(id);
    this.#taken.add(id);
    this.#wake();
    const written = this.#written.get(id);
    if (isFirst && written?.text.webhook === 'again later') {
      // Long after its turn, too: a repeat starts nothing at any time.
      const later = this.#until(() => this.#answered.has(id), WEBHOOK_MS).then(async () => {
        this.#world.timeline.note(id, 'its webhook is delivered again');
        await this.#world.carrier.deliverAgain(written.message);
      });
      this.#background.add(later);
      void later.finally(() => this.#background.delete(later));
    }
  }

  #reached(message: CarrierMessage): void {
    for (const id of message.body.match(/\bm\d{4,}\b/g) ?? []) {
      this.#world.timeline.note(id, `on the phone: “${message.body}”`);
      this.#answered.add(id);
      this.#recovery.answered(id);
    }
    this.#wake();
  }

  #onTheWay(): number {
    return [...this.#taken].filter((id) => !this.#answered.has(id)).length;
  }

  /** Texts whose webhook was lost come in another way. */
  async #recover(): Promise<void> {
    const { relay, carrier, timeline } = this.#world;
    if (this.#options.reconciles) {
      const response = await fetch(`${relay.url}/cdn-cgi/local/scheduled`, { signal: AbortSignal.timeout(30_000) });
      timeline.noteAll(`the relay was asked to reconcile: ${response.status}`);
      await response.text();
      for (const { providerId } of this.#world.rows.messages()) this.#taken.add(this.#bySid.get(providerId) ?? '');
      return;
    }
    for (const [id, { message, at }] of this.#written) {
      if (this.#taken.has(id) || Date.now() - at < WEBHOOK_MS) continue;
      if (await carrier.deliverAgain(message)) this.#accepted(id, 'accepted when the carrier repeated it');
    }
  }

  /** Until everything is accepted, answered and finished, or the time is over. */
  async #rest(): Promise<void> {
    const deadline = Date.now() + (this.#options.restWithinMs ?? 120_000);
    for (;;) {
      await this.#recover();
      const isDone = [...this.#written.keys()].every((id) => this.#answered.has(id));
      if (isDone && this.#background.size === 0 && this.#world.rows.unfinished().length === 0) break;
      if (Date.now() > deadline || this.#isHopeless()) break;
      await this.#until(() => false, 500);
    }
    // What would now come a second time is already on its way.
    await this.#world.carrier.carrier.settled();
  }

  /** Something is wrong that no waiting puts right. */
  #isHopeless(): boolean {
    return this.#judge().findings.some(({ fault }) => !MAY_PASS.includes(fault));
  }

  #judge(): Verdict {
    const { rows, carrier, model, counter } = this.#world;
    const seqs = new Map(rows.messages().map(({ providerId, seq }) => [providerId, seq]));
    return judge({
      texts: [...this.#written].map(([id, { message }]) => ({
        id,
        person: message.from,
        seq: seqs.get(message.sid) ?? null,
        answered200: this.#taken.has(id),
      })),
      sent: carrier.carrier
        .messages()
        .filter(({ direction }) => direction === 'outbound-api')
        .map(({ to, body }) => ({ person: to, body })),
      sights: model.sights(),
      counter: existsSync(counter) ? readFileSync(counter, 'utf8').split('\n') : [],
      unfinished: rows.unfinished(),
    });
  }

  #timeline(id: string): string[] {
    const written = this.#written.get(id);
    const rows = written ? this.#world.rows.about(written.message.from, written.message.sid) : [];
    return [...this.#world.timeline.of(id), ...rows.map((row) => `     row     ${row}`)];
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Looks whenever something happened, for at most `ms`. */
  async #until(isTrue: () => boolean, ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    while (!isTrue() && Date.now() < deadline) await bounded(this.#changed.promise, deadline - Date.now());
  }
}

const addressOf = (person: number): string => `whatsapp:+15555550${110 + person}`;

async function bounded(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(0, ms));
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
