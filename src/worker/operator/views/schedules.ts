import type { Context } from 'hono';
import { html } from 'hono/html';
import { readPlans } from '../../../objects/overview-reads.ts';
import type { PlanRow } from '../../../objects/stores/overview-store.ts';
import { operatorOverview } from '../../../texts/operator-overview.ts';
import { HOUR } from '../../../units.ts';
import type { AppEnv } from '../../configuration.ts';
import { showPage } from './layout.ts';
import { columns, type Html, section, shortId, table, time } from './parts.ts';
import { missingNote, pathOf } from './people-parts.ts';

// The view “Schedules”: what comes up, what fails and what is paused, of all people. What a schedule says is its
// person's, and isn't here.

const words = operatorOverview.schedules;
const SHOWN = 100;

export async function showSchedules(c: Context<AppEnv>): Promise<Response> {
  const { due, failing, paused, missing } = await readPlans(c.env, c.get('config'), Date.now() + HOUR, SHOWN);
  const main = html`${missingNote(missing)}${plans(words.due, due, words.noneDue)}${plans(
    words.failing,
    failing,
    words.noneFailing,
  )}${plans(words.paused, paused, words.nonePaused)}`;
  return showPage(c, { title: words.title, view: 'schedules', main });
}

const plans = (title: string, rows: readonly PlanRow[], empty: string): Html =>
  section(
    title,
    table(
      title,
      [
        ...columns(words.person, words.schedule, words.kind, words.at),
        { label: words.failures, kind: 'number' },
        { label: words.pausedBy },
      ],
      rows.map(({ id, schedule, kind, dueAt, failures, pausedBy }) => ({
        href: pathOf(id),
        cells: [shortId(id), words.number(schedule), words.kinds[kind], time(dueAt), failures, pausedBy],
      })),
      empty,
    ),
  );
