// Wires the page: one state, changed by events and shown by views. Every effect of the page starts here.

import type { Bubble, Extras } from '../phone-events.ts';
import { createBubbleGestures } from './bubble-gestures.ts';
import { isEditable } from './bubble-view.ts';
import { createChatView } from './chat-view.ts';
import { createComposer } from './composer.ts';
import { listen } from './connection.ts';
import { find, setText } from './dom.ts';
import { createExtras, NO_EXTRAS } from './extras.ts';
import {
  loadDraft,
  loadOpenNumber,
  loadPending,
  loadPeople,
  saveDraft,
  saveOpenNumber,
  savePending,
  savePeople,
} from './memory.ts';
import { createPeopleView } from './people-view.ts';
import type { Parcel } from './sending.ts';
import { createSending } from './sending.ts';
import type { Pending, State } from './state.ts';
import {
  applyEvent,
  isUnread,
  lastOf,
  ownTexts,
  sameChat,
  sameEnds,
  startState,
  withAccepted,
  withPerson,
} from './state.ts';
import { createTelegramActions } from './telegram-actions.ts';
import { createTopicsView } from './topics-view.ts';
import { createWireView } from './wire-view.ts';

let state: State = startState(loadPeople(), loadPending(), loadOpenNumber());
/** A link brought words for the open chat, as wa.me does on a phone. */
const brought = new URLSearchParams(location.search).get('text');
if (brought !== null) {
  saveDraft(state.number, brought);
  history.replaceState(null, '', '/');
}
let planned = false;
let typingEnds = 0;
const askedToRead = new Set<string>();

function change(next: State): void {
  if (next.people !== state.people) savePeople(next.people);
  if (next.pending !== state.pending) savePending(next.pending);
  if (next.number !== state.number) saveOpenNumber(next.number);
  state = next;
  if (planned) return;
  planned = true;
  queueMicrotask(show);
}

const sending = createSending({
  next: () => (state.online ? state.pending.find(({ problem }) => problem === null) : undefined),
  profileName,
  accepted: (bubble) => change(withAccepted(state, bubble)),
  refused: (clientId, problem) => setProblem(clientId, problem),
});

function profileName(number: string): string {
  return state.people.find((person) => person.number === number)?.name ?? '';
}

function setProblem(clientId: string, problem: string | null): void {
  const pending = state.pending.map((own) => (own.clientId === clientId ? { ...own, problem } : own));
  change({ ...state, pending });
}

function send(text: string, parcel: Parcel | null, added: Extras, tap?: Pending['tap']): void {
  const { number, sender, topic } = state;
  const clientId = crypto.randomUUID();
  const fileName = parcel ? (parcel.voice ? 'Voice message' : parcel.file.name) : null;
  if (parcel) sending.attach(clientId, parcel);
  const chosen = { ...(tap ? { tap } : {}), ...(topic === undefined ? {} : { topic }) };
  const own = { clientId, number, sender, text, fileName, at: Date.now(), extras: added, problem: null, ...chosen };
  change({ ...state, pending: [...state.pending, own] });
  sending.drain();
}

const composer = createComposer({
  send(text, parcel) {
    const edited = extras.takeEdited();
    if (edited) telegram.edit(edited.sid, text);
    else send(text, parcel, extras.take());
  },
  sender: () => state.sender,
  loadDraft,
  saveDraft,
  sent: () => ownTexts(state),
  leaveOut: () => extras.clear(),
});
const extras = createExtras({
  sendPlace: (place) => send('', null, place),
  focus: composer.focus,
  write: composer.write,
});
const telegram = createTelegramActions({
  chat: () => state,
  profileName: () => profileName(state.number),
  tell: composer.tell,
  open: (sender) => openChat(sender),
});
const showTopics = createTopicsView({
  open: (topic) => openChat(state.sender, topic),
  make: telegram.makeTopic,
  rename: telegram.renameTopic,
  focus: composer.focus,
});

const showChat = createChatView(
  {
    again(clientId) {
      setProblem(clientId, null);
      sending.drain();
    },
    discard(clientId) {
      sending.detach(clientId);
      change({ ...state, pending: state.pending.filter((own) => own.clientId !== clientId) });
    },
    reply,
    edit,
    jump,
    tap: (sid, { id, title }) => send(title, null, NO_EXTRAS, { sid, id }),
    stopDraft: telegram.stop,
  },
  (text) => {
    send(text, null, NO_EXTRAS);
    composer.focus();
  },
);
createBubbleGestures(find('log', HTMLElement), {
  reply,
  edit,
  remove: telegram.remove,
  offers(sid) {
    const bubble = state.bubbles.find((one) => one.sid === sid);
    return { edit: bubble !== undefined && isEditable(bubble), remove: sid.startsWith('TG') };
  },
  copy: (sid) => withBubbleOf(sid, ({ text }) => void navigator.clipboard?.writeText(text).catch(() => undefined)),
});
const showWire = createWireView();
const showPeople = createPeopleView(openPhone, (number, name) => {
  change(withPerson(state, { number, name }));
  openPhone(number);
});

