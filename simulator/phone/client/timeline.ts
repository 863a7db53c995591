// The open chat as a list of things to show: day separators, bubbles, texts being sent. Pure; dates in the reader's zone.

import type { Bubble } from '../phone-events.ts';
import type { Pending, State } from './state.ts';
import { onPhone, sameChat } from './state.ts';

export type Item =
  | { kind: 'day'; key: string; label: string }
  /** `leads`: the first of several in a row by one side; it wears the bubble's tail. */
  | { kind: 'bubble'; key: string; bubble: Bubble; leads: boolean }
  | { kind: 'pending'; key: string; pending: Pending; leads: boolean; online: boolean };

export function timeline(state: State, now: number): Item[] {
  const items: Item[] = [];
  let day = '';
  let side: boolean | null = null;
  const startDay = (at: number): void => {
    const started = new Date(at).toDateString();
    if (started === day) return;
    day = started;
    side = null;
    items.push({ kind: 'day', key: `day ${day}`, label: dayLabel(at, now) });
  };
  for (const bubble of state.bubbles) {
    if (!sameChat(bubble, state) || !onPhone(bubble)) continue;
    startDay(bubble.at);
    items.push({ kind: 'bubble', key: bubble.clientId ?? bubble.sid, bubble, leads: side !== bubble.mine });
    side = bubble.mine;
  }
  for (const pending of state.pending) {
    if (!sameChat(pending, state)) continue;
    startDay(pending.at);
    items.push({ kind: 'pending', key: pending.clientId, pending, leads: side !== true, online: state.online });
    side = true;
  }
  return items;
}

export function dayLabel(at: number, now: number): string {
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const day = new Date(at);
  if (day.toDateString() === today.toDateString()) return 'Today';
  if (day.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return day.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

export const clockTime = (at: number): string =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

export function sizeLabel(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
