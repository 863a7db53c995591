import { addressesOf } from '../addresses.ts';
import { channelOf } from '../channels/registry.ts';
import { accountOf, type TwilioAccount } from '../channels/twilio/account.ts';
import { listNotDelivered, type NotDelivered } from '../channels/twilio/list.ts';
import type { Config } from '../config/config.ts';
import { reasonOf, report } from '../log.ts';
import { conversationsOf, retryOnce } from '../objects/namespaces.ts';
import { withTimeout } from '../timeout.ts';
import { OLDEST_MS } from './reconcile-range.ts';

// Finds failed deliveries in the carrier's list, because the callback that reports them can be lost and the answer
// would never be sent again. The cron runs this. Remembers nothing: a known failure changes nothing.

/** With pages of 200 rows: the newest 1000 messages of an address in one run. */
const SENT_PAGES_MAX = 5;
const SENT_LIST_TIMEOUT_MS = 10_000;
const TELL_MS = 15_000;

export async function tellNotDelivered(env: Env, config: Config, now: number): Promise<void> {
  const account = accountOf(config);
  if (account === null) return;
  const senders = config.TWILIO_SENDERS.filter((sender) => channelOf(sender).isOn(config));
  for (const sender of senders) {
    try {
      await tellOf(env, config, account, sender, now - OLDEST_MS);
    } catch (error) {
      report({ level: 'warn', event: 'sent-not-compared', reason: reasonOf(error) });
    }
  }
}

/** Reads the list from the newest message down to that time. */
async function tellOf(env: Env, config: Config, account: TwilioAccount, sender: string, since: number): Promise<void> {
  let next: string | null = null;
  for (let pages = 0; pages < SENT_PAGES_MAX; pages++) {
    const page = await listNotDelivered(account, sender, next, SENT_LIST_TIMEOUT_MS);
    if (page.kind === 'failed') throw new Error(page.reason);
    for (const message of page.messages) if (message.at >= since) await tell(env, config, message);
    next = page.next;
    if (next === null || (page.oldest ?? 0) < since) return;
  }
}

async function tell(env: Env, config: Config, { to, at: _at, ...said }: NotDelivered): Promise<void> {
  const objects = conversationsOf(env, config);
  const status = { reply: null, attempt: null, status: 'failed', ...said } as const;
  for (const address of addressesOf(to)) {
    if (
      await withTimeout(
        TELL_MS,
        retryOnce(() => objects.getByName(address).status(status)),
      )
    )
      return;
  }
}
