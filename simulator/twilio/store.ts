import { randomBytes } from 'node:crypto';
import type { CarrierEvent, CarrierMedia, CarrierMessage } from './carrier-types.ts';
import type { Form } from './forms.ts';
import type { KeptMessages } from './kept-messages.ts';

// The carrier's messages, windows and opt-outs. Messages on disk survive a restart, and windows follow from them. Rows
// are replaced, never changed in place, so that rows handed out earlier stay unchanged.

export type StoredMessage = CarrierMessage & {
  statusCallback: string | null;
  mediaUrls: readonly string[];
  /** False for a moment after creation: the message list is not read-after-write. */
  listed: boolean;
  /** Free-form messages need an open window; templates do not. */
  freeForm: boolean;
  numSegments: number;
  /** The form of an inbound message during its delivery to the product; null afterwards. */
  due: Form | null;
};

export type MessageStore = {
  all(): readonly StoredMessage[];
  get(sid: string): StoredMessage | undefined;
  add(message: StoredMessage): StoredMessage;
  /** Returns the new row; undefined when the message has been deleted meanwhile. */
  update(sid: string, change: Partial<StoredMessage>, tell: boolean): StoredMessage | undefined;
  remove(sid: string): boolean;
  /** When `person` last wrote to `sender`. */
  lastInboundAt(sender: string, person: string): number | null;
  setOptedOut(sender: string, person: string, optedOut: boolean): void;
  isOptedOut(sender: string, person: string): boolean;
};

export const newSid = (prefix: 'SM' | 'MM' | 'ME' | 'RQ' | 'HX'): string => prefix + randomBytes(16).toString('hex');

export const newMedia = (media: Omit<CarrierMedia, 'sid'>): CarrierMedia => ({ ...media, sid: newSid('ME') });

export function createStore(emit: (event: CarrierEvent) => void, kept: KeptMessages): MessageStore {
  const messages = new Map<string, StoredMessage>(kept.messages().map((message) => [message.sid, message]));
  const inboundAt = new Map<string, number>();
  const optedOut = new Set<string>();
  const pair = (sender: string, person: string): string => `${sender} ${person}`;
  const noteWindow = ({ direction, to, from, createdAt }: StoredMessage): void => {
    if (direction === 'inbound') inboundAt.set(pair(to, from), createdAt);
  };
  for (const message of messages.values()) noteWindow(message);

  return {
    all: () => [...messages.values()],
    get: (sid) => messages.get(sid),
    add(message) {
      messages.set(message.sid, message);
      kept.put(message);
      noteWindow(message);
      emit({ type: 'message', message });
      return message;
    },
    update(sid, change, tell) {
      const before = messages.get(sid);
      if (!before) return undefined;
      const message = { ...before, ...change };
      messages.set(sid, message);
      kept.put(message);
      if (tell) emit({ type: 'status', message });
      return message;
    },
    remove(sid) {
      kept.remove(sid);
      return messages.delete(sid);
    },
    lastInboundAt: (sender, person) => inboundAt.get(pair(sender, person)) ?? null,
    setOptedOut(sender, person, out) {
      if (out) optedOut.add(pair(sender, person));
      else optedOut.delete(pair(sender, person));
    },
    isOptedOut: (sender, person) => optedOut.has(pair(sender, person)),
  };
}
