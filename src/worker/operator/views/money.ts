import type { Context } from 'hono';
import { html } from 'hono/html';
import { limitsOfDeployment } from '../../../config/budgets.ts';
import { moneyOf } from '../../../conversation/overview/sums.ts';
import { type DayFigures, emptyDay } from '../../../conversation/state/figures.ts';
import { MICROS_A_DOLLAR } from '../../../input/dollars.ts';
import { readDays, readPeople } from '../../../objects/overview-reads.ts';
import type { Seen } from '../../../objects/overview-shard.ts';
import { operatorOverview } from '../../../texts/operator-overview.ts';
import { formatDollars } from '../../../texts/spending.ts';
import type { AppEnv } from '../../configuration.ts';
import { renderBars } from './chart.ts';
import { showPage } from './layout.ts';
import { figure, figures, type Html, section, table } from './parts.ts';
import { costOn, missingNote, personRow } from './people-parts.ts';
import { dayLabel, lastDays, todayOf } from './today.ts';

// The view “Money”: what everybody together costs, by day, kind, model and person.

const words = operatorOverview.money;
const DAYS_SHOWN = 31;
const MODELS_SHOWN = 5;
const PEOPLE_SHOWN = 20;

export async function showMoney(c: Context<AppEnv>): Promise<Response> {
  const config = c.get('config');
  const days = lastDays(config, DAYS_SHOWN);
  const [read, dearest] = await Promise.all([
    readDays(c.env, config, days[0] ?? ''),
    readPeople(c.env, config, { list: 'dearest', search: '', after: null, limit: PEOPLE_SHOWN }),
  ]);
  const known = days.map((day) => read.days.find((each) => each.day === day) ?? emptyDay(day));
  const begun = known.slice(
    Math.max(
      0,
      known.findIndex((day) => moneyOf(day) > 0 || day.turns > 0),
    ),
  );
  const today = todayOf(config);
  const ofMonth = known.filter(({ day }) => day.startsWith(today.slice(0, 7)));
  const limits = limitsOfDeployment(config);
  const numbers = figures([
    figure(withBudget(words.today, limits.day), formatDollars(sumOf(known.filter(({ day }) => day === today)))),
    figure(withBudget(words.month, limits.month), formatDollars(sumOf(ofMonth))),
    figure(words.perTurn, perTurn(ofMonth)),
  ]);
  const charts = begun.some((day) => moneyOf(day) > 0)
    ? html`<div class="charts">${section(words.byKind, byKind(begun), words.note)}${section(words.byModel, byModel(begun))}</div>`
    : html`<p class="empty">${words.noFigures}</p>`;
  // One sentence says that nothing was spent.
  const people =
    dearest.people.length > 0 ? section(words.byPerson, byPerson(dearest.people, today), words.byPersonNote) : null;
  const main = html`${missingNote(read.missing)}${numbers}${charts}${people}`;
  return showPage(c, { title: words.title, view: 'money', main });
}

const sumOf = (days: readonly DayFigures[]): number => days.reduce((sum, day) => sum + moneyOf(day), 0);
const withBudget = (label: string, budget: number | null): string =>
  budget === null ? label : `${label}, ${operatorOverview.now.ofBudget(formatDollars(budget))}`;

function perTurn(days: readonly DayFigures[]): string {
  const turns = days.reduce((sum, day) => sum + day.turns, 0);
  return turns === 0 ? formatDollars(0) : formatDollars(sumOf(days) / turns);
}

const modelsOf = ({ models }: DayFigures): number => Object.values(models).reduce((sum, micros) => sum + micros, 0);
/** The scale of a cheap day has parts of cents. */
const describe = (value: number): string =>
  `$${Number.isInteger(value) ? value : value < 0.01 ? Number(value.toPrecision(1)) : value.toFixed(2)}`;
const chartWords = { title: words.dollarsADay, describe };

function byKind(days: readonly DayFigures[]): Html {
  const kinds = days.map((day) => ({ day, parts: [modelsOf(day), day.carrier, day.machine] }));
  const bars = kinds.map(({ day, parts }) => ({ label: dayLabel(day.day), parts: parts.map(toDollars) }));
  const rows = kinds.toReversed().map(({ day, parts }) => ({
    cells: [dayLabel(day.day), ...parts.map(formatDollars), formatDollars(moneyOf(day)), day.turns, day.failed],
  }));
  const labels = [...words.kinds, words.total, words.turns, words.failed];
  return html`${renderBars(bars, words.kinds, chartWords)}${behind(words.byKind, labels, rows)}`;
}

function byModel(days: readonly DayFigures[]): Html {
  const sums = new Map<string, number>();
  for (const { models } of days)
    for (const [name, micros] of Object.entries(models)) sums.set(name, (sums.get(name) ?? 0) + micros);
  const named = [...sums].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const shown = named.slice(0, MODELS_SHOWN);
  const names = named.length > shown.length ? [...shown, words.other] : shown;
  const partsOf = (day: DayFigures): number[] => {
    const parts = shown.map((name) => (Object.hasOwn(day.models, name) ? (day.models[name] ?? 0) : 0));
    return names.length > shown.length ? [...parts, modelsOf(day) - parts.reduce((sum, part) => sum + part, 0)] : parts;
  };
  const bars = days.map((day) => ({ label: dayLabel(day.day), parts: partsOf(day).map(toDollars) }));
  const rows = days.toReversed().map((day) => ({ cells: [dayLabel(day.day), ...partsOf(day).map(formatDollars)] }));
  return html`${renderBars(bars, names, chartWords)}${behind(words.byModel, names, rows)}`;
}

const toDollars = (micros: number): number => micros / MICROS_A_DOLLAR;

function behind(title: string, labels: readonly string[], rows: { cells: (string | number)[] }[]): Html {
  const columns = [{ label: words.day }, ...labels.map((label) => ({ label, kind: 'number' as const }))];
  return html`<details id="table-${title.replace(/\W+/g, '-').toLowerCase()}"><summary>${words.table}</summary>${table(title, columns, rows, words.noFigures)}</details>`;
}

const byPerson = (people: readonly Seen[], today: string): Html =>
  table(
    words.byPerson,
    [{ label: words.person }, { label: words.today, kind: 'number' }, { label: words.month, kind: 'number' }],
    // The list is in steps of a fifth.
    people
      .toSorted((a, b) => b.monthMicros - a.monthMicros)
      .map((seen) => personRow(seen, [costOn(seen, today), formatDollars(seen.monthMicros)])),
    words.noFigures,
  );
