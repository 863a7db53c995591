import type { InboundRequest } from '../../simulator/twilio/carrier-types.ts';
import type { Guarantees } from './guarantees.ts';
import type { Callbacks, Text } from './plan.ts';

// A run's interface to the stand-in of a carrier, which brings phones' messages to the relay and shows the relay's
// messages on phones. Types only.

/** A message of the relay, as it was when it came to the phone. */
export type OnPhone = {
  sid: string;
  to: string;
  body: string;
  items: readonly { id: string; title: string }[];
  files: readonly Uint8Array[];
  /** The topic of the chat in which it is shown; absent outside topics. */
  thread?: string;
  /** The relay hears of it again, besides the answer to its call. */
  hasCallbacks: boolean;
};

export type FromPhone = {
  from: string;
  body?: string;
  media?: NonNullable<InboundRequest['media']>;
  /** The message with the button, and what the button stands for. */
  tap?: { sid: string; id: string };
  /** The id of the message that it answers. */
  quotes?: string;
  /** The topic of the chat in which it is written. */
  thread?: string;
  webhook: Text['webhook'];
};

export type CarrierListener = {
  /** The webhook of that message leaves, for the first time or again. */
  handed: (sid: string) => void;
  /** The relay answered it with success. */
  taken: (sid: string) => void;
  /** It failed. `isLast`: the carrier gives it up. */
  failed: (sid: string, note: string, isLast: boolean) => void;
  /** The carrier took a message for a phone. */
  coming: (message: OnPhone) => void;
  /** The outcome of the message. */
  became: (message: OnPhone, status: string) => void;
  /** The phone shows it. */
  shows: (message: OnPhone) => void;
};

export type PhoneCarrier = {
  /** The guarantees of its channel. */
  guarantees: Guarantees;
  /** The address of the person with that number. */
  addressOf: (person: number) => string;
  /** A person's message leaves their phone; returns its id as the relay knows it. */
  write: (message: FromPhone) => string;
  /** Null for a message that the phone can't show, or never did. */
  get: (sid: string) => OnPhone | null;
  /** The person can tap below it now. */
  canTap: (sid: string) => boolean;
  /** People who block us get nothing until they let us back in. */
  block: (address: string, isBlocked: boolean) => void;
  listen: (listener: CarrierListener) => () => void;
  /** The person changes the words of a message; returns the id of the change. */
  edit?: (sid: string, body: string, webhook: Text['webhook']) => string;
  /** The person makes a topic of the chat; returns the id of the message that begins it, and the topic's own. */
  makeTopic?: (address: string, name: string) => { sid: string; thread: string };
  /** The channel's updates are numbered from the beginning again. */
  beginUpdatesAnew?: () => void;
  callbacks: (how: Callbacks) => void;
  /** Repeats a webhook on request. True when the relay answers with success. */
  deliverAgain: (sid: string) => Promise<boolean>;
  /** Resolves when nothing is on its way. */
  settled: () => Promise<void>;
  close: () => Promise<void>;
};
