import { html } from 'hono/html';
import type { ConversationDetail } from '../../../objects/conversation-detail.ts';
import type { Timeline, TimelineCursor } from '../../../objects/timeline.ts';
import { operatorConversation as words } from '../../../texts/operator-conversation.ts';
import { accessOf, actsOf, figuresOf, personLine, sectionsOf } from './conversation-parts.ts';
import { copyOfEverything } from './copy.ts';
import { action, type Html, older, reasonField, section } from './parts.ts';
import { timelineRow } from './timeline-rows.ts';

// One conversation: what happened and why, and how it stands. With words it is rendered once, and the script leaves it
// as it is.

/** `reason`: why the words are shown; null: they are hidden. `told`: what the last action did. */
export type Shown = {
  detail: ConversationDetail;
  timeline: Timeline;
  path: string;
  reason: string | null;
  told?: string | null;
};

export function conversationView({ detail, timeline, path, reason, told = null }: Shown): Html {
  const rows = timeline.items.map((item) => timelineRow(item, path));
  const list =
    rows.length === 0 ? html`<p class="empty">${words.noItems}</p>` : html`<ol class="timeline">${rows}</ol>`;
  const main = html`${told === null ? null : html`<p class="told" role="status">${told}</p>`}${personLine(detail)}${figuresOf(detail)}${actsOf(detail, path)}${wordsPart(path, reason)}${section(
    words.timeline,
    html`${list}${olderPart(timeline.next, path, reason)}`,
    words.newest,
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
