import type { Context } from 'hono';
import { html } from 'hono/html';
import { isStuck } from '../../../machines/rollout.ts';
import { directoryOf } from '../../../objects/namespaces.ts';
import { readPeople } from '../../../objects/overview-reads.ts';
import type { Seen } from '../../../objects/overview-shard.ts';
import type { DirectoryHealth } from '../../../objects/stores/health-store.ts';
import { operatorOverview } from '../../../texts/operator-overview.ts';
import type { AppEnv } from '../../configuration.ts';
import { findOrphans, type OrphanSearch } from '../orphans.ts';
import { showPage } from './layout.ts';
import { action, columns, type Html, older, section, table, tag, time, wait } from './parts.ts';
import { machineState, missingNote, personRow } from './people-parts.ts';

// The view “Machines”: those of people, the rollout of an image, and places that nobody holds.

const words = operatorOverview.machines;
const A_PAGE = 50;
const IMAGE_CHARS = 12;

export async function showMachines(c: Context<AppEnv>): Promise<Response> {
  const config = c.get('config');
  const after = c.req.query('after') || null;
  const isFly = config.MACHINE_PROVIDER === 'fly';
  // The script keeps what was found: Fly isn't asked with each update.
  const isUpdate = c.req.header('x-part') === 'main';
  const looks = isFly && c.req.query('orphans') === '1' && !isUpdate;
  const [{ people, next, missing }, health, found] = await Promise.all([
    readPeople(c.env, config, { list: 'machines', search: '', after, limit: A_PAGE }),
    directoryOf(c.env, config).health(),
    looks ? findOrphans(c) : null,
  ]);
  const rest = next === null ? null : `/operator/machines?after=${encodeURIComponent(next)}`;
  const empty = config.MACHINE_PROVIDER === 'static' ? words.shared : words.none;
  const list = section(words.list, html`${machinesTable(people, empty)}${older(rest)}`);
  const keeps = found === null ? null : html` data-keep`;
  const orphans = isFly
    ? html`<div id="orphans" class="views"${keeps}>${section(words.orphans, orphansPart(found), words.orphansNote)}</div>`
    : null;
  const main = html`${missingNote(missing)}${section(words.rollout, rolloutOf(health))}${list}${orphans}`;
  return showPage(c, { title: words.title, view: 'machines', main });
}

function rolloutOf({ rollout }: DirectoryHealth): Html {
  if (rollout === null) return html`<p class="empty">${words.noRollout}</p>`;
  const state = isStuck(rollout, Date.now()) ? 'stuck' : rollout.state;
  const isBad = state === 'failed' || state === 'stuck';
  return html`<div class="acts">${tag(words.rolloutStates[state], isBad ? 'bad' : 'good')} <code>${imageOf(rollout.image)}</code> ${time(rollout.beganAt)} ${
    isBad ? action('/operator/rollout/retry', words.retry) : null
  }</div>`;
}

function orphansPart(found: OrphanSearch | null): Html {
  if (found === null) return html`<p><a class="button" href="/operator/machines?orphans=1">${words.look}</a></p>`;
  if ('problem' in found) return html`<p class="told warn" role="alert">${words.flyRefuses(found.problem)}</p>`;
  const list = table(
    words.orphans,
    columns(words.app, words.state, words.volumes),
    found.apps.map(({ name, machines, volumes }) => ({
      cells: [
        html`<code>${name}</code>`,
        machines.map(({ state, region }) => [state, region].filter((part) => part !== null).join(', ')).join('; ') ||
          null,
        volumes.map(({ sizeGb }) => words.gigabytes(sizeGb)).join(', ') || null,
      ],
    })),
    words.noOrphans,
  );
  return found.unseen === 0 ? list : html`${list}<p class="note">${words.unseen(found.unseen)}</p>`;
}

const machinesTable = (people: readonly Seen[], empty: string): Html =>
  table(
    words.list,
    [
      ...columns(words.person, words.state, words.image, words.region),
      { label: words.awake, kind: 'number' },
      { label: words.used },
    ],
    people.map((seen) => {
      const { machine } = seen;
      const awakeMs = machine === null ? 0 : machine.awakeMs + awakeNow(machine.awakeSince);
      return personRow(seen, [
        machineState(machine, Date.now()),
        machine?.image == null ? null : html`<code>${imageOf(machine.image)}</code>`,
        machine?.region ?? null,
        wait(awakeMs),
        time(machine?.usedAt ?? null),
      ]);
    }),
    empty,
  );

const awakeNow = (since: number | null): number => (since === null ? 0 : Math.max(0, Date.now() - since));
/** The end of the image's digest or name. */
const imageOf = (image: string): string => image.replace(/^.*sha256:/, '').slice(-IMAGE_CHARS);
