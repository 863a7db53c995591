import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import type { FreezeAsk } from '../../src/conversation/state/merge-events.ts';
import { AddressObject } from '../../src/objects/address-object.ts';
import { Directory } from '../../src/objects/directory.ts';
import { MergeObject } from '../../src/objects/merge-object.ts';
import { OverviewShard } from '../../src/objects/overview-shard.ts';
import { ConversationStore } from '../../src/objects/stores/conversation-store.ts';
import { texts } from '../../src/texts/index.ts';
import { DAY } from '../../src/units.ts';
import { directory, useFly } from './fly.ts';
import { homeOf } from './homes.ts';
import { answerTo, Person } from './person.ts';
import { addressObject } from './relay.ts';
import { END, endOf, hasLeft, idOf, keysOf, stepOf, useTwoHomes } from './two-homes.ts';

// Two homes become one, and an object is killed before and after every call of the job: it ends as if nothing had been
// cut, and each text that came meanwhile is answered once.

const { clock, world, two, workedIn, both, agree, finished } = useTwoHomes();

type Calls = Record<string, (...args: unknown[]) => unknown>;

/** A call of the job. `keyOf`: tells one call from the next; each is cut once. `cuts`: the number of calls. */
type Call = { of: object; keyOf?: (ben: Person, args: unknown[]) => unknown; cuts: number; kills: readonly string[] };

const HOMES = ['the elder', 'the younger'];
const ALL = [...HOMES, 'the directory'];
const placeOf = (ben: Person): Promise<unknown> =>
  ben.rows(`SELECT merging ->> 'step' AS step, merging ->> 'cursor' AS cursor FROM conversation`);

const CALLS: Record<string, Call> = {
  // Ask: the younger home's person has said yes.
  expectMerge: { of: MergeObject.prototype, cuts: 1, kills: ALL },
  beginMerge: { of: MergeObject.prototype, cuts: 1, kills: ALL },
  // Freeze, and stay frozen for each of two backups and at their end.
  freezeForMerge: { of: MergeObject.prototype, keyOf: placeOf, cuts: 4, kills: HOMES },
  // Copy: each backup is two objects.
  put: { of: env.ARCHIVE, keyOf: (_, [key]) => key, cuts: 4, kills: ['the younger'] },
  // Switch.
  takeMergePart: {
    of: MergeObject.prototype,
    keyOf: (_, [, part]) => (part as { table: string }).table,
    cuts: 9,
    kills: HOMES,
  },
  endMerge: { of: MergeObject.prototype, cuts: 1, kills: HOMES },
  // Empty: the elder home hears that the younger one knows, and all rows of the younger one go.
  settleMerge: { of: MergeObject.prototype, cuts: 1, kills: HOMES },
  turnFrom: { of: AddressObject.prototype, cuts: 1, kills: HOMES },
  merge: { of: Directory.prototype, cuts: 1, kills: ALL },
  delete: { of: env.ARCHIVE, keyOf: (_, [keys]) => (keys as string[])[0], cuts: 3, kills: ['the younger'] },
  forget: { of: OverviewShard.prototype, cuts: 1, kills: ['the younger'] },
};

const killDirectory = (): Promise<void> =>
  runInDurableObject(directory(), (_, state) => state.abort('evicted by a test')).catch(() => undefined);

/** The reminder has rung meanwhile. */
const END_A_WEEK_LATER = { ...END, schedules: [[1, 'water the plants', 'MAIN', 'over']], due: [] };

function kill(who: string, [ada, ben]: [Person, Person]): Promise<void> {
  if (who === 'the directory') return killDirectory();
  return who === 'the elder' ? ada.evicted() : ben.evicted();
}

