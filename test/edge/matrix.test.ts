import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toParts } from '../../src/channels/markup/text.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import { useClock } from './clock.ts';
import { answerTo, interrupted, Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// Every state of a text, evicted there, and each other fault where the runtime takes part in it. Afterwards the text is
// answered exactly once, in order, the machine got the same uuids, no try was used up in vain, and nothing is left that
// would wake the object.

quiet();
const clock = useClock();
const world = useOutside();
const vars = env as unknown as Record<string, string>;

const SESSION = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10';
const WORDS = ['first', 'second'].map((word) => `${word} `.repeat(150)).join('\n\n');
const PARTS = toParts(WORDS);
const STALE: EventBody = {
  type: 'result',
  text: 'stale words',
  is_error: false,
  user_message_uuids: [],
  cost_usd: 0,
};

type Cell = { person: Person; nth: number; disturbance: Disturbance };
type State = {
  /** The text · its newest attempt · the replies of its turn · the timers. */
  is: string;
  /** Before the attempt is requested. */
  arm?: () => void;
  /** From the text to the state; `nth`: the first attempt to go there. */
  go: (cell: Cell) => Promise<void>;
  /** Whether the relay reads the attempt's events. */
  reads?: true;
  /** All tries at the turn, if nothing more happens. */
  tries?: number;
  /** An unanswered text needs the next attempt when the machine has lost this one. */
  losable?: true;
};

const tellResult = async ({ person, nth }: Cell): Promise<string> => {
  const { attempt, uuids } = await person.started(nth);
  person.tells(attempt, { type: 'started' }, { type: 'session', session_id: SESSION });
  person.tells(attempt, answerTo(uuids, WORDS)[0] as EventBody);
  await person.outside.until(async () => (await person.attempts()).at(-1)?.last_seq === 3);
  return attempt;
};

/** Fully answered; a result after the end is sent together with it where the test wants that. */
const answer = async ({ person, nth, disturbance }: Cell): Promise<void> => {
  const { attempt, uuids } = await person.started(nth);
  if (disturbance === 'a late event of an older attempt') person.outside.glue(attempt, 4, STALE);
  person.tells(attempt, { type: 'started' }, ...answerTo(uuids, WORDS));
  await person.outside.until(() => person.outside.acknowledged.includes(attempt));
};

const STATES: Record<string, State> = {
  gathering: {
    is: 'waiting · none ·  · gather',
    arm: () => {
      vars.GATHER_MS = '2000';
    },
    go: async () => undefined,
  },
  'requested, and the machine does not have it': {
    is: 'active · requested ·  · ',
    arm: () => {
      world.outside.held.start = 'before';
    },
    go: async ({ person, nth }) => void (await person.asked(nth)),
  },
  'requested, and the machine has it': {
    is: 'active · requested ·  · ',
    arm: () => {
      world.outside.held.start = 'after';
    },
    go: async ({ person, nth }) => {
      const { attempt } = await person.asked(nth);
      await person.outside.until(() => person.outside.events.has(attempt));
    },
  },
  running: {
    is: 'active · running ·  · ',
    reads: true,
    losable: true,
    go: async ({ person, nth }) => {
      const { attempt } = await person.started(nth);
      person.tells(attempt, { type: 'started' }, { type: 'session', session_id: SESSION });
      await person.outside.until(async () => (await person.attempts()).at(-1)?.last_seq === 2);
    },
  },
  'between attempts': {
    is: 'active · ended ·  · attempt',
    tries: 3,
    go: async ({ person, nth, disturbance }) => {
      for (let n = nth; (await person.timers()) !== 'attempt'; n++) {
        const { attempt } = await person.started(n);
        if (disturbance === 'a late event of an older attempt') person.outside.glue(attempt, 1, STALE);
        person.tells(attempt, interrupted);
        await person.outside.until(async () => (await person.attempts())[n]?.state === 'ended');
      }
    },
  },
  'running, and its answer is on the way': {
    is: 'consumed · running · accepted ready · ',
    reads: true,
    go: async (cell) => {
      await tellResult(cell);
      await cell.person.outside.until(async () => (await cell.person.replyStates()).endsWith('accepted ready'));
    },
  },
  ending: {
    is: 'consumed · ending · accepted ready · ',
    reads: true,
    go: async (cell) => {
      cell.person.tells(await tellResult(cell), { type: 'ending' });
      await cell.person.outside.until(async () => (await cell.person.attempts()).at(-1)?.state === 'ending');
      await cell.person.outside.until(async () => (await cell.person.replyStates()).endsWith('accepted ready'));
    },
  },
  'ended, the reply `ready`': {
    is: 'consumed · ended · ready ready · ',
    go: async (cell) => {
      // The carrier may swap messages that are handed over too close together, so this one waits a moment.
      await cell.person.rewrites(`UPDATE conversation SET pace_until = ${Date.now() + 1000}`);
      await cell.person.ring();
      await answer(cell);
    },
  },
  'ended, the reply `sending`, and the carrier does not have it': {
    is: 'consumed · ended · sending ready · ',
    arm: () => {
      world.outside.held.send = 'before';
    },
    go: answer,
  },
  'ended, the reply `sending`, and the carrier has it': {
    is: 'consumed · ended · sending ready · ',
    arm: () => {
      world.outside.held.send = 'after';
    },
    go: async (cell) => {
      await answer(cell);
      await cell.person.outside.until(() => cell.person.bodies().includes(PARTS[0] as string));
    },
  },
  'ended, the reply `unknown`, and the carrier does not have it': {
    is: 'consumed · ended · unknown ready · reconcile',
    arm: () => {
      world.outside.onSend = () => new Response('', { status: 500 });
    },
    go: async (cell) => {
      await answer(cell);
      await cell.person.outside.until(async () => (await cell.person.timers()) === 'reconcile');
      world.outside.onSend = undefined;
    },
  },
  'ended, the reply `unknown`, and the carrier has it': {
    is: 'consumed · ended · unknown ready · reconcile',
    arm: () => {
      world.outside.onSend = (sent) => {
        world.outside.stored.unshift(sent);
        return new Response('', { status: 500 });
      };
    },
    go: async (cell) => {
      await answer(cell);
      await cell.person.outside.until(async () => (await cell.person.timers()) === 'reconcile');
      world.outside.onSend = undefined;
    },
  },
  'ended, the reply `accepted`': {
    is: 'consumed · ended · accepted ready · ',
    go: async (cell) => {
      await answer(cell);
      await cell.person.outside.until(async () => (await cell.person.replyStates()).endsWith('accepted ready'));
    },
  },
};

const DISTURBANCES = [
  'evicted',
  'the text repeated by the carrier',
  'the events told again',
  'a late event of an older attempt',
  'statuses out of order',
  'the alarm early',
  'the alarm late',
  'the alarm twice',
  'the journal lost',
] as const;
type Disturbance = (typeof DISTURBANCES)[number];

const READING = Object.keys(STATES).filter((state) => STATES[state]?.reads);
const TIMED = ['gathering', 'between attempts', 'ended, the reply `ready`'];
/**
 * The states in which the runtime takes part in a disturbance: its storage, streams, alarms and calls under way. What is
 * decided in every state under all of them is shown by `pure/properties.test.ts`.
 */
const WHERE: Record<Disturbance, readonly string[]> = {
  evicted: Object.keys(STATES),
  'the text repeated by the carrier': ['gathering', 'running', 'ended, the reply `accepted`'],
  'the events told again': READING,
  'a late event of an older attempt': ['between attempts', ...READING],
  'statuses out of order': ['running', 'ended, the reply `accepted`'],
  'the alarm early': [...TIMED, 'ended, the reply `unknown`, and the carrier does not have it'],
  'the alarm late': [...TIMED, 'ended, the reply `unknown`, and the carrier has it'],
  'the alarm twice': [
    ...TIMED,
    'requested, and the machine does not have it',
    'ended, the reply `sending`, and the carrier has it',
    'ended, the reply `unknown`, and the carrier does not have it',
  ],
  'the journal lost': ['requested, and the machine has it', 'between attempts', ...READING],
};

const snapshot = async (person: Person): Promise<string> => {
  const [row] = await person.rows<Record<string, string>>(
    `WITH newest AS (SELECT state, turn FROM messages ORDER BY seq DESC LIMIT 1)
     SELECT (SELECT state FROM newest) AS message,
       coalesce((SELECT state FROM attempts WHERE turn = (SELECT turn FROM newest) ORDER BY n DESC LIMIT 1), 'none') AS attempt,
       coalesce((SELECT group_concat(state, ' ' ORDER BY seq) FROM replies WHERE turn = (SELECT turn FROM newest)), '') AS replies`,
  );
  return `${row?.message} · ${row?.attempt} · ${row?.replies} · ${await person.timers()}`;
};

/** The preparation before the state. */
async function precede(cell: Cell, { arm, reads }: State, state: string): Promise<Record<string, string>> {
  const { person, disturbance } = cell;
  if (disturbance === 'statuses out of order') {
    await person.says('an earlier text');
    await person.answered(cell.nth++, 'an earlier answer');
    await person.callback(await person.gets(0), 'delivered');
    // The object reads its configuration again.
    await person.evicted();
    clock.move(1000);
  }
  const isOlder = disturbance === 'a late event of an older attempt';
  if (!isOlder) arm?.();
  const form = await person.says('hello');
  if (isOlder && (reads || state.startsWith('requested'))) {
    const { attempt } = await person.started(cell.nth++);
    person.tells(attempt, { type: 'started' });
    await person.outside.until(async () => (await person.attempts()).at(-1)?.last_seq === 1);
    if (!reads) person.outside.glue(attempt, 2, STALE);
    arm?.();
    person.tells(attempt, interrupted);
  } else if (isOlder) arm?.();
  return form;
}

async function disturb(cell: Cell, { reads }: State, form: Record<string, string>): Promise<void> {
  const { person, disturbance, nth } = cell;
  const before = await snapshot(person);
  const unchanged = async (): Promise<void> => expect(await snapshot(person)).toBe(before);
  switch (disturbance) {
    case 'evicted':
      person.outside.cut();
      await person.evicted();
      person.outside.release();
      await person.ring();
      return;
    case 'the text repeated by the carrier':
      await person.repeats(form);
      return unchanged();
    case 'the events told again': {
      const attaches = person.outside.attaches.length;
      person.outside.forgetsPosition = true;
      person.outside.cut();
      await person.runs(clock, () => person.outside.attaches.length > attaches);
      return;
    }
    case 'a late event of an older attempt': {
      if (!reads) return;
      const { attempt } = await person.asked(nth);
      const attaches = person.outside.attaches.length;
      person.outside.inject(attempt, attempt.replace(/\d+$/, '1'), 3, STALE);
      await person.runs(clock, () => person.outside.attaches.length > attaches);
      return;
    }
    case 'statuses out of order': {
      for (const sent of [...person.got()]) {
        for (const status of ['read', 'sent', 'delivered']) {
          await person.callback(sent, status);
          expect(await person.rows(`SELECT state FROM replies WHERE sid = '${sent.sid}'`)).toEqual([{ state: 'read' }]);
        }
      }
      return;
    }
    case 'the alarm early':
      await person.ring();
      return unchanged();
    case 'the alarm late':
      clock.move(60_000);
      await person.ring();
      return;
    case 'the alarm twice': {
      const due = await person.nextDue();
      clock.move(due === null ? 5000 : Math.max(0, due - Date.now()));
      await Promise.all([person.ring(), person.ring()]);
      return;
    }
    case 'the journal lost':
      person.outside.loseJournal('JOURNAL2');
  }
}

/** The machine does the rest, and so does the carrier. */
async function finish({ person }: Cell): Promise<void> {
  person.outside.release();
  await person.runs(clock, () => {
    for (const { attempt, body } of person.outside.starts) {
      const told = person.outside.events.get(attempt);
      if (!told || told.some(({ type }) => type === 'ended')) continue;
      const left = answerTo(
        body.messages.map((m) => m.uuid),
        WORDS,
      );
      person.tells(attempt, ...left.filter(({ type }) => !told.some((event) => event.type === type)));
    }
    return person.isSettled();
  });
  await person.comesToRest(clock);
}

beforeEach(() => clock.freeze());
afterEach(() => {
  vars.GATHER_MS = '0';
});

test('the answer of these tests has two parts', () => expect(PARTS).toHaveLength(2));

describe.each(Object.keys(STATES))('%s', (name) => {
  const state = STATES[name] as State;

  test.each(DISTURBANCES.filter((disturbance) => WHERE[disturbance].includes(name)))('× %s', async (disturbance) => {
    const cell: Cell = { person: new Person(world), nth: 0, disturbance };
    const { person } = cell;
    const form = await precede(cell, state, name);
    await state.go(cell);
    await person.outside.until(async () => (await snapshot(person)) === state.is);
    const earlier = disturbance === 'statuses out of order' ? 1 : 0;
    await disturb(cell, state, form);
    await finish(cell);

    // Also when the alarm was late: the relay was down, so nothing is said about the machine.
    expect(person.bodies()).toEqual([...(earlier ? ['an earlier answer'] : []), ...PARTS]);
    expect(new Set((await person.messageStates()).split(' '))).toEqual(new Set(['consumed']));
    const starts = person.outside.starts.filter(({ body }) => body.messages.some((m) => m.text === 'hello'));
    expect(new Set(starts.map(({ body }) => body.messages.map((m) => m.uuid).join())).size).toBe(1);
    expect(starts.map(({ attempt, body }) => body.continues === !attempt.endsWith('.1'))).not.toContain(false);
    const older = disturbance === 'a late event of an older attempt' && cell.nth > 0 ? 1 : 0;
    const lost = disturbance === 'the journal lost' && state.losable ? 1 : 0;
    const tries = (state.tries ?? 1) + older + lost;
    expect(new Set(starts.map(({ attempt }) => attempt)).size).toBe(tries);
    expect((await person.attempts()).length).toBe(tries + earlier);
    expect(await person.rows('SELECT 1 FROM replies WHERE doubled_sid IS NOT NULL')).toEqual([]);
  });
});

test('every named state exists', () => {
  for (const states of Object.values(WHERE)) for (const state of states) expect(STATES).toHaveProperty([state]);
});
