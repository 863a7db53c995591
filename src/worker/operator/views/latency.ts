import type { Context } from 'hono';
import { html } from 'hono/html';
import { percentileOf } from '../../../conversation/overview/waits.ts';
import { type Buckets, type DayFigures, emptyDay, WAITS } from '../../../conversation/state/figures.ts';
import { readDays } from '../../../objects/overview-reads.ts';
import { operatorOverview } from '../../../texts/operator-overview.ts';
import type { AppEnv } from '../../configuration.ts';
import { renderLines } from './chart.ts';
import { showPage } from './layout.ts';
import { type Html, section, table, wait } from './parts.ts';
import { missingNote } from './people-parts.ts';
import { dayLabel, lastDays } from './today.ts';

// The view “Latency”: how long people waited, by day.

const words = operatorOverview.latency;
const DAYS_SHOWN = 31;
const [HALF, MOST] = [0.5, 0.95];

export async function showLatency(c: Context<AppEnv>): Promise<Response> {
  const config = c.get('config');
  const days = lastDays(config, DAYS_SHOWN);
  const read = await readDays(c.env, config, days[0] ?? '');
  const known = days.map((day) => read.days.find((each) => each.day === day) ?? emptyDay(day));
  const first = known.findIndex((day) => countOf(day.waits.words) > 0);
  const main =
    first < 0
      ? html`${missingNote(read.missing)}<p class="empty">${words.noFigures}</p>`
      : html`${missingNote(read.missing)}<div class="charts">${WAITS.toReversed().map((kind) => chart(known.slice(first), kind))}</div>${section(
          words.title,
          figuresTable(known.slice(first)),
          words.note,
        )}`;
  return showPage(c, { title: words.title, view: 'latency', main });
}

function chart(days: readonly DayFigures[], kind: (typeof WAITS)[number]): Html {
  const at = (part: number) => days.map(({ waits }) => percentileOf(waits[kind], part));
  const lines = [
    { name: words.half, values: at(HALF) },
    { name: words.most, values: at(MOST) },
  ];
  const labels = days.map(({ day }) => dayLabel(day));
  const title = words.waits[kind];
  return section(title, renderLines(labels, lines, { title, describe: seconds }));
}

/** On an axis all values have one unit. */
const seconds = (ms: number): string => (ms > 0 && ms < 1000 ? `${Math.round(ms)} ms` : `${ms / 1000} s`);

const countOf = (buckets: Buckets): number => Object.values(buckets).reduce((sum, count) => sum + count, 0);
const waitIn = (buckets: Buckets, part: number): string | null => {
  const ms = percentileOf(buckets, part);
  return ms === null ? null : wait(ms);
};

const figuresTable = (days: readonly DayFigures[]): Html =>
  table(
    words.title,
    [
      { label: words.day },
      { label: words.texts, kind: 'number' },
      ...WAITS.flatMap((kind) => [
        { label: `${words.waits[kind]} p50`, kind: 'number' as const },
        { label: 'p95', kind: 'number' as const },
      ]),
    ],
    days.toReversed().map(({ day, waits }) => ({
      cells: [
        dayLabel(day),
        countOf(waits.words),
        ...WAITS.flatMap((kind) => [waitIn(waits[kind], HALF), waitIn(waits[kind], MOST)]),
      ],
    })),
    words.noFigures,
  );