describe('killed', () => {
  test.each(
    Object.entries(CALLS).flatMap(([call, { kills }]) =>
      ['before', 'after'].flatMap((when) => kills.map((who) => ({ call, when, who }))),
    ),
  )('$who $when $call: it ends as if it had not been', async ({ call, when, who }) => {
    const people = await two();
    const [ada, ben] = people;
    await workedIn(ben);
    await addressObject(ben.address).bind(new Person(world).address, 'admin');
    const { of, keyOf, cuts } = CALLS[call] as Call;
    const calls = of as Calls;
    const carryOut = calls[call] as Calls[string];
    // Work that begins at a home before it is frozen would hold the merge up.
    const isAsk = call === 'expectMerge' || call === 'beginMerge';
    const isBefore = isAsk || (call === 'freezeForMerge' && when === 'before');
    const cut = new Set<string>();
    vi.spyOn(calls, call).mockImplementation(async function (this: unknown, ...args) {
      const which = JSON.stringify((await keyOf?.(ben, args)) ?? '');
      if (cut.has(which)) return carryOut.apply(this, args);
      if (when === 'after') await carryOut.apply(this, args);
      // Texts that come at this moment are answered once, at the elder home.
      if (cut.size === 0 && !isAsk) await ben.says('during the merge');
      if (cut.size === 0 && !isBefore) await ada.says('during it, too');
      cut.add(which);
      await kill(who, people);
      throw new Error('cut');
    });
    await agree(ada, ben);
    await finished(people);
    const during = [...(isBefore ? [] : ['during it, too']), ...(isAsk ? [] : ['during the merge'])];
    const heard = async (): Promise<unknown[]> => await ada.rows(`SELECT text FROM messages WHERE text LIKE 'during%'`);
    const isAsked = (): boolean => during.length === 0 || world.outside.starts.length > 1;
    await both(people, async () => (await heard()).length === during.length && isAsked());
    expect(cut.size).toBe(cuts);
    expect(await endOf(people)).toEqual({ ...END, texts: [...during, ...END.texts] });
    const asked = world.outside.starts.slice(1).flatMap(({ body }) => body.messages);
    expect(new Set(asked.map(({ uuid }) => uuid)).size).toBe(new Set(asked.map(({ text }) => text)).size);
    // Both persons hear once that it begins.
    const times = (person: Person, words: string): number => person.bodies().filter((body) => body === words).length;
    expect([times(ben, texts.merging.accepted), times(ada, texts.merging.begins)]).toEqual([1, 1]);
  });

  test.each(HOMES.flatMap((who) => HOMES.map((busy) => ({ who, busy }))))(
    '$who while $busy is at work: the merge waits on, and begins when that is done',
    async ({ who, busy }) => {
      const people = await two();
      const [ada, ben] = people;
      await workedIn(ben);
      const worker = busy === 'the elder' ? ada : ben;
      const { freezeForMerge } = MergeObject.prototype;
      let asked = 0;
      vi.spyOn(MergeObject.prototype, 'freezeForMerge').mockImplementation(async function (
        this: MergeObject,
        ask: FreezeAsk,
      ) {
        const nth = asked++;
        if (nth === 0) await kill(who, people);
        const frozen = nth === 0 ? null : freezeForMerge.call(this, ask);
        if (nth === 1) await kill(who, people);
        if (frozen === null) throw new Error('cut');
        return frozen;
      } as unknown as typeof freezeForMerge);
      await worker.says('build the shop');
      const { attempt, uuids } = await worker.started(1);
      await agree(ada, ben);
      await both(people, async () => (await stepOf(ben)) === 'wait');
      await kill(who, people);
      await both(people, () => ben.bodies().includes(texts.merging.waits));
      await kill(who, people);
      expect(await stepOf(ben)).toBe('wait');
      worker.tells(attempt, ...answerTo(uuids, 'Built.'));
      await finished(people);
      expect(asked).toBeGreaterThan(2);
      expect(await endOf(people)).toEqual({ ...END, answers: expect.arrayContaining(['Built.', ...END.answers]) });
    },
  );

  const WHEN = ['before', 'after'] as const;

  test.each(WHEN.flatMap((when) => (['emptyRows', 'leaveRows'] as const).map((call) => ({ when, call }))))(
    'the younger $when $call, which deletes its rows',
    async ({ when, call }) => {
      const people = await two();
      const [ada, ben] = people;
      await workedIn(ben);
      const carryOut = ConversationStore.prototype[call] as (...args: unknown[]) => void;
      let calls = 0;
      vi.spyOn(ConversationStore.prototype, call).mockImplementation(function (
        this: ConversationStore,
        ...args: unknown[]
      ) {
        const isCut = calls++ === 0;
        if (!isCut || when === 'after') carryOut.apply(this, args);
        if (isCut) throw new Error('cut');
      });
      await agree(ada, ben);
      await finished(people);
      clock.move(7 * DAY);
      await both(people, () => hasLeft(ben));
      await ben.evicted();
      expect(calls).toBeGreaterThan(0);
      expect(await endOf(people)).toMatchObject(END_A_WEEK_LATER);
      expect(await homeOf(ben)).toBe(idOf(ada));
    },
  );

  /** The work of the younger home after a week, each part inside `cut`. */
  type Cut = (work: () => unknown) => Promise<unknown>;
  const LEAVING: Record<string, (cut: Cut) => unknown> = {
    'the machine deletes what it has of it': (cut) => {
      world.outside.onForget = async (what) => {
        await cut(() => world.outside.forgot.push(what));
        return new Response(null, { status: 204 });
      };
    },
    'its sent files are deleted': (cut) => {
      const { MEDIA } = env;
      const carryOut = MEDIA.delete;
      vi.spyOn(MEDIA, 'delete').mockImplementation(async (keys) => {
        await cut(() => carryOut.call(MEDIA, keys));
      });
    },
  };

  test.each(WHEN.flatMap((when) => Object.keys(LEAVING).map((what) => ({ when, what }))))(
    'the younger $when $what: all of it is gone in the end',
    async ({ when, what }) => {
      const people = await two();
      const [ada, ben] = people;
      await workedIn(ben);
      await agree(ada, ben);
      await finished(people);
      let cuts = 0;
      LEAVING[what]?.(async (work) => {
        if (cuts++ > 0) return work();
        if (when === 'after') await work();
        await ben.evicted();
        throw new Error('cut');
      });
      clock.move(7 * DAY);
      await both(people, () => hasLeft(ben));
      await ben.evicted();
      expect(cuts).toBeGreaterThan(0);
      expect([new Set(world.outside.forgot), await keysOf(env.MEDIA)]).toEqual([new Set(['machine']), []]);
      expect(await endOf(people)).toMatchObject(END_A_WEEK_LATER);
      expect(await homeOf(ben)).toBe(idOf(ada));
    },
  );
});

