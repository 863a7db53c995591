import { toParts } from '../../channels/twilio/text.ts';
import type { Context } from '../../conversation/state/events.ts';
import type { Settings } from '../settings.ts';
import type { ConversationStore } from '../stores/conversation-store.ts';

/** What a decision may use besides the state, at one moment of the rows' clock, which is `ahead` of the world's. */
export const contextOf = (
  now: number,
  id: () => string,
  store: ConversationStore,
  settings: Settings,
  ahead: number,
): Context => ({
  now,
  id,
  uuid: () => crypto.randomUUID(),
  messageSeq: () => store.nextMessageSeq(),
  parts: toParts,
  pageUrl: (page, expiresAt) => settings.pageUrl(page, expiresAt - ahead),
  isAllowed: (number) => settings.isAllowed(number),
  isAdmin: (number) => settings.isAdmin(number),
  machineName: () => settings.machineName(),
  chance: Math.random,
});
