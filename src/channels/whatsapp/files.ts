import { bareTypeOf } from '../media-type.ts';
import { WHATSAPP } from './capabilities.ts';

// Decides which files the carrier delivers, and which become a link. WhatsApp through Twilio: 16 MB, images 5 MB, these
// types, captions with images and videos only (twilio.com/docs/whatsapp/guidance-whatsapp-media-messages).

const MB = 1024 * 1024;

type Limit = { most: number; captioned: boolean };
const image: Limit = { most: 5 * MB, captioned: true };
const most = WHATSAPP.limits.fileOut;
const video: Limit = { most, captioned: true };
const audio: Limit = { most, captioned: false };
const document: Limit = { most, captioned: false };

/**
 * By the served type. WhatsApp plays Ogg audio only in Opus; it refuses other Ogg audio, which is then sent as a link.
 */
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

export function howToSend({ type, size }: { type: string; size: number }): 'captioned' | 'alone' | 'link' {
  const bare = bareTypeOf(type);
  if (!Object.hasOwn(WHATSAPP_MEDIA, bare)) return 'link';
  const limit = WHATSAPP_MEDIA[bare];
  if (!limit || size > limit.most) return 'link';
  return limit.captioned ? 'captioned' : 'alone';
}
