import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Text } from './plan.ts';
import type { PlannedSchedule } from './rows.ts';
import { type StandStill, standStillLine } from './stand-stills.ts';
import { buildFaultWorld, type FaultWorld } from './world.ts';

// One schedule in its own world: created by a text, due because its conversation's clock is moved there, struck at one
// point, and then left alone until it is at rest. Returns data; judges nothing.

export type Kind = 'text' | 'agent' | 'once' | 'snoozed' | 'others';
export const EVERY_MS = 24 * 60 * 60 * 1000;
/** A zone without clock changes. */
const ZONE = 'Asia/Tokyo';
const ZONE_AHEAD_H = 9;
/** Half a day away: nothing is due by itself, however slow the run is. */
const daily = (): string => `every day at ${(hourAhead() + ZONE_AHEAD_H) % 24}:00`;
/** In UTC. */
const hourAhead = (): number => (new Date().getUTCHours() + 12) % 24;
const COMMANDS: { [kind in Kind]: () => string } = {
  text: () => `/remind ${daily()}`,
  agent: () => `/schedule ${daily()}`,
  once: () => '/remind in 2 hours',
  snoozed: () => '/remind in 2 hours',
  others: () => `/remind ${daily()} for me, +15555550111`,
};

export type Strike =
  /** Kills the relay where it stands still, and lets a relay that doesn't stand still continue. */
  | { how: 'stands still'; point: StandStill }
  /** The agent is in the middle of a tool. */
  | { how: 'mid-run'; kill: readonly ('relay' | 'machine')[] }
  /** Nothing ran until this long after the due time. */
  | { how: 'slept over'; ms: number }
  /** SIGTERM this long after the due time, and repeated whenever the relay is back. */
  | { how: 'released'; afterMs: number; again: number };

export type Found = {
  /** The due time. */
  due: number;
  /** The requested hour of the day, in UTC; null: none. */
  hour: number | null;
  /** The rows on the disk after all processes that the case kills were dead. */
  atKill: PlannedSchedule | undefined;
  end: PlannedSchedule | undefined;
  unfinished: string[];
  /** Messages that reached phones since it was due, by owner. */
  texts: string[];
  /** How often the model saw the task as something new. */
  seen: number;
  seconds: number;
};

/** Folders with a bundle each, with and without the points; `root`: the folder of wrangler.toml. */
export type Bundles = { root: string; plain: string; still: string };

export const PERSON = 'whatsapp:+15555550110';
/** Another person who gets the words, too. */
export const OTHER = 'whatsapp:+15555550111';
const ID = 'm0001';
/** The words of the schedule. */
export const WORDS = `${ID} please`;
/** The agent's words about it. */
export const ANSWER = `${ID} done. In main.`;
const MADE_WITHIN_MS = 60_000;
const REACHED_WITHIN_MS = 60_000;
const REST_WITHIN_MS = 60_000;
const TERMINATED_WITHIN_MS = 3000;
const LOOK_EVERY_MS = 50;
const STANDING_LINES = 30;
/** Enough for the call that moves the clock, and for setting the alarm again. */
const AHEAD_MS = 1500;
const SETTLED = ['sent', 'delivered', 'silent', 'failed', 'skipped'];

