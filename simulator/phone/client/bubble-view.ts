// One item of the chat as an element.

import type { Attachment, Bubble, BubbleState } from '../phone-events.ts';
import { el, icon } from './dom.ts';
import { extrasView } from './extras.ts';
import { markupView } from './markup-view.ts';
import { offerView, type Tap } from './offer-view.ts';
import type { Pending } from './state.ts';
import type { Item } from './timeline.ts';
import { clockTime, sizeLabel } from './timeline.ts';

export type BubbleActions = {
  again(clientId: string): void;
  discard(clientId: string): void;
  reply(bubble: Bubble): void;
  tap: Tap;
};

const TICK_WORDS: Record<BubbleState, string> = {
  underway: 'on its way',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'not delivered',
};

export function itemView(item: Item, actions: BubbleActions): HTMLElement {
  switch (item.kind) {
    case 'day':
      return el('div', { class: 'day' }, el('span', {}, item.label));
    case 'bubble':
      return bubbleView(item.bubble, item.leads, actions);
    case 'pending':
      return pendingView(item.pending, item.leads, item.online, actions);
  }
}

function bubbleView(bubble: Bubble, leads: boolean, actions: BubbleActions): HTMLElement {
  const side = bubble.mine ? 'mine' : 'theirs';
  const failed = bubble.state === 'failed';
  return el(
    'article',
    { class: `bubble ${side}${leads ? ' leads' : ''}${failed ? ' failed' : ''}`, 'data-sid': bubble.sid },
    el('span', { class: 'for-ears' }, bubble.mine ? 'You: ' : 'Roost: '),
    ...(bubble.extras ? extrasView(bubble.extras) : []),
    ...bubble.attachments.map(attachmentView),
    bubble.text !== '' && markupView(bubble.text),
    bubble.text === '' &&
      bubble.attachments.length === 0 &&
      !bubble.extras?.place &&
      el('p', { class: 'soft' }, 'Empty message'),
    bubble.offer !== null && !failed && offerView(bubble.sid, bubble.offer, actions.tap),
    bubble.trouble !== null && el('p', { class: 'trouble' }, icon('alert'), el('span', {}, bubble.trouble)),
    // Ticks change often; they are there to be looked up, not to be announced.
    el(
      'footer',
      { 'aria-live': 'off' },
      el('time', { datetime: new Date(bubble.at).toISOString() }, clockTime(bubble.at)),
      bubble.mine && tick(bubble.state),
      replyButton(bubble, actions),
    ),
  );
}

function replyButton(bubble: Bubble, actions: BubbleActions): HTMLElement {
  const label = `Reply to: ${bubble.text.slice(0, 40) || 'this message'}`;
  const button = el('button', { type: 'button', class: 'icon-button reply', 'aria-label': label }, icon('reply'));
  button.addEventListener('click', () => actions.reply(bubble));
  return button;
}

function tick(state: BubbleState): HTMLElement {
  const shape = state === 'read' ? 'delivered' : state === 'failed' ? 'alert' : state;
  return el('span', { class: `tick ${state}`, role: 'img', 'aria-label': TICK_WORDS[state] }, icon(shape));
}

function attachmentView(attachment: Attachment): HTMLElement {
  const { url, contentType, fileName, size } = attachment;
  const name = fileName ?? 'no name';
  if (/^image\/(png|jpeg|gif|webp)$/.test(contentType)) {
    const image = el('img', { src: url, alt: fileName === null ? 'Photo' : `Photo ${name}`, loading: 'lazy' });
    return el('a', { class: 'picture', href: url, target: '_blank', rel: 'noopener' }, image);
  }
  if (contentType.startsWith('audio/')) {
    const label = fileName === null ? 'Voice message' : `Audio ${name}`;
    return el('audio', { controls: true, preload: 'metadata', src: url, 'aria-label': label });
  }
  if (contentType.startsWith('video/')) {
    return el('video', { controls: true, preload: 'metadata', src: url, 'aria-label': `Video ${name}` });
  }
  return el(
    'a',
    { class: 'file', href: url, target: '_blank', rel: 'noopener' },
    icon('file'),
    el('span', {}, el('b', {}, name), el('small', {}, `${contentType}, ${sizeLabel(size)}`)),
  );
}

function pendingView(pending: Pending, leads: boolean, online: boolean, actions: BubbleActions): HTMLElement {
  const { clientId, problem } = pending;
  const button = (label: string, act: (clientId: string) => void): HTMLElement => {
    const made = el('button', { type: 'button', class: 'quiet' }, label);
    made.addEventListener('click', () => act(clientId));
    return made;
  };
  return el(
    'article',
    { class: `bubble mine pending${leads ? ' leads' : ''}${problem ? ' failed' : ''}` },
    el('span', { class: 'for-ears' }, 'You: '),
    ...(pending.extras ? extrasView(pending.extras) : []),
    pending.fileName !== null && el('p', { class: 'file' }, icon('file'), el('b', {}, pending.fileName)),
    pending.text !== '' && markupView(pending.text),
    problem !== null && el('p', { class: 'trouble' }, icon('alert'), el('span', {}, problem)),
    problem !== null &&
      el('div', { class: 'choices' }, button('Try again', actions.again), button('Discard', actions.discard)),
    // Ticks change often; they are there to be looked up, not to be announced.
    el(
      'footer',
      { 'aria-live': 'off' },
      el('time', {}, clockTime(pending.at)),
      el(
        'span',
        { class: 'tick sending', role: 'img', 'aria-label': online ? 'sending' : 'waiting for the connection' },
        icon('sending'),
      ),
    ),
  );
}
