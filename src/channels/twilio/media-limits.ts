// What goes as a file through the carrier, and what only as a link. WhatsApp through Twilio: 16 MB, images 5 MB, these types,
// words with images and videos only (twilio.com/docs/whatsapp/guidance-whatsapp-media-messages). SMS: always a link, because
// MMS is not there in most countries.

const MB = 1024 * 1024;

type Limit = { most: number; captioned: boolean };
const image: Limit = { most: 5 * MB, captioned: true };
const video: Limit = { most: 16 * MB, captioned: true };
const audio: Limit = { most: 16 * MB, captioned: false };
const document: Limit = { most: 16 * MB, captioned: false };

/** By type, as it is served. Audio in an Ogg file plays when it is Opus; what is not is refused, and then sent as a link. */
export const WHATSAPP_MEDIA: Readonly<Record<string, Limit>> = {
  'image/jpeg': image,
  'image/png': image,
  'image/webp': image,
  'video/mp4': video,
  'audio/ogg': audio,
  'audio/amr': audio,
  'audio/3gpp': audio,
  'audio/aac': audio,
  'audio/mpeg': audio,
  'application/pdf': document,
  'application/msword': document,
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': document,
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': document,
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': document,
};

/** How a file reaches the person at `to`: with the words as its caption, by itself after them, or as a link in them. */
export function howToSend(to: string, { type, size }: { type: string; size: number }): 'captioned' | 'alone' | 'link' {
  const bare = type.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!to.startsWith('whatsapp:') || !Object.hasOwn(WHATSAPP_MEDIA, bare)) return 'link';
  const limit = WHATSAPP_MEDIA[bare];
  if (!limit || size > limit.most) return 'link';
  return limit.captioned ? 'captioned' : 'alone';
}