export async function play(
  bundles: Bundles,
  within: string,
  kind: Kind,
  strike: Strike,
  watch: (world: FaultWorld) => void = () => {},
): Promise<Found> {
  const began = Date.now();
  const hour = kind === 'once' || kind === 'snoozed' ? null : hourAhead();
  const folder = mkdtempSync(join(within, 'case-'));
  const isStill = strike.how === 'stands still';
  // The steps before a snooze pass the points as well.
  serve(isStill && kind !== 'snoozed' ? bundles.still : bundles.plain, folder);
  const work = strike.how === 'mid-run' ? 'tool' : 'answer';
  const text: Text = { id: ID, work, crashes: 0, complete: true, webhook: 'as usual', send: 'as usual' };
  const vars = {
    ADMIN_SENDERS: PERSON.slice('whatsapp:'.length),
    DEFAULT_TIMEZONE: ZONE,
    KILL_POINT: isStill ? strike.point : '',
  };
  const world = await buildFaultWorld({ root: bundles.root, folder, texts: [text], vars });
  watch(world);
  try {
    await Promise.all([world.relay.start(), kind === 'agent' ? world.machine.start() : undefined]);
    if (kind === 'others') await openWindow(world);
    says(world, PERSON, `${COMMANDS[kind]()}: ${WORDS}`);
    const made = await until(() => atRest(world), MADE_WITHIN_MS, 'the schedule is made');
    // A callback would make the relay look at its rows, which only the alarm should do.
    await world.carrier.carrier.settled();
    let due = made.timers.find((timer) => timer.kind === 'schedule')?.dueAt ?? 0;
    if (kind === 'snoozed') {
      due = await snooze(world, due);
      await world.relay.kill();
      if (isStill) serve(bundles.still, folder);
      await world.relay.start();
    }
    const before = sent(world).length;
    const atKill = await strikeOn(world, due, strike, () => serve(bundles.plain, folder));
    await rest(world, due);
    return {
      due,
      hour,
      atKill: atKill && { ...atKill, runs: since(atKill, due) },
      end: planned(world),
      unfinished: world.rows.unfinished(),
      texts: sent(world).slice(before).sort(),
      seen: world.model.sights().get(ID) ?? 0,
      seconds: (Date.now() - began) / 1000,
    };
  } finally {
    await world.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The other person has written, so the carrier lets us write to them. */
async function openWindow(world: FaultWorld): Promise<void> {
  says(world, OTHER, '/help');
  await until(() => sent(world).length > 0 && isAtRest(world), MADE_WITHIN_MS, 'the other person has an answer');
  await world.carrier.carrier.settled();
}

/** The reminder comes and is snoozed; returns when it is due again. */
async function snooze(world: FaultWorld, due: number): Promise<number> {
  await moveClock(world, due);
  await rest(world, due);
  says(world, PERSON, 'snooze');
  const again = (): number | undefined => atRest(world)?.timers.find(({ kind }) => kind === 'snooze')?.dueAt;
  const dueAt = await until(again, MADE_WITHIN_MS, 'it is snoozed');
  await world.carrier.carrier.settled();
  return dueAt;
}

/** Lets it become due, strikes, and restarts everything; returns the rows on the disk in between. */
async function strikeOn(
  world: FaultWorld,
  due: number,
  strike: Strike,
  servePlain: () => void,
): Promise<PlannedSchedule | undefined> {
  const { relay, holds } = world;
  switch (strike.how) {
    case 'stands still': {
      // The relay may stand still before it has answered this.
      const refused = moveClock(world, due).then(() => new Promise<never>(() => {}));
      const reached = until(() => relay.log.includes(standStillLine(strike.point)), REACHED_WITHIN_MS, strike.point);
      await Promise.race([refused, reached]);
      await relay.kill();
      const atKill = planned(world);
      servePlain();
      await relay.start();
      return atKill;
    }
    case 'mid-run': {
      let isReached = false;
      void holds.arm('tool', ID).then(() => {
        isReached = true;
      });
      await moveClock(world, due);
      await until(() => isReached, REACHED_WITHIN_MS, 'the agent works');
      const victims = strike.kill.map((name) => world[name]);
      await Promise.all(victims.map((victim) => victim.kill()));
      const atKill = planned(world);
      await Promise.all(victims.map((victim) => victim.start()));
      holds.release();
      return atKill;
    }
    case 'slept over':
      await moveClock(world, due + strike.ms);
      return planned(world);
    case 'released': {
      const offset = await moveClock(world, due - AHEAD_MS);
      await pause(Math.max(0, due - offset + strike.afterMs - Date.now()));
      await relay.end(TERMINATED_WITHIN_MS);
      const atKill = planned(world);
      await relay.start();
      for (let n = 0; n < strike.again; n++) {
        await relay.end(TERMINATED_WITHIN_MS);
        await relay.start();
      }
      return atKill;
    }
  }
}

/** Nothing is left to do, and the carrier has repeated everything that the relay could not take. */
async function rest(world: FaultWorld, due: number): Promise<void> {
  const isOver = (): boolean => {
    const now = planned(world);
    if (now === undefined) return false;
    const runs = since(now, due);
    // The next alarm will do everything that is due.
    const isLeft = now.timers.some(({ dueAt }) => dueAt <= due);
    return runs.length > 0 && runs.every(({ state }) => SETTLED.includes(state)) && !isLeft;
  };
  try {
    await until(() => isOver() && isAtRest(world), REST_WITHIN_MS, 'the run is over');
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${standingOf(world)}`);
  }
  await world.carrier.carrier.settled();
  await tellAgain(world);
}

/** For the person who reads why a run did not end. */
const standingOf = (world: FaultWorld): string =>
  [
    `at ${Date.now()}: ${JSON.stringify(planned(world))}`,
    ...world.rows.unfinished(),
    ...world.relay.output.slice(-STANDING_LINES),
  ].join('\n');

/** Repeats status callbacks that got no answer, unchanged. */
async function tellAgain({ carrier: { carrier } }: FaultWorld): Promise<void> {
  const lost = carrier.traffic().filter(({ kind, status }) => kind === 'status' && status !== 204 && status !== 200);
  for (const { url, requestBody, requestHeaders } of lost) {
    const headers = {
      'content-type': requestHeaders['Content-Type'] ?? '',
      'x-twilio-signature': requestHeaders['X-Twilio-Signature'] ?? '',
    };
    const response = await fetch(url, { method: 'POST', headers, body: requestBody });
    await response.text();
  }
}

/** Moves the conversation's clock to `to`; returns how far it is ahead then. */
async function moveClock({ relay }: FaultWorld, to: number): Promise<number> {
  const response = await fetch(`${relay.url}/local/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ address: PERSON, to_ms: to }),
  });
  if (!response.ok) throw new Error(`The clock did not move to ${to}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { offset: number }).offset;
}

function says({ phones }: FaultWorld, phone: string, body: string): void {
  phones.write({ id: body, phone, what: 'choice', body });
}

const planned = ({ rows }: FaultWorld): PlannedSchedule | undefined => rows.schedules()[0];
const isAtRest = ({ rows }: FaultWorld): boolean => rows.unfinished().length === 0;
/** Finds the schedule first: a person who has not written yet is at rest, too. */
const atRest = (world: FaultWorld): PlannedSchedule | undefined => {
  const made = planned(world);
  return isAtRest(world) ? made : undefined;
};
export const since = ({ runs }: PlannedSchedule, due: number): PlannedSchedule['runs'] =>
  runs.filter(({ dueAt }) => dueAt >= due);
const sent = ({ carrier }: FaultWorld): string[] =>
  carrier.carrier
    .messages()
    .flatMap(({ direction, to, body }) => (direction === 'outbound-api' ? [`${to}: ${body}`] : []));

function serve(bundle: string, folder: string): void {
  rmSync(join(folder, 'bundle'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(bundle, 'bundle'), join(folder, 'bundle'), { recursive: true });
}

async function until<T>(look: () => T | false | undefined, ms: number, what: string): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const seen = look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`Not within ${ms / 1000} s: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
