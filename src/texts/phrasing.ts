import { formatList } from '../recurrence/calendar-names.ts';

// Small pieces that sentences are made of.

/**
 * One of our chats. `address`: our number there, or our name where there is none; null: neither is known. `url`: opens the
 * chat with the words filled in, where the channel has such a link.
 */
export type OurChat = { address: string | null; channel: string; url: string | null };

/** As people say it: “on WhatsApp”, “by SMS”. */
export const whereOn = (channel: string): string => (channel === 'SMS' ? 'by SMS' : `on ${channel}`);

/** “on WhatsApp, on Telegram and by SMS” */
export function formatWheres(channels: readonly string[]): string {
  const wheres = channels.map(whereOn);
  const isBy = (where: string): boolean => where.startsWith('by ');
  return formatList([...wheres.filter((where) => !isBy(where)), ...wheres.filter(isBy)]);
}

/** The first words of a text on one line. */
export function excerpt(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const points = [...line];
  return points.length <= most ? line : `${points.slice(0, most).join('').trimEnd()}…`;
}

export const formatCount = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** Whole minutes in words: "less than a minute", "a minute", "20 minutes". */
export const formatMinutes = (count: number): string =>
  count === 0 ? 'less than a minute' : count === 1 ? 'a minute' : `${count} minutes`;

/** How long ago, in the largest useful unit. */
export function formatAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${formatCount(minutes, 'minute')} ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${formatCount(hours, 'hour')} ago` : `${formatCount(Math.floor(hours / 24), 'day')} ago`;
}

export const formatBytes = (count: number): string =>
  count >= 2 ** 30 ? `${(count / 2 ** 30).toFixed(1)} GB` : `${Math.floor(count / 2 ** 20)} MB`;

/**
 * A channel where something works that doesn't work here. `isNew`: the person hasn't written there, and is known there by
 * their number.
 */
export type Way = { channel: string; isNew: boolean };

export const formatWays = (ways: readonly Way[]): string =>
  ways.map(({ channel, isNew }) => `${whereOn(channel)}${isNew ? ', from this number' : ''}`).join(', or ');
