// The open chat: its header, bubbles, typing indicator, empty state and scroll position.

import type { BubbleActions } from './bubble-view.ts';
import { itemView } from './bubble-view.ts';
import { createKeyedList, el, find, setText } from './dom.ts';
import { displayNumber, readAddress } from './number.ts';
import type { State } from './state.ts';
import { draftOf, isTyping, isUnread, sameChat } from './state.ts';
import type { Item } from './timeline.ts';
import { timeline } from './timeline.ts';

/** Each shows a different part of the product: work, a question with buttons, a reminder, its own commands. */
const EXAMPLES = ['Make a to-do app', 'Ask me red or blue?', 'Remind me in 1 minute: tea', '/help'];

const NEAR_END = 120;

export function createChatView(actions: BubbleActions & { stopDraft(): void }, sendExample: (text: string) => void) {
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
    const opened = `${state.number} ${state.sender}`;
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
    const who = person?.name ? `${person.name} · ${displayNumber(state.number)}` : displayNumber(state.number);
    setText(find('chat-status', HTMLElement), isWriting ? 'typing …' : `as ${who}`);
    empty.hidden = items.length > 0 || !(state.online || state.starting);
    showSenders(state);

    const elsewhere = state.bubbles.filter((bubble) => isUnread(bubble) && !sameChat(bubble, state)).length;
    badge.hidden = elsewhere === 0;
    setText(badge, String(elsewhere));
    const phones = elsewhere === 0 ? 'Phones' : `Phones, ${elsewhere} unread`;
    find('to-phones', HTMLButtonElement).setAttribute('aria-label', phones);
    if (follows) toEnd();
    stay = follows || stay;
  };
}

/** Shown only if the product has several addresses. */
function showSenders(state: State): void {
  const select = find('sender', HTMLSelectElement);
  select.hidden = state.senders.length < 2;
  if (select.options.length !== state.senders.length) {
    select.replaceChildren(...state.senders.map((sender) => el('option', { value: sender }, addressLabel(sender))));
  }
  if (select.value !== state.sender) select.value = state.sender;
}

function addressLabel(sender: string): string {
  const { number, channel } = readAddress(sender);
  if (channel === 'Telegram') return 'Telegram';
  return `${channel} ${displayNumber(number)}`;
}
