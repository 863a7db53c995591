import { withoutEmphasis } from '../channels/markup/plain.ts';
import { splitText } from '../channels/markup/split.ts';
import { toParts } from '../channels/markup/text.ts';
import type { Context } from '../conversation/state/events.ts';
import type { Services } from './services.ts';
import type { ConversationStore } from './stores/conversation-store.ts';

/** The context of a decision, at one moment of the rows’ clock, which is `ahead` of real time. */
export const contextOf = (
  now: number,
  id: () => string,
  store: ConversationStore,
  services: Services,
  ahead: number,
): Context => ({
  now,
  policy: services.policy,
  id,
  uuid: () => crypto.randomUUID(),
  messageSeq: () => store.nextMessageSeq(),
  channelOf: services.channelOf,
  parts: toParts,
  cut: splitText,
  plain: withoutEmphasis,
  pageUrl: (page, expiresAt) => services.pageUrl(page, expiresAt - ahead),
  accountUrl: (link, expiresAt) => services.accountUrl(link, expiresAt - ahead),
  diffUrl: (diff, expiresAt) => services.diffUrl(diff, expiresAt - ahead),
  isAllowed: (number) => services.isAllowed(number),
  isAdmin: (number) => services.isAdmin(number),
  isOwner: (number) => services.isOwner(number),
  sealPin: (pin) => services.sealPin(pin),
  machineName: () => services.machineName(),
  chance: Math.random,
});