describe('killed a week later, with a machine of its own', () => {
  const at = useFly(world);

  /** Both have a machine, and Ben's home is empty. */
  async function twoMachines(): Promise<[Person, Person]> {
    const people = await two();
    for (const [n, person] of people.entries()) {
      await person.says('hello');
      await person.runs(clock, () => world.outside.starts.length > n);
      await person.answered(n, 'hi');
    }
    await agree(...people);
    await finished(people);
    clock.move(7 * DAY);
    return people;
  }

  async function isGone([ada, ben]: [Person, Person]): Promise<void> {
    await both([ben, ben], () => hasLeft(ben));
    expect([at.fly.apps.size, at.fly.machines.length, at.fly.volumes.length]).toEqual([1, 1, 1]);
    expect((await directory().machines()).map(({ conversation }) => conversation)).toEqual([idOf(ada)]);
    await ben.evicted();
    expect(await homeOf(ben)).toBe(idOf(ada));
  }

  const LOOKS_AND_CHANGES = ['GET apps/machines', 'DELETE apps/machines', 'DELETE apps'];

  test.each(
    LOOKS_AND_CHANGES.flatMap((call, nth) => (['before', 'after'] as const).map((when) => ({ call, nth, when }))),
  )('the younger $when $call at Fly: its machine is gone in the end, with its slot', async ({ nth, when }) => {
    const people = await twoMachines();
    const [, ben] = people;
    const before = at.fly.calls.length;
    at.fly.lost = { nth: before + nth, when };
    await both([ben, ben], () => at.fly.calls.length > before + nth);
    expect(at.fly.calls.slice(before)).toEqual(LOOKS_AND_CHANGES.slice(0, nth + 1));
    at.fly.lost = null;
    await ben.evicted();
    await isGone(people);
  });

  test.each(['the younger', 'the directory'].flatMap((who) => ['before', 'after'].map((when) => ({ who, when }))))(
    '$who $when releaseMachine: its machine is gone in the end, with its slot',
    async ({ who, when }) => {
      const people = await twoMachines();
      const { releaseMachine } = Directory.prototype;
      let calls = 0;
      vi.spyOn(Directory.prototype, 'releaseMachine').mockImplementation(async function (this: Directory, id: string) {
        const isCut = calls++ === 0;
        if (!isCut || when === 'after') releaseMachine.call(this, id);
        if (!isCut) return;
        await kill(who, people);
        throw new Error('cut');
      } as unknown as typeof releaseMachine);
      await isGone(people);
      expect(calls).toBe(2);
    },
  );
});
