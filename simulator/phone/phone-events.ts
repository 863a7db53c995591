// The events that the phone page receives: bubbles, the typing indicator and network exchanges. Types only, shared by
// server and page.

import type { Offer, TelegramMarks, Traffic } from '../twilio/carrier-types.ts';

/**
 * The status of a bubble. The person's texts: sent = the carrier has it, delivered = the product took the webhook, read
 * = the product showed typing or answered. The product's messages: underway = not on the phone yet.
 */
export type BubbleState = 'underway' | 'sent' | 'delivered' | 'read' | 'failed';

export type Attachment = { url: string; contentType: string; fileName: string | null; size: number };

/** Extras of a person's text besides words and a file. */
export type Extras = {
  /** The message it replies to. */
  quoted: { sid: string; text: string; mine: boolean } | null;
  forwarded: boolean;
  place: { name: string; latitude: number; longitude: number } | null;
};

export type Bubble = {
  sid: string;
  /** The page's id of a text before the carrier gave it one; null for everything not sent from the page. */
  clientId: string | null;
  mine: boolean;
  /** The person's number, `+E164`, without a channel prefix. */
  number: string;
  /** The product's address as configured, with its prefix. */
  sender: string;
  /** Telegram: the topic of the chat; absent outside topics. */
  topic?: number;
  text: string;
  attachments: Attachment[];
  /** The buttons or list below it. */
  offer: Offer | null;
  at: number;
  state: BubbleState;
  /** The sentence shown after a failure. */
  trouble: string | null;
  /** Absent when there are none. */
  extras?: Extras;
  telegram?: TelegramMarks;
};

export type Typing = { number: string; sender: string; topic?: number; until: number };

/** Words that are shown in place of "typing…"; null: no longer. */
export type Draft = Typing & { text: string | null; canStop: boolean };

/** Words that Telegram shows for a moment: the bot's answer to a tap. */
export type Toast = { number: string; sender: string; text: string };

/** On Telegram the person blocks the bot, so neither side can write. */
export type Block = { number: string; sender: string; isBlocked: boolean };

export type Exchange = Traffic;

export type PhoneEvent =
  | {
      type: 'snapshot';
      /** The product cannot be reached yet; another snapshot follows when it can. */
      starting?: boolean;
      senders: readonly string[];
      bubbles: Bubble[];
      typing: Typing[];
      /** The chats that are blocked. */
      blocks: Block[];
      exchanges: Exchange[];
    }
  | { type: 'bubble'; bubble: Bubble }
  | { type: 'typing'; typing: Typing }
  | { type: 'draft'; draft: Draft }
  | { type: 'gone'; sid: string }
  | { type: 'toast'; toast: Toast }
  | { type: 'block'; block: Block }
  | { type: 'exchange'; exchange: Exchange }
  /** Sent in quiet times, so that the page notices a dead connection. */
  | { type: 'beat' };
