import type { Context } from 'hono';
import { html } from 'hono/html';
import { directoryOf } from '../../../objects/namespaces.ts';
import { operatorPage } from '../../../texts/operator-page.ts';
import type { AppEnv } from '../../configuration.ts';
import { showPage } from './layout.ts';
import { older, table, tag, time } from './parts.ts';

// The view “People”: everybody who was let in, by their number, a hundred at once.

const words = operatorPage.people;
/** As many people as the directory gives at once. */
const A_PAGE = 100;

export async function showPeople(c: Context<AppEnv>): Promise<Response> {
  const asked = c.req.query('after') ?? '';
  const after = /^\d{1,9}$/.test(asked) ? Number(asked) : 0;
  const people = await directoryOf(c.env, c.get('config')).people(after);
  const list = table(
    words.title,
    [words.name, words.role, words.standing, words.address, words.changed].map((label) => ({ label })),
    people.map(({ id, n, name, role, standing, masked, updatedAt }) => ({
      id: `p${n}`,
      href: `/operator/people/${id}`,
      cells: [name ?? masked, role, tag(standing, standing === 'in' ? 'good' : 'bad'), masked, time(updatedAt)],
    })),
    words.nobody,
  );
  const last = people.length < A_PAGE ? null : (people.at(-1)?.n ?? null);
  const rest = last === null ? null : `/operator/people?after=${last}`;
  return showPage(c, { title: words.title, view: 'people', main: html`${list}${older(rest)}` });
}