function withBubbleOf(sid: string, act: (bubble: Bubble) => void): void {
  const bubble = state.bubbles.find((one) => one.sid === sid);
  if (bubble) act(bubble);
}

function reply(sid: string): void {
  withBubbleOf(sid, extras.reply);
}

function edit(sid: string): void {
  withBubbleOf(sid, extras.edit);
}

/** Scrolls to a quoted message and highlights it. */
function jump(sid: string): void {
  const bubble = document.querySelector<HTMLElement>(`.bubble[data-sid="${CSS.escape(sid)}"]`);
  bubble?.scrollIntoView({ block: 'center' });
  bubble?.classList.add('found');
  setTimeout(() => bubble?.classList.remove('found'), 1500);
}

function openPhone(number: string): void {
  if (number !== state.number) extras.clear();
  // The phone shows the chat that had the last message.
  const { sender, topic } = number === state.number ? state : (lastOf(state, number) ?? { sender: state.sender });
  change({ ...state, number, sender, topic });
  showScreen('chat');
  composer.focus();
}

function openChat(sender: string, topic?: number): void {
  // The message that is quoted or edited is in the other chat.
  extras.clear();
  change({ ...state, sender, topic });
}

/** A narrow page shows either the phones or the chat. */
function showScreen(screen: 'chat' | 'phones'): void {
  document.body.dataset.screen = screen;
  if (screen === 'phones') document.querySelector<HTMLElement>('#people [aria-current]')?.focus();
  change(state);
}

function show(): void {
  planned = false;
  const now = Date.now();
  composer.open(state.number);
  showPeople(state, now);
  showChat(state, now);
  showTopics(state);
  showWire(state);
  const unread = state.bubbles.filter(isUnread).length;
  document.title = `${unread > 0 ? `(${unread}) ` : ''}Simulated phones · Roost`;
  const ends = [...state.typing, ...state.drafts].map(({ until }) => until).filter((until) => until > now);
  clearTimeout(typingEnds);
  if (ends.length > 0) typingEnds = setTimeout(() => change(state), Math.min(...ends) - now + 50);
  void readWhatIsSeen();
}

/** Messages in the open, visible chat are read; each is reported once. */
async function readWhatIsSeen(): Promise<void> {
  if (document.visibilityState !== 'visible' || find('chat', HTMLElement).offsetParent === null) return;
  const sids = state.bubbles
    .filter((bubble) => sameChat(bubble, state) && isUnread(bubble) && !askedToRead.has(bubble.sid))
    .map(({ sid }) => sid);
  if (sids.length === 0) return;
  for (const sid of sids) askedToRead.add(sid);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/phone/read', { method: 'POST', headers, body: JSON.stringify({ sids }) }).catch(
    () => null,
  );
  if (!answer?.ok) for (const sid of sids) askedToRead.delete(sid);
}

find('sender', HTMLSelectElement).addEventListener('change', ({ target }) => {
  if (target instanceof HTMLSelectElement) openChat(target.value);
});
find('to-phones', HTMLButtonElement).addEventListener('click', () => showScreen('phones'));
document.addEventListener('keydown', ({ key }) => {
  const inDialog = document.querySelector('dialog[open]') !== null;
  if (key === 'Escape' && !inDialog && document.body.dataset.screen === 'phones') showScreen('chat');
});
document.addEventListener('visibilitychange', () => change(state));

const connection = find('connection', HTMLElement);
listen(
  (event) => {
    change(applyEvent(state, event));
    if (event.type === 'toast' && sameEnds(event.toast, state)) telegram.toast(event.toast.text);
    if (event.type !== 'snapshot') return;
    setText(connection, event.starting ? 'Roost is starting. Your messages will be sent when it’s ready.' : '');
    connection.classList.toggle('starting', event.starting === true);
    sending.drain();
  },
  () => {
    change({ ...state, online: false, starting: false });
    connection.classList.remove('starting');
    setText(connection, 'No connection to the simulator. Your messages will be sent when it’s back.');
  },
);
change(state);
if (brought !== null) composer.focus();
