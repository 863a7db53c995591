import { formatWheres, whereOn } from './phrasing.ts';

// Sentences about the chat that answers go to, and the chat for schedules and alerts.

type Shown = { channels: readonly string[]; newest: string; chosen: string | null };

export const reachTexts = {
  /** To another address that wrote in the same turn. */
  answerIs: (channel: string, isSameChannel: boolean): string =>
    isSameChannel ? `I answered in your other ${channel} chat.` : `I answered ${whereOn(channel)}.`,
  movedFor: (channel: string): string =>
    `I can’t write to you ${whereOn(channel)} until you write to me there, so this comes here.`,
  moved: (channel: string): string => `I can’t reach you ${whereOn(channel)} for now, so this comes here.`,
  shows: ({ channels, newest, chosen }: Shown): string =>
    [
      channels.length === 1
        ? `I know you ${whereOn(channels[0] ?? newest)} alone. /link adds another phone or channel.`
        : `I know you ${formatWheres(channels)}.`,
      'Answers go where your newest text for them came from.',
      chosen === null
        ? `Schedules, reminders, news and alerts go where you last wrote: ${newest} now.`
        : `Schedules, reminders, news and alerts go to ${chosen}. /reach auto: where you last wrote.`,
    ].join('\n'),
  chosen: (channel: string): string =>
    `Schedules, reminders, news and alerts go to ${channel} from now on. Answers go where you write. /reach auto undoes it.`,
  auto: (channel: string): string => `Schedules, reminders, news and alerts go where you last wrote: ${channel} now.`,
  notThere: (channel: string, channels: readonly string[]): string =>
    `I know you ${formatWheres(channels)}, but not ${whereOn(channel)}. Text /link to be known there too, then /reach ${channel} again.`,
  use: (channels: readonly string[]): string =>
    `Text /reach and one of your channels (${channels.join(', ')}), or /reach auto.`,
} as const;
