import { html } from 'hono/html';
import type { MachineSummary } from '../../../conversation/overview/summary.ts';
import { moneyOf } from '../../../conversation/overview/sums.ts';
import type { Seen } from '../../../objects/overview-shard.ts';
import { operatorOverview as words } from '../../../texts/operator-overview.ts';
import { formatDollars } from '../../../texts/spending.ts';
import { type Html, type Row, tag, time, wait } from './parts.ts';

// What several views show of a person.

export const pathOf = (id: string): string => `/operator/people/${id}`;

export const personName = ({ person: { name, masked } }: Seen): Html =>
  html`${name ?? words.unnamed} <span class="soft">${masked}</span>`;

/** A row that opens the person. `of`: the table, so that each row of a page has its own name. */
export const personRow = (seen: Seen, cells: Row['cells'], of = 'p'): Row => ({
  id: `${of}-${seen.person.id.slice(0, 16)}`,
  href: pathOf(seen.person.id),
  cells: [personName(seen), ...cells],
});

/** What is the matter, and what runs; null: nothing. */
export function stateOf({ attention, live, person }: Seen): Html | null {
  const standing = words.standing[person.standing] ?? person.standing;
  const tags = [
    attention && tag(words.attention[attention], attention === 'question' ? 'warn' : 'bad'),
    live && tag(words.live[live.state], live.state === 'running' ? 'good' : 'calm'),
    live?.silent ? tag(words.silent, 'bad') : null,
    standing === '' ? null : tag(standing, 'warn'),
  ].filter((each) => each !== null);
  return tags.length === 0 ? null : html`${tags.map((each) => html`${each} `)}`;
}

/** Null: none. */
export const countOf = (count: number): number | null => (count === 0 ? null : count);

/** `day`: today, as the deployment counts it. Null: nothing was spent. */
export const costOn = ({ days }: Seen, day: string): string | null => {
  const figures = days.find((each) => each.day === day);
  return figures && moneyOf(figures) > 0 ? formatDollars(moneyOf(figures)) : null;
};

export const lastTextOf = ({ lastTextAt }: Seen): Html => time(lastTextAt);

export function machineState(machine: MachineSummary | null, now: number): Html | string | null {
  if (machine === null) return null;
  if (machine.refusal !== null) return tag(machine.refusal, 'bad');
  if (machine.step !== 'ready') return tag(machine.step, 'warn');
  if (machine.awakeSince === null) return words.asleep;
  return tag(words.machines.awakeFor(wait(Math.max(0, now - machine.awakeSince))), 'good');
}

/** Said above a view when not everybody is in it. */
export const missingNote = (missing: readonly string[]): Html | null =>
  missing.length === 0 ? null : html`<p class="told warn" role="alert">${words.missing(missing.length)}</p>`;
