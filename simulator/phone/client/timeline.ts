// The open chat as a list of views: day separators, bubbles, texts being sent. Pure; dates are in the reader's zone.

import type { Attachment, Bubble } from '../phone-events.ts';
import type { Pending, State } from './state.ts';
import { onPhone, sameChat } from './state.ts';

export type Item =
  | { kind: 'day'; key: string; label: string }
  | { kind: 'service'; key: string; label: string }
  | ({ kind: 'bubble'; key: string; bubble: Bubble } & Place)
  | ({ kind: 'pending'; key: string; pending: Pending; online: boolean } & Place);

/** The position among adjacent bubbles of one side: the first has the tail. */
type Place = { leads: boolean; ends: boolean };

/** Texts further apart than this are not adjacent. */
const BURST_MS = 10 * 60_000;

export function timeline(state: State, now: number): Item[] {
  const items: Item[] = [];
  let day = '';
  let last: { mine: boolean; at: number } | null = null;
  const place = (mine: boolean, at: number): Place => {
    const started = new Date(at).toDateString();
    if (started !== day) {
      day = started;
      last = null;
      items.push({ kind: 'day', key: `day ${day}`, label: dayLabel(at, now) });
    }
    const leads = last === null || last.mine !== mine || at - last.at > BURST_MS;
    last = { mine, at };
    return { leads, ends: false };
  };
  for (const bubble of state.bubbles) {
    if (!sameChat(bubble, state) || !onPhone(bubble)) continue;
    const where = place(bubble.mine, bubble.at);
    if (bubble.telegram?.isService) {
      items.push({ kind: 'service', key: bubble.sid, label: bubble.text });
      last = null;
      continue;
    }
    items.push({ kind: 'bubble', key: bubble.clientId ?? bubble.sid, bubble, ...where });
  }
  for (const pending of state.pending) {
    if (!sameChat(pending, state) || isSilentTap(pending)) continue;
    const where = place(true, pending.at);
    items.push({ kind: 'pending', key: pending.clientId, pending, online: state.online, ...where });
  }
  return items.map((item, index) => {
    const next = items[index + 1];
    const ends = next === undefined || !('leads' in next) || next.leads;
    return 'leads' in item ? { ...item, ends } : item;
  });
}

/** On Telegram a tap is no message of the person's. */
const isSilentTap = ({ tap, sender, problem }: Pending): boolean =>
  tap !== undefined && problem === null && sender.startsWith('telegram:');

export function dayLabel(at: number, now: number): string {
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const day = new Date(at);
  if (day.toDateString() === today.toDateString()) return 'Today';
  if (day.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return day.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** In the list of phones: the time for today, otherwise the day. */
export function rowTime(at: number, now: number): string {
  const label = dayLabel(at, now);
  if (label === 'Today') return clockTime(at);
  return label === 'Yesterday' ? label : new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}

/** Newest first; items without a time stay in their order at the end. */
export const newestFirst = <T>(list: readonly T[], timeOf: (item: T) => number): T[] =>
  [...list].sort((a, b) => timeOf(b) - timeOf(a));

export const clockTime = (at: number): string =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

export function sizeLabel(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** An attachment's name, or its kind when it has no name. */
export function attachmentLabel({ contentType, fileName }: Pick<Attachment, 'contentType' | 'fileName'>): string {
  if (contentType.startsWith('image/')) return 'Photo';
  if (contentType.startsWith('video/')) return 'Video';
  if (fileName !== null) return fileName;
  return contentType.startsWith('audio/') ? 'Voice message' : 'File';
}

/** `PDF`, `CSV`: the name's extension, else the second half of the type. */
export function kindLabel({ contentType, fileName }: Pick<Attachment, 'contentType' | 'fileName'>): string {
  const ending = /\.(\w{1,5})$/.exec(fileName ?? '')?.[1];
  const type = contentType.split(/[/;]/)[1]?.replace(/^x-|^vnd\..*[.-]|\+.*$/g, '') ?? '';
  return (ending ?? (type === 'octet-stream' || type.length > 8 ? 'file' : type)).toUpperCase() || 'FILE';
}
