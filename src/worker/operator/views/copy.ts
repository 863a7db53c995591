import { html } from 'hono/html';
import type { ConversationDetail } from '../../../objects/conversation-detail.ts';
import { operatorConversation as words } from '../../../texts/operator-conversation.ts';
import { action, type Html, reasonField, section, time } from './parts.ts';

// The copy of everything kept about a person: makes it, and downloads it for a reason.

export function copyOfEverything({ copy, isForgetting }: ConversationDetail, path: string): Html | null {
  if (isForgetting) return null;
  const { title, note, download, why, size } = words.copy;
  const { step, until } = copy;
  if (step === 'none') {
    const name = 'make-copy';
    const button = action(`${path}/act`, words.acts[name], { confirm: words.asks[name], fields: { do: name } });
    return section(title, html`<div class="acts">${button}</div>`, note.none);
  }
  if (step !== 'ready') return section(title, html`<p class="empty">${note[step]}</p>`);
  const form = action(`${path}/copy`, download, { inside: reasonField(why) });
  return section(
    title,
    html`<p class="note">${size(copy.size ?? 0)} ${time(until)}</p><div class="acts">${form}</div>`,
    note.ready,
  );
}
