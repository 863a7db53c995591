import * as z from 'zod/mini';
import { quote, toOneLine } from '../../conversation/state/quote-block.ts';
import { inboundTexts, type Unread } from '../../texts/inbound.ts';
import { readType } from '../media-type.ts';
import { TELEGRAM } from './capabilities.ts';

// Reads the content of a Telegram message: words, one file, a location, a contact, forwarded text, or what can't be
// used. Files are fetched later; their address in rows never holds the bot's token.

/** The beginning of a Telegram file's address in rows. */
export const FILE_SCHEME = 'telegram:file/';

type Content = {
  /** The text for the agent; empty when there is only a file. */
  text: string;
  files: { url: string; type: string; name: string | null }[];
  /** Set when the message can't start a turn: the reason, which the person is told. */
  unread: Unread | null;
};

/** Telegram's texts have at most 4,096 characters. */
const WORDS_MAX = 10_000;
const PHOTO_SIZES_MAX = 20;

const maybe = <T extends z.core.SomeType>(type: T) => z.catch(z.optional(type), undefined);
const words = maybe(z.pipe(z.string(), z.transform(bounded)));
const size = maybe(z.number());
const fileId = z.string().check(z.regex(/^[\w-]{1,200}$/));
const File = z.object({
  file_id: fileId,
  file_size: size,
  mime_type: maybe(z.string()),
  file_name: maybe(z.string()),
});
const Photo = z.object({ file_id: fileId, file_size: size, width: z.catch(z.number(), 0) });
const latitude = z.number().check(z.minimum(-90), z.maximum(90));
const longitude = z.number().check(z.minimum(-180), z.maximum(180));
const Location = z.object({ latitude, longitude });

export const ContentFields = {
  text: words,
  caption: words,
  photo: maybe(z.pipe(z.array(z.unknown()), z.transform(readPhotos))),
  voice: maybe(File),
  audio: maybe(File),
  video: maybe(File),
  video_note: maybe(File),
  document: maybe(File),
  location: maybe(Location),
  venue: maybe(z.object({ title: z.string(), address: z.string(), location: Location })),
  contact: maybe(z.object({ phone_number: z.string(), first_name: maybe(z.string()), last_name: maybe(z.string()) })),
  quote: maybe(z.object({ text: z.string(), is_manual: z.catch(z.boolean(), false) })),
  forward_origin: maybe(z.unknown()),
  via_bot: maybe(z.unknown()),
  external_reply: maybe(z.unknown()),
} as const;
type Fields = z.infer<z.ZodMiniObject<typeof ContentFields>>;
type Sized = { file_id: string; file_size?: number | undefined };

/** A file's type if its message doesn't name one. */
const TYPES = { voice: 'audio/ogg', audio: 'audio/mpeg', video: 'video/mp4', video_note: 'video/mp4' } as const;
const UNKNOWN_TYPE = 'application/octet-stream';
/** Kinds of messages with nothing to work with, and the reason that the person is told. */
const UNREADABLE: Readonly<Record<string, Unread>> = { sticker: 'sticker', poll: 'poll', dice: 'other' };
/**
 * Further kinds of messages that can't be used. A message without content that is none of these is a service message.
 */
const OTHER_KINDS: ReadonlySet<string> = new Set(
  `story game invoice paid_media giveaway giveaway_winners checklist rich_message users_shared chat_shared
   web_app_data`.split(/\s+/),
);

