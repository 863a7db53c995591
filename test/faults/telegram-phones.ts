import { setTimeout as pause } from 'node:timers/promises';
import type { MessageEntity } from '@grammyjs/types';
import type { Person } from '../../simulator/telegram/people.ts';
import type { StoredMessage } from '../../simulator/telegram/records.ts';
import { type RunningTelegram, startTelegram } from '../../simulator/telegram/server.ts';
import { carrierListeners } from './carrier-listeners.ts';
import { startFront } from './front.ts';
import { GUARANTEES } from './guarantees.ts';
import type { FromPhone, OnPhone, PhoneCarrier } from './phone-carrier.ts';
import type { Text } from './plan.ts';

// Telegram's stand-in as a run's carrier. Its webhooks pass a front, which delays, repeats and fails them as the plan
// says. Telegram brings each update again until the relay takes it, and a late one is overtaken by others of its chat.

export const BOT_TOKEN = '5550100:faults-faults-faults-faults-faults';
export const WEBHOOK_SECRET = 'faults-of-telegram';
const BOT = BOT_TOKEN.slice(0, BOT_TOKEN.indexOf(':'));
const FIRST_PERSON = 15_555_550_110;
const LATE_MS = 700;
/** A phone shows a message a moment after Telegram took it. */
const SHOWN_AFTER_MS = 50;
const RETRY_MS = 150;
/** Telegram gives an update up after this long without an answer, and brings it again. */
const ANSWER_MS = 8_000;
const SETTLED_MS = 300;
const FIRST_UPDATE = 1000;
const PER_BOT = /^tg:\d+:(\d+):(\d+)$/;

export async function telegramPhones(relayUrl: string): Promise<PhoneCarrier & { url: string }> {
  const people = new Map<string, Person>();
  const kept = new Map<string, OnPhone>();
  const fates = new Map<string, { how: Text['webhook']; tries: number; body: string }>();
  const beside = new Set<Promise<unknown>>();
  const { tell, listen } = carrierListeners();
  const also = (work: Promise<unknown>): void => {
    const one: Promise<unknown> = work.finally(() => beside.delete(one));
    beside.add(one);
  };
  const bring = async (sid: string): Promise<boolean> => {
    const body = fates.get(sid)?.body;
    if (!body) return false;
    tell(({ handed }) => handed(sid));
    const signal = AbortSignal.timeout(ANSWER_MS);
    const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': WEBHOOK_SECRET };
    const answer = await fetch(`${relayUrl}/webhooks/telegram`, { method: 'POST', headers, body, signal }).catch(
      () => null,
    );
    await answer?.text();
    if (answer?.ok) tell(({ taken }) => taken(sid));
    return answer?.ok ?? false;
  };
  /** Its call takes longer than those of the texts behind it. */
  const bringLate = async (sid: string): Promise<void> => {
    await pause(LATE_MS);
    while (!isClosed && !(await bring(sid))) await pause(RETRY_MS);
  };
  const ids = new UpdateIds();
  let isClosed = false;
  const front = await startFront(relayUrl, {
    onCall: async (call) => {
      call.body = ids.renumber(call.body);
      const sid = sidOf(call.body);
      const fate = fates.get(sid);
      if (!fate) return 'pass';
      Object.assign(fate, { body: call.body, tries: fate.tries + 1 });
      if (fate.how === 'late') {
        also(bringLate(sid));
        return { status: 200, headers: {}, body: '' };
      }
      // It is lost on its way, and Telegram brings it again.
      if (fate.how === 'lost' && fate.tries === 1) return { status: 502, headers: {}, body: '' };
      tell(({ handed }) => handed(sid));
      return 'pass';
    },
    onAnswer: async (call, status) => {
      const sid = sidOf(call.body);
      const fate = fates.get(sid);
      if (status !== 200) tell(({ failed }) => failed(sid, `answered ${status}`, false));
      else tell(({ taken }) => taken(sid));
      // The answer is lost on its way: Telegram repeats an update that was taken.
      if (status === 200 && fate?.how === 'twice' && fate.tries === 1) return 'cut';
      return 'pass';
    },
  });
  const telegram: RunningTelegram = await startTelegram({
    token: BOT_TOKEN,
    hasTopics: true,
    pace: { webhookRetryMs: RETRY_MS, webhookAnswerMs: ANSWER_MS },
  });
  telegram.setWebhook(`${front.url}/webhooks/telegram`, WEBHOOK_SECRET);
  const unsubscribe = telegram.subscribe((event) => {
    if (event.type !== 'message' || !event.message.isOurs) return;
    const message = onPhone(event.message);
    kept.set(message.sid, message);
    tell(({ coming }) => coming(message));
    also(pause(SHOWN_AFTER_MS).then(() => tell(({ shows }) => shows(message))));
  });

  function personAt(address: string): Person {
    const known = people.get(address);
    if (known) return known;
    // The bot's answer to a press on Start is no part of a run.
    const person = telegram.person({ id: idOf(address), hasStarted: true });
    people.set(address, person);
    return person;
  }

  function writeAs(person: Person, { body = '', media = [], tap, quotes, thread }: FromPhone): string {
    const [, , shown] = PER_BOT.exec(tap?.sid ?? quotes ?? '') ?? [];
    if (tap) return `tg:${BOT}:q${person.tap(Number(shown), { data: tap.id })}`;
    const more = {
      ...(quotes === undefined ? {} : { replyTo: Number(shown) }),
      ...(thread === undefined ? {} : { threadId: Number(thread) }),
    };
    const [file] = media;
    if (!file) return sidFor(person.text(body, more));
    const kind = file.contentType.startsWith('audio/') ? 'voice' : 'photo';
    return sidFor(person.sendFile({ kind, bytes: file.bytes, mimeType: file.contentType }, body, more));
  }

  return {
    url: telegram.url,
    guarantees: GUARANTEES.telegram,
    addressOf: (person) => `telegram:${FIRST_PERSON + person}`,
    write(message) {
      const sid = writeAs(personAt(message.from), message);
      // The update leaves in a turn of its own.
      fates.set(sid, { how: message.webhook, tries: 0, body: '' });
      return sid;
    },
    get: (sid) => kept.get(sid) ?? null,
    canTap(sid) {
      const [, chat, id] = PER_BOT.exec(sid) ?? [];
      const message = people
        .get(`telegram:${chat}`)
        ?.chat()
        .messages.find((one) => one.id === Number(id));
      return (message?.keyboard?.inline_keyboard.length ?? 0) > 0;
    },
    block(address, isBlocked) {
      if (isBlocked) personAt(address).block();
      else personAt(address).unblock();
    },
    listen,
    callbacks: () => {},
    deliverAgain: bring,
    async settled() {
      while (beside.size > 0) await Promise.all(beside);
      await pause(SETTLED_MS);
    },
    beginUpdatesAnew: () => ids.beginAnew(),
    makeTopic(address, name) {
      const begun = personAt(address).makeTopic(name);
      fates.set(sidFor(begun), { how: 'as usual', tries: 0, body: '' });
      return { sid: sidFor(begun), thread: String(begun.id) };
    },
    edit(sid, body, webhook) {
      const [, chat = '', message] = PER_BOT.exec(sid) ?? [];
      personAt(`telegram:${chat}`).edit(Number(message), body);
      const edited = editOf(sid, body);
      fates.set(edited, { how: webhook, tries: 0, body: '' });
      return edited;
    },
    async close() {
      isClosed = true;
      unsubscribe();
      front.close();
      await telegram.stop();
    },
  };
}

