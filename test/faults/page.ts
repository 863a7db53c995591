import { summarise } from '../../bench/figures.ts';
import { formatCount } from '../../src/texts/phrasing.ts';
import { INSIDE } from './kill-points.ts';
import { KILLS, type Kill, type Plan, textsOf } from './plan.ts';
import type { RecoveryKind } from './recovery.ts';
import { STATES, troubleIn } from './report.ts';
import type { Outcome } from './run.ts';
import { FAULTS } from './verdict.ts';

// The page about one or more runs: what was killed, how long recovery took, what people were told, what was found.
// Markdown, ready to publish. Pure.

export type Played = { plan: Plan; seed: number; outcome: Outcome };
/** `at`: the day, as 2026-11-22; `version`: of the product. */
export type About = { at: string; version: string; command: string };

const KILLED: Record<Kill, string> = {
  relay: 'relay killed',
  machine: 'agent server killed',
  both: 'both killed',
  cut: 'every connection cut',
  restarted: 'agent server restarted by its host',
  stopped: 'agent server stopped for a while',
  'disk lost': 'machine lost with its disk',
  full: 'disk of the machine full for a while',
  none: 'nothing killed',
};
const RECOVERIES: readonly RecoveryKind[] = ['turn goes on', 'answer reaches the phone'];

export function page(played: readonly Played[], { at, version, command }: About): string {
  const sum = (count: (one: Played) => number): number => played.reduce((all, one) => all + count(one), 0);
  const texts = sum(({ plan }) => textsOf(plan).length);
  const findings = sum(({ outcome }) => outcome.verdict.findings.length);
  const kills = KILLS.filter((kill) => kill !== 'none' && sum(({ outcome }) => outcome.kills.get(kill) ?? 0) > 0);
  const minutes = Math.round(sum(({ outcome }) => outcome.seconds) / 60);
  const killed = sum(({ outcome }) =>
    [...outcome.kills].reduce((all, [kill, n]) => all + (kill === 'none' ? 0 : n), 0),
  );
  return [
    '# Faults',
    '',
    'People text a real relay and a real agent server while these are killed, cut off, stopped and lose their disk, and while',
    'the carrier loses, repeats, delays and refuses. Afterwards each phone is checked as its owner reads it: is each text answered',
    'once, on the right phone, in the order it was written, and is every sentence of the product true?',
    '',
    `Roost ${version}, ${at}. \`${command}\`: ${formatCount(texts, 'text')} in ${formatCount(played.length, 'run')}; something was struck ${formatCount(killed, 'time')}; ${formatCount(minutes, 'minute')} in all.`,
    '',
    `**${findings === 0 ? 'Nothing was lost, doubled, out of order, on a wrong phone or untrue.' : `${formatCount(findings, 'finding')}.`}**`,
    '',
    '## Runs',
    '',
    ...rows(
      ['seed', 'texts', 'accepted', 'answered', 'struck', 'findings', 'seconds'],
      played.map(({ seed, plan, outcome: { verdict, kills: times, seconds } }) => [
        seed,
        textsOf(plan).length,
        verdict.accepted,
        verdict.answered,
        [...times].reduce((all, [kill, n]) => all + (kill === 'none' ? 0 : n), 0),
        verdict.findings.length,
        seconds.toFixed(0),
      ]),
    ),
    '',
    '## Findings',
    '',
    ...rows(
      ['finding', 'times'],
      FAULTS.map((fault) => [
        fault,
        sum(({ outcome }) => outcome.verdict.findings.filter((finding) => finding.fault === fault).length),
      ]),
    ),
    '',
    ...played.flatMap(({ seed, outcome }) =>
      outcome.verdict.findings
        .slice(0, 20)
        .map(({ fault, id, phone, what }) => `- seed ${seed}: ${fault}, ${id ?? phone ?? 'no text'}: ${what}`),
    ),
    ...(findings === 0 ? [] : ['']),
    '## Faults by state',
    '',
    'The number of conversations in each state at that moment, read from the rows after the processes had ended.',
    '',
    ...rows(
      ['', ...kills.map((kill) => KILLED[kill])],
      [
        ['times', ...kills.map((kill) => sum(({ outcome }) => outcome.kills.get(kill) ?? 0))],
        ...STATES.map((state) => [
          state,
          ...kills.map((kill) => sum(({ outcome }) => outcome.states.get(kill)?.get(state) ?? 0)),
        ]),
      ],
    ),
    '',
    'The points inside the relay and the agent server at which they were stopped and then killed:',
    '',
    ...rows(
      ['point', 'times'],
      [...INSIDE.relay, ...INSIDE.machine].map((point) => [
        point,
        sum(({ outcome }) => outcome.inside.get(point) ?? 0),
      ]),
    ),
    '',
    '## Recovery',
    '',
    'Seconds from the return of the process until the relay and the agent server talk about the turn again, and until the',
    'answer is on its way to the phone.',
    '',
    ...rows(
      ['', 'p50', 'max', 'samples'],
      kills.flatMap((kill) =>
        RECOVERIES.map((kind) => {
          const samples = played.flatMap(({ outcome }) => outcome.recovery.samples(kill, kind));
          const { p50, max } = summarise(samples);
          const inSeconds = (ms: number): string => (samples.length === 0 ? '' : (ms / 1000).toFixed(1));
          return [`${KILLED[kill]}: ${kind}`, inSeconds(p50), inSeconds(max), samples.length];
        }),
      ),
    ),
    '',
    '## What the runs waited for',
    '',
    ...rows(
      ['', 'seconds'],
      summed(played.flatMap(({ outcome }) => [...outcome.spent])).map(([what, seconds]) => [what, seconds.toFixed(0)]),
    ),
    '',
    '## What went wrong on the way besides',
    '',
    ...rows(['', 'times'], summed(played.flatMap(({ plan, outcome }) => troubleIn(plan, outcome)))),
    '',
    '## What people were told',
    '',
    ...rows(
      ['sentence', 'times'],
      summed(
        played.flatMap(({ outcome }) => [...outcome.verdict.notices].map(([kind, n]): [string, number] => [kind, n])),
      ),
    ),
    '',
  ].join('\n');
}

function summed(counts: readonly (readonly [string, number])[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums].sort(([a], [b]) => a.localeCompare(b));
}

function rows(head: readonly string[], all: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`, ...all.map(line)];
}
