// The open chat: its header, bubbles, typing indicator, empty state and scroll position.

import type { BubbleActions } from './bubble-view.ts';
import { itemView } from './bubble-view.ts';
import { createKeyedList, el, find, setText } from './dom.ts';
import { displayNumber, readAddress } from './number.ts';
import type { State } from './state.ts';
import { addressesOf, draftOf, isBlocked, isTyping, isUnread, sameEnds } from './state.ts';
import { isGroup } from './telegram.ts';
import type { Item } from './timeline.ts';
import { timeline } from './timeline.ts';

/** Each shows a different part of the product: work, a question with buttons, a reminder, its own commands. */
const EXAMPLES = ['Make a to-do app', 'Ask me red or blue?', 'Remind me in 1 minute: tea', '/help'];

const NEAR_END = 120;

export function createChatView(actions: BubbleActions & { stopDraft(): void }, sendExample: (text: string) => void) {
  const frame = find('chat', HTMLElement);
  const composerRow = find('composer-row', HTMLElement);
  const scroller = find('scroller', HTMLElement);
  const log = find('log', HTMLElement);
  const typing = find('typing', HTMLElement);
  const draft = find('draft', HTMLElement);
  const stopDraft = find('stop-draft', HTMLButtonElement);
  const empty = find('empty', HTMLElement);
  const toNewest = find('to-newest', HTMLButtonElement);
  const badge = find('others-unread', HTMLElement);
  const showItems = createKeyedList<Item>(
    log,
    ({ key }) => key,
    (item) => itemView(item, actions),
  );
  let chat = '';

  const toEnd = (): void => scroller.scrollTo({ top: scroller.scrollHeight });
  const atEnd = (): boolean => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;

  for (const text of EXAMPLES) {
    const button = el('button', { type: 'button', class: 'quiet' }, text);
    button.addEventListener('click', () => sendExample(text));
    find('examples', HTMLUListElement).append(el('li', {}, button));
  }
  toNewest.addEventListener('click', toEnd);
  stopDraft.addEventListener('click', () => actions.stopDraft());
  scroller.addEventListener('scroll', () => {
    toNewest.hidden = atEnd();
  });
  // Pictures and a growing composer change the height later.
  let stay = true;
  scroller.addEventListener('scroll', () => {
    stay = atEnd();
  });
  const follow = new ResizeObserver(() => {
    if (stay) toEnd();
  });
  follow.observe(log);
  follow.observe(scroller);

  return (state: State, now: number): void => {
    const items = timeline(state, now);
    const opened = `${state.number} ${state.sender} ${state.topic ?? ''}`;
    const switched = opened !== chat;
    const ownAdded = !switched && items.at(-1)?.kind === 'pending';
    const follows = switched || ownAdded || atEnd();
    chat = opened;
    // A newly opened chat is not read aloud as a whole; people move through it.
    log.setAttribute('aria-live', switched ? 'off' : 'polite');
    showItems(items);

    const writes = draftOf(state, now);
    draft.hidden = writes === null;
    stopDraft.hidden = writes?.canStop !== true;
    setText(find('draft-words', HTMLElement), writes === null ? '' : writes.text || 'Thinking …');
    const isWriting = writes === null && isTyping(state, now);
    typing.classList.toggle('on', isWriting);
    setText(typing, isWriting ? 'Roost is typing' : '');
    const person = state.people.find(({ number }) => number === state.number);
    // A number stays in one line.
    const shownNumber = displayNumber(state.number).replaceAll(' ', '\u00a0');
    const who = person?.name ? `${person.name} · ${shownNumber}` : shownNumber;
    setText(find('chat-title', HTMLElement), isGroup(state.sender) ? 'Group with Roost' : 'Roost');
    setText(find('chat-status', HTMLElement), isWriting ? 'typing …' : `as ${who}`);
    empty.hidden = items.length > 0 || !(state.online || state.starting);
    showSenders(state);
    const { channel } = readAddress(state.sender);
    frame.dataset.channel = state.sender === '' ? 'none' : channel.toLowerCase();
    const blocked = isBlocked(state);
    find('unblock', HTMLButtonElement).hidden = !blocked;
    composerRow.hidden = blocked;
    const isPrivate = channel === 'Telegram' && !isGroup(state.sender);
    for (const id of ['block', 'make-group', 'make-topic']) find(id, HTMLButtonElement).hidden = !isPrivate;
    setText(find('empty-words', HTMLElement), `This is a simulated phone. ${WAYS[channel]}`);

    // The row of topics tells of other topics.
    const elsewhere = state.bubbles.filter((bubble) => isUnread(bubble) && !sameEnds(bubble, state)).length;
    badge.hidden = elsewhere === 0;
    setText(badge, String(elsewhere));
    const phones = elsewhere === 0 ? 'Phones' : `Phones, ${elsewhere} unread`;
    find('to-phones', HTMLButtonElement).setAttribute('aria-label', phones);
    if (follows) toEnd();
    stay = follows || stay;
  };
}

const WAYS = {
  WhatsApp: 'Roost gets your texts the way WhatsApp would deliver them.',
  SMS: 'Roost gets your texts the way a phone company would deliver them.',
  Telegram: 'Roost is a bot here: your first text presses Start.',
} as const;

/** Shown only if there are several addresses. */
function showSenders(state: State): void {
  const select = find('sender', HTMLSelectElement);
  const addresses = addressesOf(state);
  select.hidden = addresses.length < 2;
  const shown = [...select.options].map(({ value }) => value);
  if (shown.join(' ') !== addresses.join(' '))
    select.replaceChildren(
      ...addresses.map((address) => el('option', { value: address }, addressLabel(address, addresses))),
    );
  if (select.value !== state.sender) select.value = state.sender;
}

/** The channel, and the number where the channel has several. */
function addressLabel(address: string, all: readonly string[]): string {
  if (isGroup(address)) return 'Group';
  const { number, channel } = readAddress(address);
  const others = all.filter((other) => other !== address && !isGroup(other));
  const isAlone = others.every((other) => readAddress(other).channel !== channel);
  return isAlone ? channel : `${channel} ${displayNumber(number)}`;
}
