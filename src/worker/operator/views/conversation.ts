import { html } from 'hono/html';
import type { ConversationDetail } from '../../../objects/conversation-detail.ts';
import type { Timeline, TimelineCursor } from '../../../objects/timeline.ts';
import { operatorConversation as words } from '../../../texts/operator-conversation.ts';
import { accessOf, actsOf, figuresOf, personLine, sectionsOf } from './conversation-parts.ts';
import { copyOfEverything } from './copy.ts';
import { action, type Html, older, reasonField, section } from './parts.ts';
import { timelineRow, timerRow } from './timeline-rows.ts';

// One conversation: what happened and why, and how it stands. With words it is rendered once, and the script leaves it
// as it is.

/** `reason`: why the words are shown; null: they are hidden. `told`: what the last action did. */
export type Shown = {
  detail: ConversationDetail;
  timeline: Timeline;
  path: string;
  reason: string | null;
  /** The first page also shows the next timers. */
  isNewest: boolean;
  told?: string | null;
};

/** How many timers stand in the time line; all are under “What it waits for”. */
const AHEAD = 3;

export function conversationView({ detail, timeline, path, reason, isNewest, told = null }: Shown): Html {
  const past = timeline.items.map((item) => timelineRow(item, path));
  const rows = isNewest ? [...detail.timers.slice(0, AHEAD).reverse().map(timerRow), ...past] : past;
  const later = isNewest ? detail.timers.length - AHEAD : 0;
  const list =
    rows.length === 0 ? html`<p class="empty">${words.noItems}</p>` : html`<ol class="timeline">${rows}</ol>`;
  const main = html`${told === null ? null : html`<p class="told" role="status">${told}</p>`}${personLine(detail)}${figuresOf(detail)}${actsOf(detail, path)}${wordsPart(path, reason)}${section(
    words.timeline,
    html`${list}${olderPart(timeline.next, path, reason)}`,
    later > 0 ? `${words.newest} ${words.more(later)}` : words.newest,
  )}${sectionsOf(detail, path)}${accessOf(detail, path)}${copyOfEverything(detail, path)}`;
  return html`<div id="person" class="views"${reason === null ? null : html` data-keep`}>${main}</div>`;
}

function wordsPart(path: string, reason: string | null): Html {
  if (reason !== null) return html`<p class="told">${words.shown} <a href="${path}">${words.leave}</a></p>`;
  const inside = reasonField(words.reason);
  return html`<div class="show"><p class="note">${words.hidden}</p>${action(`${path}/show`, words.show, { inside })}</div>`;
}

function olderPart(next: TimelineCursor | null, path: string, reason: string | null): Html | null {
  if (next === null) return null;
  const before = printCursor(next);
  return reason === null
    ? older(`${path}?before=${before}`)
    : action(`${path}/show`, words.olderShown, { fields: { before, reason } });
}

export const printCursor = ({ text, reply, turn, run }: TimelineCursor): string => [text, reply, turn, run].join('.');

/** Null when it isn't one: the page then begins with the newest. */
export function readCursor(printed: string | undefined): TimelineCursor | null {
  const found = /^(-?\d{1,16})\.(-?\d{1,16})\.([0-9A-Za-z~-]{1,40})\.([0-9A-Za-z~-]{1,40})$/.exec(printed ?? '');
  const [, text, reply, turn, run] = found ?? [];
  if (text === undefined || reply === undefined || turn === undefined || run === undefined) return null;
  return { text: Number(text), reply: Number(reply), turn, run };
}
