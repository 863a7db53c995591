import type { Context } from 'hono';
import { html } from 'hono/html';
import { readPeople } from '../../../objects/overview-reads.ts';
import type { Seen } from '../../../objects/overview-shard.ts';
import { LISTS, type List } from '../../../objects/stores/overview-store.ts';
import { operatorOverview } from '../../../texts/operator-overview.ts';
import { formatDollars } from '../../../texts/spending.ts';
import type { AppEnv } from '../../configuration.ts';
import { showPage } from './layout.ts';
import { type Html, table } from './parts.ts';
import { costOn, countOf, lastTextOf, machineState, missingNote, personRow, stateOf } from './people-parts.ts';
import { todayOf } from './today.ts';

// The view “People”: everybody, a page at a time.

const words = operatorOverview.people;
const A_PAGE = 50;
const SEARCH_MAX = 60;

export async function showPeople(c: Context<AppEnv>): Promise<Response> {
  const config = c.get('config');
  const list = LISTS.find((each) => each === c.req.query('list')) ?? 'all';
  const search = (c.req.query('q') ?? '').trim().slice(0, SEARCH_MAX);
  const after = c.req.query('after') || null;
  const { people, next, missing } = await readPeople(c.env, config, { list, search, after, limit: A_PAGE });
  const empty = search === '' ? words.nobody : words.notFound(search);
  const isDearest = list === 'dearest' && search === '';
  const shown = isDearest ? people.toSorted((a, b) => b.monthMicros - a.monthMicros) : people;
  const note = isDearest ? html`<p class="note">${words.inSteps}</p>` : null;
  const main = html`${missingNote(missing)}${finder(list, search)}${note}${peopleTable(shown, todayOf(config), empty)}${
    next === null
      ? null
      : html`<p><a class="button" rel="next" href="${addressOf({ list, q: search, after: next })}">${words.next}</a></p>`
  }`;
  return showPage(c, { title: words.title, view: 'people', main });
}

function finder(list: List, search: string): Html {
  const lists = LISTS.map((each) => {
    const current = each === list && search === '' ? html` aria-current="true"` : null;
    return html`<a class="button" href="${addressOf({ list: each })}"${current}>${words.lists[each]}</a>`;
  });
  return html`<div class="finder"><form method="get" role="search"><input type="search" name="q" value="${search}" aria-label="${words.search}" placeholder="${words.search}" maxlength="${SEARCH_MAX}"><button type="submit">${words.find}</button></form><div class="lists">${lists}</div></div>`;
}

function addressOf(query: { list: List; q?: string; after?: string }): string {
  const set = Object.entries(query).filter(([, value]) => value !== '' && value !== 'all');
  const search = new URLSearchParams(set).toString();
  return search === '' ? '/operator/people' : `/operator/people?${search}`;
}

const peopleTable = (people: readonly Seen[], day: string, empty: string): Html =>
  table(
    words.title,
    [
      { label: words.person },
      { label: words.role },
      { label: words.state },
      { label: words.queue, kind: 'number' },
      { label: words.machine },
      { label: words.cost, kind: 'number' },
      { label: words.month, kind: 'number' },
      { label: words.lastText },
    ],
    people.map((seen) =>
      personRow(seen, [
        seen.person.role,
        stateOf(seen),
        countOf(seen.queue),
        machineState(seen.machine, Date.now()),
        costOn(seen, day),
        seen.month === day.slice(0, 7) && seen.monthMicros > 0 ? formatDollars(seen.monthMicros) : null,
        lastTextOf(seen),
      ]),
    ),
    empty,
  );
