import { describe, expect, test } from 'vitest';
import { BURST_PAUSES, GATHER_MAX_MS, GATHER_MS } from '../../../src/conversation/policy/turn.ts';
import type { InboundFile } from '../../../src/conversation/state/rows.ts';
import { judgeEnding } from '../../../src/input/text-ending.ts';
import { tellCounted } from '../../counted.ts';
import { BURSTS, type Burst, type BurstText } from '../../fixtures/bursts.ts';
import { Talk } from '../conversation.ts';

// When a turn starts after a text, and which texts share it.

describe('a hundred bursts as people text them', () => {
  const medianOf = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const sumOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);

  test.for([2_000, 8_000, 30_000])(
    'no burst takes more turns than with a fixed wait: turns of %d ms',
    (turnMs, context) => {
      const played = BURSTS.map((burst) => ({
        burst,
        now: play(burst, turnMs),
        before: playWithFixedWait(burst, turnMs),
      }));
      expect(played.filter(({ now, before }) => now.turns > before.turns)).toEqual([]);
      const turns = {
        now: sumOf(played.map(({ now }) => now.turns)),
        before: sumOf(played.map(({ before }) => before.turns)),
      };
      tellCounted(context, {
        [`a hundred bursts, turns of ${turnMs / 1000} s: turns against a fixed wait`]: turns.now / turns.before,
      });
      expect(turns.now).toBeLessThanOrEqual(0.91 * turns.before);
      const sentences = played.filter(({ burst }) => burst.texts.length === 1);
      expect([medianOf(sentences.map(({ now }) => now.delay)), sentences.length]).toEqual([0, 52]);
      expect(sumOf(sentences.map(({ now }) => now.delay))).toBeLessThan(
        0.25 * sumOf(sentences.map(({ before }) => before.delay)),
      );
    },
  );
});

test('a whole sentence starts its turn at once; a few words wait for more; an unfinished text waits longer', () => {
  const waitOf = (text: string): number | undefined => {
    const talk = new Talk(GATHER_MS);
    talk.text(text);
    const due = talk.state.timers.find((t) => t.kind === 'gather')?.dueAt ?? talk.now;
    return talk.state.turns.length === 1 ? 0 : due - talk.now;
  };
  expect(waitOf('List the files.')).toBe(0);
  expect(waitOf('run tests')).toBe(GATHER_MS);
  expect(waitOf('deploy it and')).toBe(BURST_PAUSES * GATHER_MS);
});

describe('a text that comes while the turn of the text before runs', () => {
  const follow = (afterMs: number, mode: 'collect' | 'queue' = 'collect', gatherMs = GATHER_MS): string => {
    const talk = new Talk(gatherMs, { queueMode: mode });
    talk.text('Look at the login bug.');
    talk.taken();
    talk.now += afterMs;
    const { seq } = talk.text('on staging');
    const given = talk.effects.some((e) => e.do === 'steer');
    return `${talk.state.messages.find((m) => m.seq === seq)?.state}${given ? ' given' : ''}`;
  };

  test('joins it if it follows quickly, as a part of the same burst', () => {
    expect(follow(BURST_PAUSES * GATHER_MS)).toBe('active given');
    expect(follow(BURST_PAUSES * GATHER_MS + 1)).toBe('waiting');
  });

  test('never joins it with /queue one by one, nor without a gather time', () => {
    expect(follow(1, 'queue')).toBe('waiting');
    expect(follow(0, 'collect', 0)).toBe('waiting');
  });

  test('never joins it if it was written before and found late', () => {
    const talk = new Talk(GATHER_MS);
    talk.text('Look at the login bug.');
    talk.taken();
    talk.now += 1000;
    const { seq } = talk.text('the readme', 0, { receivedAt: talk.now - 300_000, late: true });
    expect(talk.state.messages.find((m) => m.seq === seq)?.state).toBe('waiting');
  });

  test('joins it no later than a burst lasts, however quickly one text follows the other', () => {
    const talk = new Talk(GATHER_MS);
    talk.text('Look at the login bug.');
    talk.taken();
    const states = [2000, 2000, 1000, 1].map((ms) => {
      talk.now += ms;
      const { seq } = talk.text('and this');
      return talk.state.messages.find((m) => m.seq === seq)?.state;
    });
    expect(talk.now - 1_000_000).toBe(GATHER_MAX_MS + 1);
    expect(states).toEqual(['active', 'active', 'active', 'waiting']);
  });
});

test.each([
  [
    'whole',
    ['Done.', 'What?!', 'go on with the plan', 'deploy it 🚀', '👍🏽', 'ok :)', 'He said “no.”', '(see below.)'],
  ],
  [
    'whole',
    ['¿Qué pasa?', 'ठीक कर दो।', 'هل تم؟', '直してください。', '登录坏了！', 'エラーを調べて', 'ทำไมช้า ครับ ผม'],
  ],
  ['whole', ['a'.repeat(200), '```\nconst a = {\n```', 'run it again and again then']],
  [
    'unfinished',
    ['3 things:', 'login bug,', 'the files (', 'deploy it and', 'can you', 'Kannst du bitte', '然后，', 'ログイン、'],
  ],
  [
    'unfinished',
    ['hmm…', 'well...', '```\nconst a = 1', 'look at the', 'revisa el', 'schau mal in die', 'it fails because'],
  ],
  [
    'unclear',
    ['hey', 'y', 'no', 'run tests', '42', 'v1.4.2', 'ok so', 'https://example.com/pull/12', 'ねえ', '', '  '],
  ],
] as const)('an ending is %s: %j', (ending, texts) => {
  expect(texts.filter((text) => judgeEnding(text) !== ending)).toEqual([]);
});

