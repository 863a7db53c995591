import type { InboundFile, Message } from './rows.ts';

// The rows of a person's addresses, and of texts from locked ones. The address under which the conversation began is the
// person's without a row.

/**
 * leading: its object is being asked to lead here · bound: its object leads here, or is this one · claimed: its object
 * is somebody else's home or leads there.
 */
export type AddressState = 'leading' | 'bound' | 'claimed';
export type BoundHow = 'text' | 'operator' | 'admin' | 'code';
export type Address = {
  address: string;
  /** Of a number: WhatsApp's id that came with it, as an address; null before one came. */
  externalId: string | null;
  state: AddressState;
  how: BoundHow;
  boundAt: number;
  /** Another external id that came with the number, which may belong to somebody else now: locked. The address itself: it waits for a yes. Null: not locked. */
  lockedBy: string | null;
  /** The reply that told whoever writes from a locked address, or null. */
  told: string | null;
};

/** pointed: leads here now · home: is a home itself · other: leads to another home. */
export type Led = 'pointed' | 'home' | 'other';

/** A text from a locked address, which waits for a yes. `heard`: everything else that is known of it. */
export type KeptText = {
  providerId: string;
  address: string;
  message: Message;
  files: readonly InboundFile[];
  heard: Readonly<Record<string, unknown>>;
  keptAt: number;
};

export type LinkEvent =
  /** Another address has texted a code of /link, and is the person's now. `message`: its yes. */
  | { type: 'linked'; message: Message }
  /** The objects of these addresses no longer lead here, as the person wished (`ref`: a timer's). */
  | { type: 'unlinked'; ref: string; addresses: readonly string[] };

export type AddressEffect =
  /** Asks the object of an address to lead here. */
  | { do: 'lead'; address: string }
  /** Takes an address from the person (`ref`: a timer's). */
  | { do: 'let-go'; ref: string }
  /** A text to an address that is no longer the person's; best effort. */
  | { do: 'say-last'; id: string; from: string; to: string; text: string };