const idOf = (address: string): number => Number(address.slice(address.indexOf(':') + 1));
const sidFor = ({ chatId, id }: StoredMessage): string => `tg:${BOT}:${chatId}:${id}`;

/** A text may be changed several times, to other words each time. */
const editOf = (sid: string, words: string): string => `${sid}:edit:${words.trim()}`;

/** Telegram's numbers of updates begin anew, at numbers that were used before. A repeated update keeps its own. */
class UpdateIds {
  readonly #given = new Map<number, number>();
  #next = FIRST_UPDATE;

  beginAnew(): void {
    this.#next = FIRST_UPDATE;
  }

  renumber(body: string): string {
    const update = JSON.parse(body) as { update_id: number };
    const id = this.#given.get(update.update_id) ?? this.#next++;
    this.#given.set(update.update_id, id);
    return JSON.stringify({ ...update, update_id: id });
  }
}

/** The id of the message or tap that an update brings, as the relay keeps it; empty for other updates. */
function sidOf(body: string): string {
  type Named = { message_id: number; chat: { id: number }; text?: string };
  const {
    message,
    edited_message,
    callback_query: tap,
  } = JSON.parse(body) as {
    message?: Named;
    edited_message?: Named;
    callback_query?: { id: string };
  };
  const named = message ?? edited_message;
  if (named) {
    const sid = `tg:${BOT}:${named.chat.id}:${named.message_id}`;
    return edited_message ? editOf(sid, named.text ?? '') : sid;
  }
  return tap ? `tg:${BOT}:q${tap.id}` : '';
}

function onPhone(message: StoredMessage): OnPhone {
  const buttons = message.keyboard?.inline_keyboard.flat() ?? [];
  return {
    sid: sidFor(message),
    to: `telegram:${message.chatId}`,
    body: withMarks(message.text, message.entities),
    items: buttons.flatMap((one) => ('callback_data' in one ? [{ id: one.callback_data, title: one.text }] : [])),
    files: message.file ? [message.file.bytes] : [],
    hasCallbacks: true,
    ...(message.threadId === null ? {} : { thread: String(message.threadId) }),
  };
}

const MARKS: { readonly [type: string]: readonly [string, string] } = {
  bold: ['*', '*'],
  italic: ['_', '_'],
  strikethrough: ['~', '~'],
  code: ['`', '`'],
  pre: ['```\n', '\n```'],
};

/** The words that a person sees, in the chat markup, as the judge reads them. */
export function withMarks(text: string, entities: readonly MessageEntity[]): string {
  const edges = entities.flatMap(({ type, offset, length }, n) => {
    const marks = MARKS[type];
    if (!marks) return [];
    return [
      { at: offset, order: n + 1, mark: marks[0] },
      { at: offset + length, order: -n - 1, mark: marks[1] },
    ];
  });
  const quoted = entities.filter(({ type }) => type === 'blockquote');
  const starts = quoted.flatMap(({ offset, length }) =>
    [...text.slice(offset, offset + length).matchAll(/(?<=^|\n)/g)].map(({ index }) => offset + index),
  );
  const all = [...edges, ...starts.map((at) => ({ at, order: 0, mark: '> ' }))];
  all.sort((a, b) => a.at - b.at || a.order - b.order);
  let out = '';
  let from = 0;
  for (const { at, mark } of all) {
    out += text.slice(from, at) + mark;
    from = at;
  }
  return out + text.slice(from);
}
