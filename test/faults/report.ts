import { summarise, table } from '../../bench/figures.ts';
import { INSIDE } from './kill-points.ts';
import { KILLS, type Plan, textsOf } from './plan.ts';
import type { RecoveryKind } from './recovery.ts';
import type { Outcome } from './run.ts';
import { FAULTS, type Fault, type Finding, MAY_PASS } from './verdict.ts';

// A run's findings, for people: what was killed in which state, how long recovery took, and, if something is wrong, the
// first affected text. Pure.

const AIMED = ['gathering', 'requested', 'running', 'ending', 'between', 'reply sending'];
export const STATES = [...AIMED, 'reply unknown'];
/**
 * The number of kills of relay and agent server in each of these states below which a long run reports that it has
 * shown little.
 */
const LONG = 2000;
const EACH_AT_LEAST = 20;
const RECOVERIES: RecoveryKind[] = ['turn goes on', 'answer reaches the phone'];

export function report(outcome: Outcome, { seed, plan }: { seed: number; plan: Plan }) {
  const messages = textsOf(plan).length;
  const { verdict, states, kills, recovery } = outcome;
  const { findings } = verdict;
  const used = KILLS.filter((kill) => kills.has(kill) && kill !== 'none');
  const count = (fault: Fault): number => findings.filter((finding) => finding.fault === fault).length;
  const killed = table(
    ['conversations at the kill', ...used],
    [
      ['times', ...used.map((kill) => String(kills.get(kill) ?? 0))],
      ...STATES.map((state) => [state, ...used.map((kill) => String(states.get(kill)?.get(state) ?? 0))]),
    ],
  );
  const within = table(
    ['killed inside, times', ''],
    [...INSIDE.relay, ...INSIDE.machine].map((point) => [point, String(outcome.inside.get(point) ?? 0)]),
  );
  const times = table(
    ['after it is there again, ms', 'p50', 'p90', 'max', 'n'],
    used.flatMap((kill) =>
      RECOVERIES.map((kind) => {
        const { count: n, p50, p90, max } = summarise(recovery.samples(kill, kind));
        return [`${kill}: ${kind}`, ...(n === 0 ? ['', '', ''] : [p50, p90, max].map(String)), String(n)];
      }),
    ),
  );
  const found = table(
    ['found', ''],
    [
      ['written', String(messages)],
      ['accepted', String(verdict.accepted)],
      ['answered', String(verdict.answered)],
      ...FAULTS.map((fault) => [fault, String(count(fault))]),
      ['side effects again, announced', String(verdict.repeatedEffects - count('side effect doubled without a word'))],
      ...[...verdict.notices].sort().map(([kind, count]) => [`said to people: ${kind}`, String(count)]),
    ],
  );
  const trouble = table(
    ['went wrong on the way besides, times', ''],
    troubleIn(plan, outcome).map(([name, times]) => [name, String(times)]),
  );
  const spent = table(
    ['waited for', 's'],
    [...outcome.spent].sort(([, a], [, b]) => b - a).map(([what, seconds]) => [what, seconds.toFixed(0)]),
  );
  const rare = messages < LONG ? [] : tooRare(outcome);
  const isRed = findings.length > 0;
  const end = `${isRed ? 'RED' : 'GREEN'}  seed ${seed}, ${outcome.seconds.toFixed(0)} s`;
  return {
    isRed,
    text: [
      killed,
      '',
      within,
      '',
      trouble,
      '',
      times,
      '',
      spent,
      '',
      found,
      '',
      ...storyOf(outcome),
      ...rare,
      end,
    ].join('\n'),
  };
}

/** What went wrong beside the kills: as the plan has it, but for weather that did not come. */
export function troubleIn(plan: Plan, { weather }: Pick<Outcome, 'weather'>): [string, number][] {
  const what = textsOf(plan).flatMap(({ webhook, send, crashes }) => [
    `webhook ${webhook}`,
    `send: ${send}`,
    ...Array<string>(crashes).fill('agent crashes'),
  ]);
  const callbacks = plan.episodes.map((episode) => `callbacks ${episode.callbacks}`);
  const anew = plan.episodes.filter(({ isRenumbered }) => isRenumbered).map(() => 'updates numbered anew');
  const counts = new Map([...weather].map(([name, count]) => [`carrier ${name}`, count]));
  for (const one of [...what, ...callbacks, ...anew]) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts]
    .filter(([name]) => !name.endsWith('as usual'))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]): [string, number] => [name, count]);
}

const STORIES = 3;

/** Every finding, and for the worst few all known facts about their texts. */
export function storyOf({ verdict: { findings }, timeline }: Outcome): string[] {
  const line = ({ fault, id, phone, what }: Finding): string =>
    `${fault}: ${[id, phone].filter((each) => each !== null).join(' of ')}: ${what}`;
  // First the findings that end a run: the others may only be things it had no time for.
  const worst = findings.toSorted((a, b) => Number(MAY_PASS.includes(a.fault)) - Number(MAY_PASS.includes(b.fault)));
  const told = worst.filter(({ id }) => id !== null).slice(0, STORIES);
  return [
    ...told.flatMap((finding) => [line(finding), ...timeline(finding.id ?? ''), '']),
    ...findings.filter((finding) => !told.includes(finding)).map(line),
  ];
}

function tooRare({ states }: Outcome): string[] {
  return (['relay', 'machine'] as const).flatMap((victim) =>
    AIMED.flatMap((state) => {
      const times = [victim, 'both' as const].reduce((sum, kill) => sum + (states.get(kill)?.get(state) ?? 0), 0);
      return times >= EACH_AT_LEAST ? [] : [`Too few to say anything: ${victim} killed while ${state}, ${times} times`];
    }),
  );
}
