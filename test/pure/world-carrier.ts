import { schemeOf } from '../../src/addresses.ts';
import type { Capabilities } from '../../src/conversation/policy/channel.ts';
import type { Found } from '../../src/conversation/state/events.ts';
import type { Failure } from '../../src/conversation/state/failure.ts';
import type { Reply, ReplyState } from '../../src/conversation/state/rows.ts';
import { CHANNELS } from './channels.ts';

// The carrier of one channel, as documented: accepts messages, reports their status in callbacks that come in any order, twice or
// never, closes the 24-hour window by its own clock, and has a list that may lag.

const DAY = 24 * 60 * 60 * 1000;
const CODES: Record<Failure, number> = {
  window: 63016,
  rate: 20429,
  pair: 63018,
  account: 20003,
  barred: 21608,
  'opted-out': 21610,
  recipient: 63003,
  content: 63021,
  policy: 63013,
  blocked: 63112,
  other: 63049,
};

export const CARRIER_MODES = [
  'ok',
  /** Accepts the message, and its answer is lost. */
  'mute',
  /** Answers 5xx and accepts nothing. */
  'down',
  'refuses window',
  'refuses rate',
  'refuses account',
  'refuses pair',
  'refuses barred',
  'refuses opted-out',
  'refuses recipient',
  'refuses content',
  'refuses policy',
  'refuses blocked',
  'refuses other',
  'fails window',
  'fails rate',
  'fails account',
  'fails pair',
  'fails opted-out',
  'fails recipient',
  'fails content',
  'fails policy',
  'fails blocked',
  'fails other',
] as const;
export type CarrierMode = (typeof CARRIER_MODES)[number];

export type Callback = {
  reply: string;
  attempt: number;
  sid: string;
  status: ReplyState;
  errorCode: number | null;
  failure: Failure | null;
};
export type Taken = {
  sid: string;
  row: Reply;
  /** As the phone shows it. */
  words: string;
  at: number;
  listedAt: number;
  /** The relay could not know in time that the message was accepted. */
  wasHidden: boolean;
  fate: Failure | null;
  told: ReplyState | null;
};
export type SendAnswer =
  | { kind: 'accepted'; sid: string }
  | { kind: 'refused'; code: number; failure: Failure; retryAfterMs: number | null }
  | { kind: 'unknown' };

export class Carrier {
  mode: CarrierMode = 'ok';
  listLagMs = 0;
  listFails = false;
  optedOut = false;
  taken: Taken[] = [];
  callbacks: Callback[] = [];
  /** Our address → when the person last wrote to it. */
  readonly #wroteAt = new Map<string, number>();
  readonly #shut = new Set<string>();
  /** Addresses of ours from which something was refused since the person last wrote there. */
  readonly #refused = new Set<string>();
  readonly #capabilities: Capabilities;
  readonly #hasReceipts: boolean;

  constructor(capabilities: Capabilities, hasReceipts: boolean) {
    this.#capabilities = capabilities;
    this.#hasReceipts = hasReceipts;
  }

  wrote(to: string, at: number): void {
    this.#wroteAt.set(to, at);
    this.#shut.delete(to);
    this.#refused.delete(to);
  }

