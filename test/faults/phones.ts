import { setTimeout as pause } from 'node:timers/promises';
import type { FromPhone, OnPhone, PhoneCarrier } from './phone-carrier.ts';
import type { Text } from './plan.ts';
import { ID, idsIn } from './said.ts';
import type { Timeline } from './timeline.ts';
import type { Shown, Wants, Written } from './verdict.ts';

// The phones, from the carrier's end: the texts written on each, when the relay first took each, and the messages on
// each in their order of arrival. In memory; the judge reads it.

const DOWNLOADS = 10;
const DOWNLOAD_MS = 3000;

export type Message = Omit<FromPhone, 'from' | 'webhook'> & {
  id: string;
  phone: string;
  what: Written['what'];
  webhook?: Text['webhook'];
  wants?: Wants;
  mayBeGivenUp?: boolean;
  staysStopped?: boolean;
  undeliverable?: boolean;
  label?: string;
};

type Sent = { -readonly [key in keyof Written]: Written[key] } & {
  sid: string;
  writtenAt: number;
  isNeverSent: boolean;
};

export type PhoneListener = {
  /** The relay took it for the first time. */
  taken?: (id: string) => void;
  /** The carrier took it for the phone. */
  coming?: (message: OnPhone) => void;
  /** The phone shows it. */
  shows?: (message: OnPhone) => void;
};

export class Phones {
  readonly #carrier: PhoneCarrier;
  readonly #timeline: Timeline;
  readonly #written = new Map<string, Sent>();
  readonly #bySid = new Map<string, Sent>();
  readonly #shown: { message: OnPhone; at: number }[] = [];
  readonly #downloads = new Map<string, string[]>();
  readonly #listeners: PhoneListener[] = [];
  readonly #end: () => void;