/** The content of a message; null for a service message, such as a pinned message. `raw`: the message as it came. */
export function readContent(message: Fields, raw: object): Content | null {
  const unreadable = Object.keys(UNREADABLE).find((kind) => Object.hasOwn(raw, kind));
  if (unreadable !== undefined) return { text: '', files: [], unread: UNREADABLE[unreadable] ?? 'other' };
  const files = filesOf(message);
  const said = [message.text ?? message.caption ?? '', placeOf(message), contactOf(message)];
  const content = said.filter((part) => part.trim() !== '').join('\n\n');
  if (content === '' && files.length === 0) return hasLost(raw) ? { text: '', files, unread: lostKind(raw) } : null;
  const { agent } = inboundTexts;
  const elsewhere = message.external_reply === undefined ? '' : bounded(message.quote?.text ?? '');
  const parts = [
    elsewhere === '' ? '' : quote(agent.forwarded, elsewhere),
    asWritten(message, content),
    isForeign(message) && content === '' ? agent.forwarded : '',
  ];
  return { text: parts.filter((part) => part !== '').join('\n\n'), files, unread: null };
}

/** True for somebody else's words: forwarded, or from a bot that the person called in the chat. */
const isForeign = (message: Fields): boolean => message.forward_origin !== undefined || message.via_bot !== undefined;

/** The words, as a quotation if they aren't the person's own. */
export const asWritten = (message: Fields, said: string): string =>
  isForeign(message) && said !== '' ? quote(inboundTexts.agent.forwarded, said) : said;

const FILE_KINDS = ['photo', 'voice', 'audio', 'video', 'video_note', 'document', 'animation'];
/** True if the message has something that can't be read: a file without an id, or a kind that isn't known here. */
const hasLost = (raw: object): boolean =>
  Object.keys(raw).some((key) => FILE_KINDS.includes(key) || OTHER_KINDS.has(key));
const lostKind = (raw: object): Unread => (FILE_KINDS.some((kind) => Object.hasOwn(raw, kind)) ? 'lost' : 'other');

/** A message has one file. An animation comes as a document, too. */
function filesOf(message: Fields): Content['files'] {
  const photo = message.photo;
  if (photo) return [{ url: FILE_SCHEME + photo.file_id, type: 'image/jpeg', name: null }];
  for (const kind of ['voice', 'audio', 'video', 'video_note', 'document'] as const) {
    const file = message[kind];
    if (!file) continue;
    const type = readType(file.mime_type) ?? (kind === 'document' ? UNKNOWN_TYPE : TYPES[kind]);
    return [{ url: FILE_SCHEME + file.file_id, type, name: nameOf(file.file_name) }];
  }
  return [];
}

/** The largest size of a photo that a bot can fetch, or the smallest if all are too large. */
function readPhotos(sizes: unknown[]): Sized | undefined {
  const read = sizes.slice(0, PHOTO_SIZES_MAX).flatMap((each) => {
    const { data } = Photo.safeParse(each);
    return data ? [data] : [];
  });
  const sorted = read.sort((a, b) => b.width - a.width);
  return sorted.find(({ file_size: bytes = 0 }) => bytes <= TELEGRAM.limits.fileIn) ?? sorted.at(-1);
}

/** A file's name on one line; null when it has none. */
const nameOf = (name: string | undefined): string | null => toOneLine((name ?? '').slice(0, 1000), 255) || null;

/** A shared location or place in words. */
function placeOf({ location, venue }: Fields): string {
  const at = venue?.location ?? location;
  if (!at) return '';
  const names = [venue?.title ?? '', venue?.address ?? ''].map((name) => toOneLine(name.slice(0, 1000), 200));
  const coordinates = [at.latitude, at.longitude].map((value) => Math.round(value * 1e6) / 1e6).join(', ');
  return inboundTexts.agent.location([...names.filter((name) => name !== ''), coordinates].join('; '));
}

function contactOf({ contact }: Fields): string {
  if (!contact) return '';
  const { first_name: first = '', last_name: last = '', phone_number: number } = contact;
  const name = toOneLine(`${first.slice(0, 500)} ${last.slice(0, 500)}`, 200);
  return inboundTexts.agent.contact(
    [name, toOneLine(number.slice(0, 100), 40)].filter((part) => part !== '').join(', '),
  );
}

function bounded(text: string): string {
  return text.slice(0, WORDS_MAX).toWellFormed();
}