  /** The carrier's clock says that the window is over, whatever ours says. */
  shutWindows(): void {
    if (this.#capabilities.windowMs === null) return;
    for (const sender of this.#wroteAt.keys()) this.#shut.add(sender);
  }

  send(row: Reply, words: string, now: number, isLate = false): SendAnswer {
    const [verb, mode] = this.#modeHere();
    if (this.optedOut) return refusal('opted-out', null);
    if (this.mode === 'down') return { kind: 'unknown' };
    // After one refusal for the window, the carrier refuses everything until the person writes.
    if (mode === 'window') this.#shut.add(row.from);
    const isClosed = row.template === null && this.isClosed(row.from, now);
    const isRefused = mode === 'window' ? isClosed : mode !== undefined;
    // Whoever has shut us out has, whatever else the carrier does.
    if (isClosed && this.#capabilities.windowMs === null) return refusal('window', null);
    if (mode && isRefused) this.#refused.add(row.from);
    if (verb === 'refuses' && mode && isRefused) return refusal(mode, mode === 'rate' ? 3000 : null);
    const sid = `${this.#capabilities.scheme} ${this.taken.length + 1}`;
    const fate = verb === 'fails' && mode && isRefused ? mode : isClosed ? 'window' : null;
    const hides = this.#capabilities.reconcile === 'probe' || isLate || this.listLagMs > 0 || this.listFails;
    this.taken.push({ sid, row, words, at: now, listedAt: now + this.listLagMs, wasHidden: hides, fate, told: null });
    // Some messages are sent before they fail.
    const told: ReplyState[] = fate
      ? this.taken.length % 2
        ? ['failed']
        : ['sent', 'failed']
      : ['sent', 'delivered', 'read'];
    for (const status of this.#hasReceipts ? told : []) {
      const failure = status === 'failed' ? fate : null;
      const errorCode = failure && CODES[failure];
      this.callbacks.push({ reply: row.id, attempt: row.attempt, sid, status, errorCode, failure });
    }
    return this.mode === 'mute' ? { kind: 'unknown' } : { kind: 'accepted', sid };
  }

  /** Without receipts nothing fails later. */
  #modeHere(): [string, Failure | undefined] {
    const [verb = 'ok', mode] = this.mode.split(' ') as [string, Failure | undefined];
    return verb === 'fails' && !this.#hasReceipts ? ['ok', undefined] : [verb, mode];
  }

  /** The list's entries for the reply, newest first; null when the list cannot be read. */
  list(row: Reply, now: number): Found[] | null {
    if (this.listFails) return null;
    if (this.#capabilities.reconcile === 'probe') return [];
    const ours = this.taken.filter(
      (m) => m.listedAt <= now && m.row.from === row.from && m.at >= row.createdAt - 5000 && hasWords(m.row, row),
    );
    return ours.reverse().map((m) => ({
      sid: m.sid,
      status: m.told,
      errorCode: m.told === 'failed' && m.fate ? CODES[m.fate] : null,
      failure: m.told === 'failed' ? m.fate : null,
    }));
  }

  /** Takes a callback out of the bag, or only a copy of it. */
  nextCallback(index: number, keep: boolean): Callback | null {
    const at = index % Math.max(1, this.callbacks.length);
    const callback = keep ? this.callbacks[at] : this.callbacks.splice(at, 1)[0];
    const message = this.taken.find((m) => m.sid === callback?.sid);
    if (!callback || !message) return null;
    message.told = callback.status;
    return callback;
  }

  hasRefused(sender: string): boolean {
    return this.#refused.has(sender);
  }

  /** The window is over, or the person has shut us out. */
  isClosed(sender: string, now: number): boolean {
    if (this.#shut.has(sender)) return true;
    return this.#capabilities.windowMs !== null && now - (this.#wroteAt.get(sender) ?? now) >= DAY;
  }
}

/** The carriers of the person's channels. */
export class Carriers {
  readonly all: readonly Carrier[];
  readonly #schemes: readonly string[];

  constructor(places: readonly { address: string; hasReceipts: boolean }[]) {
    this.all = places.map(({ address, hasReceipts }) => new Carrier(CHANNELS(address), hasReceipts));
    this.#schemes = places.map(({ address }) => schemeOf(address));
  }

  /** By an address of ours or of the person. */
  of(address: string): Carrier {
    return this.all[this.#schemes.indexOf(schemeOf(address))] as Carrier;
  }

  at(index: number): Carrier {
    return this.all[index % this.all.length] as Carrier;
  }

  get taken(): Taken[] {
    return this.all.flatMap(({ taken }) => taken);
  }

  get hasCallbacks(): boolean {
    return this.all.some(({ callbacks }) => callbacks.length > 0);
  }

  /** Takes a callback out of the bags, or only a copy of it. */
  nextCallback(index: number, keep: boolean): Callback | null {
    const full = this.all.filter(({ callbacks }) => callbacks.length > 0);
    return full[index % Math.max(1, full.length)]?.nextCallback(index, keep) ?? null;
  }

  heal(): void {
    for (const carrier of this.all) Object.assign(carrier, { mode: 'ok', listFails: false, listLagMs: 0 });
  }
}

const hasWords = (taken: Reply, row: Reply): boolean => taken.body.endsWith(row.template === null ? row.body : '');

const refusal = (failure: Failure, retryAfterMs: number | null): SendAnswer => ({
  kind: 'refused',
  code: CODES[failure],
  failure,
  retryAfterMs,
});
