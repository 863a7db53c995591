import { spread, table } from '../../bench/figures.ts';
import { KILLS } from './plan.ts';
import type { RecoveryKind } from './recovery.ts';
import type { Outcome } from './run.ts';
import type { Fault } from './verdict.ts';

// What a run found, for people: what was killed in which state, how long it took to go on, and, when something is wrong,
// the first text it is wrong with. Pure.

const STATES = ['gathering', 'requested', 'running', 'ending', 'between', 'reply sending', 'reply unknown'];
const FAULTS: Fault[] = [
  'never accepted',
  'lost',
  'doubled',
  'disordered',
  'not seen by the model',
  'seen twice by the model',
  'side effect doubled without a word',
  'unfinished',
];
const RECOVERIES: RecoveryKind[] = ['turn goes on', 'answer reaches the phone'];

export function report(outcome: Outcome, { seed, messages }: { seed: number; messages: number }) {
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
  const times = table(
    ['after it is there again, ms', 'p50', 'p90', 'max', 'n'],
    used.flatMap((kill) =>
      RECOVERIES.map((kind) => {
        const { count: n, p50, p90, max } = spread(recovery.samples(kill, kind));
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
      ['notices to people', String(verdict.notices)],
    ],
  );
  const isRed = findings.length > 0;
  const [first] = findings;
  const story =
    first === undefined
      ? []
      : [
          `First: ${first.fault}${first.id ? `, ${first.id}` : ''}: ${first.what}`,
          ...(first.id ? outcome.timeline(first.id) : findings.slice(0, 20).map(({ what }) => `  ${what}`)),
        ];
  const end = `${isRed ? 'RED' : 'GREEN'}  seed ${seed}, ${outcome.seconds.toFixed(0)} s`;
  return { isRed, text: [killed, '', times, '', found, '', ...story, end].join('\n') };
}
