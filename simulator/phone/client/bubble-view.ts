// One item of the chat as an element.

import type { Bubble, BubbleState } from '../phone-events.ts';
import { attachmentView, chip } from './attachment-view.ts';
import { el, icon } from './dom.ts';
import { entitiesView } from './entities-view.ts';
import { extrasView } from './extras.ts';
import { plainWords } from './markup.ts';
import { markupView } from './markup-view.ts';
import { type Channel, readAddress } from './number.ts';
import { offerView, type Tap } from './offer-view.ts';
import type { Item } from './timeline.ts';
import { clockTime, kindLabel } from './timeline.ts';

export type BubbleActions = {
  again(clientId: string): void;
  discard(clientId: string): void;
  /** The element of a bubble can be older than its words, so these take its id. */
  reply(sid: string): void;
  edit(sid: string): void;
  /** Scrolls to the quoted message. */
  jump(sid: string): void;
  tap: Tap;
};

const TICK_WORDS: Record<BubbleState, string> = {
  underway: 'on its way',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'not delivered',
};

/** The marks that a phone shows on its own text: Telegram has none between sent and read, SMS none of reading. */
function shownState(state: BubbleState, channel: Channel): BubbleState {
  if (channel === 'Telegram' && state === 'delivered') return 'read';
  return channel === 'SMS' && state === 'read' ? 'delivered' : state;
}

/** Telegram's clients let people change their texts. */
export const isEditable = ({ mine, telegram, extras, sid }: Bubble): boolean =>
  mine && telegram !== undefined && !telegram.isService && !extras?.place && sid.startsWith('TG');

export function itemView(item: Item, actions: BubbleActions): HTMLElement {
  switch (item.kind) {
    case 'day':
      return el('div', { class: 'day' }, el('span', {}, item.label));
    case 'service':
      return el('div', { class: 'day service' }, el('span', {}, item.label));
    case 'bubble':
      return bubbleView(item, actions);
    case 'pending':
      return pendingView(item, actions);
  }
}

const classes = (names: Record<string, boolean>): string =>
  Object.keys(names)
    .filter((name) => names[name])
    .join(' ');

function bubbleView({ bubble, leads, ends }: Item & { kind: 'bubble' }, actions: BubbleActions): HTMLElement {
  const { mine } = bubble;
  const failed = bubble.state === 'failed';
  const { isSilent = false, isEdited = false } = bubble.telegram ?? {};
  const marked = isSilent || isEdited;
  const { channel } = readAddress(bubble.sender);
  return el(
    'article',
    { class: classes({ bubble: true, mine, theirs: !mine, leads, ends, failed, marked }), 'data-sid': bubble.sid },
    el('span', { class: 'for-ears' }, bubble.mine ? 'You: ' : 'Roost: '),
    ...(bubble.extras ? extrasView(bubble.extras, actions.jump) : []),
    ...bubble.attachments.map(attachmentView),
    bubble.text !== '' &&
      (bubble.telegram ? entitiesView(bubble.text, bubble.telegram.entities) : markupView(bubble.text)),
    bubble.text === '' &&
      bubble.attachments.length === 0 &&
      !bubble.extras?.place &&
      el('p', { class: 'soft' }, 'Empty message'),
    bubble.offer !== null && !failed && offerView(bubble.sid, bubble.offer, actions.tap),
    bubble.trouble !== null && el('p', { class: 'trouble' }, icon('alert'), el('span', {}, bubble.trouble)),
    // Ticks change often, so they can be looked up but are not announced.
    el(
      'footer',
      { 'aria-live': 'off' },
      isSilent && el('span', { class: 'mark' }, 'silent'),
      isEdited && el('span', { class: 'mark' }, 'edited'),
      el('time', { datetime: new Date(bubble.at).toISOString() }, clockTime(bubble.at)),
      bubble.mine && tick(shownState(bubble.state, channel), channel),
      isEditable(bubble) && editButton(bubble, actions),
    ),
    // Outside the footer, which is the place of the time alone: the arrow stands beside the bubble.
    replyButton(bubble, actions),
  );
}

/**
 * Visible while it has the pointer or the focus; on a touch screen people reply by a swipe or a long press
 * (bubble-gestures.ts).
 */
function replyButton(bubble: Bubble, actions: BubbleActions): HTMLElement {
  const label = `Reply to: ${plainWords(bubble.text).slice(0, 40) || 'this message'}`;
  const button = el('button', { type: 'button', class: 'icon-button reply', 'aria-label': label }, icon('reply'));
  button.addEventListener('click', () => actions.reply(bubble.sid));
  return button;
}

function editButton(bubble: Bubble, actions: BubbleActions): HTMLElement {
  const label = `Edit: ${bubble.text.slice(0, 40)}`;
  const button = el('button', { type: 'button', class: 'icon-button edit', 'aria-label': label }, icon('edit'));
  button.addEventListener('click', () => actions.edit(bubble.sid));
  return button;
}

/** Phones write the state of an SMS in words. */
function tick(state: BubbleState, channel: Channel): HTMLElement {
  const words = TICK_WORDS[state];
  if (channel === 'SMS' && (state === 'sent' || state === 'delivered'))
    return el('span', { class: `tick ${state}`, role: 'img', 'aria-label': words }, words);
  const shape = state === 'read' ? 'delivered' : state === 'failed' ? 'alert' : state;
  return el('span', { class: `tick ${state}`, role: 'img', 'aria-label': words }, icon(shape));
}

function pendingView(item: Item & { kind: 'pending' }, actions: BubbleActions): HTMLElement {
  const { pending, leads, ends, online } = item;
  const { clientId, problem, fileName } = pending;
  const button = (label: string, act: (clientId: string) => void): HTMLElement => {
    const made = el('button', { type: 'button', class: 'quiet' }, label);
    made.addEventListener('click', () => act(clientId));
    return made;
  };
  return el(
    'article',
    { class: classes({ bubble: true, mine: true, pending: true, leads, ends, failed: problem !== null }) },
    el('span', { class: 'for-ears' }, 'You: '),
    ...(pending.extras ? extrasView(pending.extras, actions.jump) : []),
    fileName !== null && el('p', { class: 'file' }, ...chip(fileName, kindLabel({ contentType: '', fileName }), '')),
    pending.text !== '' && markupView(pending.text),
    problem !== null && el('p', { class: 'trouble' }, icon('alert'), el('span', {}, problem)),
    problem !== null &&
      el('div', { class: 'choices' }, button('Try again', actions.again), button('Discard', actions.discard)),
    // Ticks change often, so they can be looked up but are not announced.
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
