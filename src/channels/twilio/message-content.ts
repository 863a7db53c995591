import { quote, toOneLine } from '../../conversation/state/quote-block.ts';
import { inboundTexts, type Unread } from '../../texts/inbound.ts';
import type { MediaItem } from '../channel.ts';
import { readType } from '../media-type.ts';
import type { Form } from './verify.ts';

// Reads the content of an inbound message besides plain text: files, a location, forwarded text, or content that can't
// be used. Files are fetched later.

export type InboundContent = {
  /** The text for the agent; empty when there are only files. */
  text: string;
  files: MediaItem[];
  /** Set when the message cannot start a turn: what the person is told. */
  unread: Unread | null;
};

/** The most files in a message to the agent; WhatsApp sends one with each message, MMS ten. */
const FILES_MAX = 10;
const URL_MAX = 2000;
/** Leaves room for the text around it: a message to the agent holds 65,536 characters. */
const TEXT_MAX = 60_000;
/** One emoji, which can be made of several code points. */
const SIGN_MAX = 32;
const UNKNOWN_TYPE = 'application/octet-stream';

/** `numMedia`: the carrier's count of files. */
export function readContent(form: Form, body: string, numMedia: number): InboundContent {
  const kind = field(form, 'MessageType').toLowerCase().replaceAll('_', '-');
  const useless = unreadable(kind);
  // A reaction to one of our messages may be its answer.
  if (useless === 'reaction') return { text: body.trim().slice(0, SIGN_MAX), files: [], unread: useless };
  if (useless) return { text: '', files: [], unread: useless };
  const named = kind === 'document' && numMedia === 1 && isFileName(body);
  const files = filesOf(form, numMedia).map((file) => (named ? { ...file, name: body.trim() } : file));
  const words = named || body.trim() === '' ? '' : body.slice(0, TEXT_MAX);
  const content = [words, placeOf(form)].filter((part) => part !== '').join('\n\n');
  const isForwarded = isSet(form, 'Forwarded') || isSet(form, 'FrequentlyForwarded');
  if (content === '' && files.length === 0) return { text: '', files, unread: numMedia > 0 ? 'lost' : 'other' };
  const lost = numMedia - files.length;
  const parts = [
    isForwarded ? quote(forwardedBy(form), content) : content,
    lost > 0 ? inboundTexts.agent.lost(lost) : '',
  ];
  return { text: parts.filter((part) => part !== '').join('\n\n'), files, unread: null };
}

function unreadable(kind: string): Unread | null {
  if (kind === 'sticker' || kind === 'reaction') return kind;
  if (kind.startsWith('poll')) return 'poll';
  return kind.startsWith('view-once') ? 'view-once' : null;
}

/** A document's body is its file name. Several words without an extension are more likely a sentence about it. */
const isFileName = (body: string): boolean =>
  /^[^\n\r]{1,255}$/.test(body.trim()) && (/\.[\p{L}\p{N}]{1,10}$/u.test(body.trim()) || /^\S+$/.test(body.trim()));

function filesOf(form: Form, numMedia: number): MediaItem[] {
  const numbers = Array.from({ length: Math.min(numMedia, FILES_MAX) }, (_, n) => n);
  return numbers.flatMap((n) => {
    const url = field(form, `MediaUrl${n}`);
    if (url === '' || url.length > URL_MAX) return [];
    return [{ url, type: readType(field(form, `MediaContentType${n}`)) ?? UNKNOWN_TYPE, name: null }];
  });
}

/** A shared location in words, or nothing when its coordinates are invalid. */
function placeOf(form: Form): string {
  const latitude = degrees(field(form, 'Latitude'), 90);
  const longitude = degrees(field(form, 'Longitude'), 180);
  if (latitude === null || longitude === null) return '';
  const names = [field(form, 'Label'), field(form, 'Address')].map((name) => toOneLine(name, 200));
  return inboundTexts.agent.location([...names.filter((name) => name !== ''), `${latitude}, ${longitude}`].join('; '));
}

function degrees(text: string, most: number): number | null {
  if (!/^-?\d{1,3}(\.\d{1,20})?$/.test(text)) return null;
  const value = Number(text);
  return Math.abs(value) <= most ? Math.round(value * 1e6) / 1e6 : null;
}

const forwardedBy = (form: Form): string =>
  isSet(form, 'FrequentlyForwarded') ? inboundTexts.agent.forwardedOften : inboundTexts.agent.forwarded;

const isSet = (form: Form, name: string): boolean => field(form, name).toLowerCase() === 'true';

function field(form: Form, name: string): string {
  const value = form[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