type Played = { turns: number; delay: number };

/** What the real decision does with a burst: the turns it takes, and when the agent has the last text. */
function play(burst: Burst, turnMs: number): Played {
  const talk = new Talk(GATHER_MS);
  const arrivals = arrivalsOf(burst, talk.now);
  const givenAt = new Map<number, number>();
  let turn = null as { id: string; takenAt: number; endsAt: number } | null;
  let turns = 0;
  let last = { seq: 0, at: 0 };
  for (;;) {
    const open = talk.state.turns.find((t) => t.state === 'open');
    if (open && open.id !== turn?.id) {
      turns++;
      turn = { id: open.id, takenAt: talk.now + 15, endsAt: talk.now + turnMs };
    }
    if (!open) turn = null;
    const gather = talk.state.timers.find((t) => t.kind === 'gather')?.dueAt ?? Number.POSITIVE_INFINITY;
    const next = arrivals[0]?.at ?? Number.POSITIVE_INFINITY;
    const takenAt = turn?.takenAt ?? Number.POSITIVE_INFINITY;
    const endsAt = turn?.endsAt ?? Number.POSITIVE_INFINITY;
    const soonest = Math.min(gather, next, takenAt, endsAt);
    if (soonest === Number.POSITIVE_INFINITY) return { turns, delay: (givenAt.get(last.seq) ?? Number.NaN) - last.at };
    talk.now = soonest;
    if (turn && soonest === takenAt) {
      talk.taken();
      turn = { ...turn, takenAt: Number.POSITIVE_INFINITY };
    } else if (soonest === next) last = { seq: arrive(talk, arrivals.shift()), at: talk.now };
    else if (soonest === gather) talk.fire('gather');
    else talk.answer('done', ...talk.state.messages.filter((m) => m.state === 'active'));
    confirmSteered(talk);
    for (const { seq, state } of talk.state.messages) {
      if (state === 'active' && !givenAt.has(seq)) givenAt.set(seq, talk.now);
    }
  }
}

function arrive(talk: Talk, arrival: BurstText | undefined): number {
  const { text = '', attachments = 0 } = arrival ?? {};
  const message = Math.max(0, ...talk.state.messages.map((m) => m.seq)) + 1;
  if (attachments > 0) talk.state = { ...talk.state, files: [...talk.state.files, { ...PHOTO, message }] };
  return talk.text(text, attachments).seq;
}

const PHOTO: Omit<InboundFile, 'message'> = {
  n: 0,
  type: 'image/jpeg',
  url: 'https://carrier/photo',
  name: null,
  size: null,
  state: 'kept',
  id: 'a'.repeat(64),
  attempts: 0,
  forgotten: 0,
  note: null,
  transcript: null,
};

function confirmSteered(talk: Talk): void {
  for (;;) {
    const steered = talk.effects.find((effect) => effect.do === 'steer');
    if (steered?.do !== 'steer') return;
    talk.on({ type: 'steered', attempt: talk.ref, uuid: steered.uuid });
  }
}

/** The same with a fixed wait: 300 ms after a text with its full stop, a second after others, none after a file. */
function playWithFixedWait(burst: Burst, turnMs: number): Played {
  const arrivals = arrivalsOf(burst, 0);
  let turns = 0;
  let endsAt = 0;
  let delay = 0;
  for (let next = 0; next < arrivals.length; turns++) {
    const first = next;
    let startsAt = endsAt;
    if ((arrivals[first]?.at ?? 0) >= endsAt) {
      let last = first;
      startsAt = fixedEndOf(arrivals, first, last);
      while ((arrivals[last + 1]?.at ?? Number.POSITIVE_INFINITY) < startsAt) {
        last++;
        startsAt = fixedEndOf(arrivals, first, last);
      }
    }
    while ((arrivals[next]?.at ?? Number.POSITIVE_INFINITY) <= startsAt) next++;
    endsAt = startsAt + turnMs;
    delay = startsAt - (arrivals.at(-1)?.at ?? 0);
  }
  return { turns, delay };
}

type Arrival = BurstText & { at: number };

function fixedEndOf(arrivals: readonly Arrival[], first: number, last: number): number {
  const { text = '', attachments = 0, at = 0 } = arrivals[last] ?? {};
  const isComplete = text.length >= 200 || /[.!?…。！？]["'”’)\]]*\s*$/u.test(text);
  const quiet = attachments > 0 ? 0 : isComplete ? 300 : GATHER_MS;
  return Math.min(at + quiet, (arrivals[first]?.at ?? 0) + GATHER_MAX_MS);
}

function arrivalsOf({ texts }: Burst, start: number): Arrival[] {
  let at = start;
  return texts.map((text) => {
    at += text.after;
    return { ...text, at };
  });
}