  constructor(carrier: PhoneCarrier, timeline: Timeline) {
    this.#carrier = carrier;
    this.#timeline = timeline;
    this.#end = carrier.listen({
      handed: (sid) => {
        const sent = this.#bySid.get(sid);
        if (sent) sent.handed ??= Date.now();
      },
      taken: (sid) => {
        const sent = this.#bySid.get(sid);
        if (sent) this.#took(sent, 'webhook answered with 200');
      },
      failed: (sid, note, isLast) => {
        const sent = this.#bySid.get(sid);
        if (!sent) return;
        timeline.note(sent.id, `webhook: ${note}`);
        if (isLast && sent.taken === null) sent.isLate = true;
      },
      coming: (message) => this.#coming(message),
      became: ({ to, body, files }, status) => {
        const named = [body, ...files.map((bytes) => Buffer.from(bytes).toString('latin1'))].flatMap(idsIn);
        for (const id of named.length === 0 ? [to] : named) timeline.note(id, `the carrier: ${status} “${body}”`);
      },
      shows: (message) => {
        for (const { shows } of this.#listeners) shows?.(message);
      },
    });
  }

  listen(listener: PhoneListener): void {
    this.#listeners.push(listener);
  }

  /** The person can tap below that message now. */
  canTap(sid: string): boolean {
    return this.#carrier.canTap(sid);
  }

  /** The person shuts us out, or lets us in again. */
  block(phone: string, isBlocked: boolean): void {
    this.#timeline.note(phone, isBlocked ? 'blocks us' : 'lets us in again');
    this.#carrier.block(phone, isBlocked);
  }

  addressOf(person: number): string {
    return this.#carrier.addressOf(person);
  }

  end(): void {
    this.#end();
  }

  /** A message leaves the phone, after the earlier ones. */
  write(message: Message): void {
    const { id, what, phone, wants, mayBeGivenUp, staysStopped, undeliverable, label, ...request } = message;
    const edited = this.#written.get(wants?.edits?.[0] ?? '');
    const sid = edited
      ? (this.#carrier.edit?.(edited.sid, request.body ?? '', request.webhook ?? 'as usual') ?? '')
      : this.#carrier.write({ webhook: 'as usual', ...request, from: phone });
    this.#note(message, sid);
  }

  /** The person makes a topic of the chat. Returns the topic's id. */
  makeTopic(id: string, phone: string, name: string): string {
    const { sid, thread } = this.#carrier.makeTopic?.(phone, name) ?? { sid: '', thread: '' };
    this.#note({ id, phone, what: 'topic', label: name, body: name, thread }, sid);
    return thread;
  }

  #note({ id, phone, what, webhook = 'as usual', body = '', ...more }: Message, sid: string): void {
    const { wants, mayBeGivenUp, staysStopped, undeliverable, label, thread } = more;
    const sent: Sent = {
      id,
      phone,
      what,
      sid,
      writtenAt: Date.now(),
      isNeverSent: webhook === 'lost' && this.#carrier.guarantees.webhooks === 'can be lost',
      handed: null,
      taken: null,
      ...(wants && { wants }),
      ...(mayBeGivenUp && { mayBeGivenUp }),
      ...(staysStopped && { staysStopped }),
      ...(undeliverable && { undeliverable }),
      ...(label !== undefined && { label }),
      ...(thread !== undefined && { thread }),
    };
    this.#written.set(id, sent);
    this.#bySid.set(sid, sent);
    const how = webhook === 'as usual' ? '' : ` (webhook ${webhook})`;
    const where = thread === undefined ? '' : ` in topic ${thread}`;
    this.#timeline.note(id, `written by ${phone}${where}${how}: “${body}”`);
  }

  /** The relay has it, although its answer was not seen. */
  found(sid: string): void {
    const sent = this.#bySid.get(sid);
    if (!sent || sent.taken !== null) return;
    sent.isFound = true;
    this.#took(sent, 'found in the relay');
  }

  /** The agent server took it into running work. */
  steered(id: string): void {
    const sent = this.#written.get(id);
    if (sent) sent.steered ??= Date.now();
  }

  get(id: string): Readonly<Sent> | undefined {
    return this.#written.get(id);
  }

  idOf(sid: string): string | undefined {
    return this.#bySid.get(sid)?.id;
  }

  sent(): readonly Readonly<Sent>[] {
    return [...this.#written.values()];
  }

  /** With the facts that only the phones show. */
  written(): readonly Readonly<Sent>[] {
    const again = new Set(this.#undelivered.flatMap(({ body }) => idsIn(body)));
    return [...this.#written.values()].map((sent) => (again.has(sent.id) ? { ...sent, isSentAgain: true } : sent));
  }

  /** Taps a link in a message; if the relay is down, tries again. */
  async download(sid: string, url: string): Promise<void> {
    for (let tries = 0; tries < DOWNLOADS; tries++) {
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
        const words = Buffer.from(await response.arrayBuffer()).toString('latin1');
        if (response.ok) {
          this.#downloads.set(sid, words.match(ID)?.slice(0, 1) ?? []);
          return;
        }
      } catch {
        // The relay is down at this moment.
      }
      await pause(DOWNLOAD_MS);
    }
  }

  /** Messages that the carrier accepted and then did not deliver. */
  get #undelivered(): OnPhone[] {
    return this.#shown.flatMap(({ message }) => (this.#carrier.get(message.sid) === null ? message : []));
  }

  /** The messages that each phone shows now, without those the carrier could not deliver. */
  shown(): Shown[] {
    return this.#shown.flatMap(({ message: { sid, to, thread }, at }) => {
      const message = this.#carrier.get(sid);
      if (message === null) return [];
      const inIt = message.files.flatMap((bytes) => Buffer.from(bytes).toString('latin1').match(ID)?.[0] ?? []);
      const files = [...inIt, ...(this.#downloads.get(sid) ?? [])];
      return [
        {
          phone: to,
          at,
          body: message.body,
          buttons: message.items.map(({ title }) => title),
          files,
          ...(thread !== undefined && { thread }),
        },
      ];
    });
  }

  #took(sent: Sent, how: string): void {
    this.#timeline.note(sent.id, how);
    if (sent.taken !== null) return;
    sent.taken = Date.now();
    if (sent.isNeverSent) sent.foundAfterMs = sent.taken - sent.writtenAt;
    if (sent.isNeverSent) sent.isOvertaken = this.#isOvertaken(sent);
    for (const { taken } of this.#listeners) taken?.(sent.id);
  }

  /** A later text of the phone was taken before it. */
  #isOvertaken(sent: Sent): boolean {
    const own = [...this.#written.values()].filter(({ phone }) => phone === sent.phone);
    return own.slice(own.indexOf(sent) + 1).some(({ taken }) => taken !== null);
  }

  #coming(message: OnPhone): void {
    this.#shown.push({ message, at: Date.now() });
    for (const { coming } of this.#listeners) coming?.(message);
  }
}
