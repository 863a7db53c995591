import type { Context } from 'hono';
import { html } from 'hono/html';
import { sendersOf } from '../../../channels/registry.ts';
import { limitsOfDeployment } from '../../../config/budgets.ts';
import type { Config } from '../../../config/config.ts';
import { moneyOf } from '../../../conversation/overview/sums.ts';
import type { Stranger } from '../../../objects/access-desk.ts';
import { directoryOf } from '../../../objects/namespaces.ts';
import { type Now, readNow } from '../../../objects/overview-reads.ts';
import type { Seen } from '../../../objects/overview-shard.ts';
import type { Alert } from '../../../objects/stores/directory-store.ts';
import { operatorOverview } from '../../../texts/operator-overview.ts';
import { formatDollars } from '../../../texts/spending.ts';
import { DAY } from '../../../units.ts';
import type { AppEnv } from '../../configuration.ts';
import { channelsTable } from './channels.ts';
import { showPage } from './layout.ts';
import { action, columns, figure, figures, type Html, section, shortId, table, time } from './parts.ts';
import { costOn, countOf, lastTextOf, missingNote, pathOf, personRow, stateOf } from './people-parts.ts';
import { todayOf } from './today.ts';

// The view “Now”: is it well, who is stuck, what does it cost.

const words = operatorOverview.now;
const SHOWN = 50;
const ALERTS_FOR_MS = DAY;
const ALERTS_SHOWN = 20;

/** `told`: what the last action did. */
export async function showNow(c: Context<AppEnv>, told: string | null = null): Promise<Response> {
  const config = c.get('config');
  const directory = directoryOf(c.env, config);
  const [now, alerts, strangers, channels] = await Promise.all([
    readNow(c.env, config, SHOWN),
    directory.alerts(),
    directory.strangers(),
    directory.senderStates(sendersOf(config)),
  ]);
  const open = alerts.filter((alert) => isOpen(alert, Date.now()));
  const day = todayOf(config);
  const main = html`${told === null ? null : html`<p class="told" role="status">${told}</p>`}${missingNote(now.missing)}${numbers(now, open, config)}${
    strangers.length === 0 ? null : section(words.strangersTitle, strangersTable(strangers))
  }${section(
    words.lookTitle,
    html`${troubled(now.attention, day)}${now.hasMore ? others : null}`,
  )}${section(words.workTitle, atWork(now.live, day), shownOf(now))}${section(
    operatorOverview.channels.title,
    channelsTable(channels),
  )}${section(words.alertsTitle, alertsTable(open.slice(0, ALERTS_SHOWN)))}`;
  return showPage(c, { title: words.title, view: 'now', main });
}

const others = html`<p><a class="button" href="/operator/people?list=attention">${words.allTroubled}</a></p>`;

/** Null: all are shown. */
function shownOf({ live, counts: { running, waiting, asking } }: Now): string | null {
  const all = running + waiting + asking;
  return all > live.length ? words.shownOf(live.length, all) : null;
}

const isOpen = ({ lastAt, acknowledgedAt }: Alert, now: number): boolean =>
  acknowledgedAt === null && now - lastAt < ALERTS_FOR_MS;

function numbers({ counts, attention, hasMore, awake, today }: Now, alerts: readonly Alert[], config: Config): Html {
  const spent = today === null ? 0 : moneyOf(today);
  const { day: budget } = limitsOfDeployment(config);
  const nearly = budget !== null && spent >= budget * 0.8;
  const todayLabel = budget === null ? words.today : `${words.today}, ${words.ofBudget(formatDollars(budget))}`;
  return figures([
    figure(words.trouble, `${attention.length}${hasMore ? '+' : ''}`, attention.length > 0 ? 'bad' : 'good'),
    figure(words.running, counts.running),
    figure(words.waiting, counts.waiting + counts.asking),
    ...(counts.silent > 0 ? [figure(operatorOverview.silent, counts.silent, 'bad')] : []),
    figure(words.awake, awake),
    figure(words.alerts, alerts.length, alerts.length > 0 ? 'warn' : 'calm'),
    figure(todayLabel, formatDollars(spent), nearly ? 'warn' : 'calm'),
  ]);
}

const troubled = (people: readonly Seen[], day: string): Html =>
  table(
    words.lookTitle,
    [
      ...columns(words.person, words.state),
      { label: words.queue, kind: 'number' },
      { label: words.cost, kind: 'number' },
      ...columns(words.lastText),
    ],
    people.map((seen) =>
      personRow(seen, [stateOf(seen), countOf(seen.queue), costOn(seen, day), lastTextOf(seen)], 'look'),
    ),
    words.noTrouble,
  );

const atWork = (people: readonly Seen[], day: string): Html =>
  table(
    words.workTitle,
    [
      ...columns(words.person, words.state, words.since),
      { label: words.attempt, kind: 'number' },
      { label: words.queue, kind: 'number' },
      { label: words.cost, kind: 'number' },
    ],
    people.map((seen) =>
      personRow(seen, [
        stateOf(seen),
        time(seen.live?.since ?? null),
        countOf(seen.live?.attempt ?? 0),
        countOf(seen.queue),
        costOn(seen, day),
      ]),
    ),
    words.noWork,
  );

/** The question before a stranger is let in, or kept out. */
export function questionOf({ name, masked }: Stranger, isYes: boolean): { text: string; button: string; back: string } {
  const who = `${name ?? operatorOverview.unnamed} (${masked})`;
  const [text, button] = isYes ? [words.asksLetIn(who), words.letIn] : [words.asksKeepOut(who), words.keepOut];
  return { text, button, back: '/operator/now' };
}

const strangersTable = (strangers: readonly Stranger[]): Html =>
  table(
    words.strangersTitle,
    columns(words.person, words.until, ''),
    strangers.map((stranger) => {
      const { n, name, masked, expiresAt } = stranger;
      const [letIn, keepOut] = (['yes', 'no'] as const).map((answer) => {
        const { text, button } = questionOf(stranger, answer === 'yes');
        return action(`/operator/strangers/${n}/${answer}`, button, { confirm: text });
      });
      return {
        id: `stranger-${n}`,
        cells: [
          html`${name ?? operatorOverview.unnamed} <span class="soft">${masked}</span>`,
          time(expiresAt),
          html`${letIn} ${keepOut}`,
        ],
      };
    }),
    '',
  );

const alertsTable = (alerts: readonly Alert[]): Html =>
  table(
    words.alertsTitle,
    [...columns(words.what, words.person, words.when), { label: words.times, kind: 'number' }, ...columns('')],
    alerts.map(({ id, text, conversation, count, lastAt }) => ({
      id: `alert-${id}`,
      cells: [
        text,
        conversation && html`<a href="${pathOf(conversation)}">${shortId(conversation)}</a>`,
        time(lastAt),
        count,
        action(`/operator/alerts/${id}/acknowledge`, words.acknowledge),
      ],
    })),
    words.noAlerts,
  );
