import { html } from 'hono/html';
import type { SessionPage, SessionPlace } from '../../../objects/session-backup.ts';
import type { SessionEntry, SessionPart } from '../../../objects/session-lines.ts';
import type { SessionFacts } from '../../../objects/stores/detail-store.ts';
import { operatorConversation } from '../../../texts/operator-conversation.ts';
import { operatorTranscript as words } from '../../../texts/operator-transcript.ts';
import { action, facts, type Html, reasonField, shortId, tag, time } from './parts.ts';

// A session as its backup has it: what is known of it, and for a reason its words as text, newest first.

/** `reason`: why the words are shown; null: they are hidden. `page`: null: nothing was read. */
export type TranscriptShown = {
  id: string;
  path: string;
  back: string;
  known: SessionFacts;
  hasBucket: boolean;
  reason: string | null;
  page: SessionPage | null;
};

export function transcriptView(shown: TranscriptShown): Html {
  const { id, back, reason } = shown;
  const { session, backup } = shown.known;
  const copied = backup?.copiedAt ?? null;
  const known = facts([
    [words.session, shortId(id)],
    [words.began, session && time(session.startedAt)],
    [words.used, session && time(session.usedAt)],
    [words.copied, copied === null ? null : time(copied)],
    [words.size, copied !== null && operatorConversation.bytes(backup?.bytes ?? 0)],
    [words.refused, backup?.refused ?? null],
  ]);
  const main = html`<p class="note"><a href="${back}">${words.back}</a></p><p class="note">${words.about}</p>${known}${contentOf(shown, copied)}`;
  return html`<div id="transcript" class="views"${reason === null ? null : html` data-keep`}>${main}</div>`;
}

function contentOf({ path, hasBucket, reason, page }: TranscriptShown, copied: number | null): Html {
  if (!hasBucket || copied === null) return html`<p class="empty">${hasBucket ? words.noBackup : words.noBucket}</p>`;
  if (reason === null) {
    const form = action(path, words.show, { inside: reasonField(operatorConversation.reason) });
    return html`<div class="show"><p class="note">${words.hidden}</p>${form}</div>`;
  }
  const list = page === null ? html`<p class="empty">${words.nothing}</p>` : linesOf(page, path, reason);
  return html`<p class="told">${words.shown} <a href="${path}">${words.leave}</a></p>${list}`;
}

function linesOf({ entries, unread, next }: SessionPage, path: string, reason: string): Html {
  const list =
    entries.length === 0 && next === null
      ? html`<p class="empty">${words.nothing}</p>`
      : html`<ol class="timeline">${entries.map(entryOf)}</ol>`;
  const before = next === null ? null : printPlace(next);
  return html`<p class="note">${words.newest}${unread > 0 ? ` ${words.unread(unread)}` : ''}</p>${list}${
    before === null ? null : action(path, words.older, { fields: { before, reason } })
  }`;
}

/** The answers of tools are folded up. */
function entryOf({ position, at, who, isInner, parts, cut }: SessionEntry): Html {
  const chars = parts.reduce((sum, { text }) => sum + text.length, cut);
  const beside = [...parts.flatMap(({ name }) => (name === '' ? [] : [name])), operatorConversation.chars(chars)];
  const head = html`<b>${words.who[who]}</b> ${beside.join(', ')} ${isInner ? tag(words.inner) : null}`;
  return html`<li class="event calm" data-row><details id="p${position}"${
    who === 'tool' ? null : html` open`
  }><summary>${time(at)} <span>${head}</span></summary><div class="inside">${parts.map(partOf)}${
    cut > 0 ? html`<p class="note">${words.cut(cut)}</p>` : null
  }</div></details></li>`;
}

function partOf({ kind, name, text }: SessionPart): Html {
  const label = [words.parts[kind], name].filter((part) => part !== '').join(' ');
  const said = text === '' ? null : html`<blockquote tabindex="0">${text}</blockquote>`;
  return html`${label === '' ? null : html`<p class="note">${label}</p>`}${said}`;
}

export const printPlace = ({ from, end }: SessionPlace): string => `${from}.${end}`;

/** Null when it isn't one: the page then begins with the newest. */
export function readPlace(printed: string): SessionPlace | null {
  const [, from, end] = /^(\d{1,15})\.(\d{1,9})$/.exec(printed) ?? [];
  return from === undefined ? null : { from: Number(from), end: Number(end) };
}
