import type { WaitingUpdate } from './updates.ts';
import { seconds } from './views.ts';
import type { World } from './world.ts';

// Delivers updates to the address of setWebhook: one after the other in each chat, chats side by side. Anything but 2xx
// is repeated, with longer and longer waits, until the update is a day old.

const isHere = (url: string): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
const MOST_DOUBLINGS = 6;

export type WebhookDelivery = {
  /** Begins with whatever waits; called when the address changes. */
  restart(): void;
  close(): void;
};

export function createWebhookDelivery(world: World): WebhookDelivery {
  const { webhook, updates, faults, background, pace } = world;
  const busy = new Set<number>();
  let round = new AbortController();

  function look(): void {
    if (webhook.url === '') return;
    for (const { chatId } of updates.waiting()) {
      if (busy.has(chatId) || busy.size >= webhook.maxConnections) continue;
      busy.add(chatId);
      const { signal } = round;
      background.run(async () => {
        await deliverChat(chatId, signal);
        if (!signal.aborted) busy.delete(chatId);
        if (!signal.aborted) look();
      });
    }
  }

  async function deliverChat(chatId: number, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const next = updates.waiting().find((one) => one.chatId === chatId);
      if (!next) return;
      const isDone = faults.take('dropUpdate') !== null || (await bring(next, signal));
      if (signal.aborted) return;
      if (isDone) {
        updates.remove(next.update);
        failures = 0;
        continue;
      }
      await background.sleep(pace.webhookRetryMs * 2 ** Math.min(failures, MOST_DOUBLINGS));
      failures += 1;
    }
  }

  async function bring(waiting: WaitingUpdate, signal: AbortSignal): Promise<boolean> {
    const late = faults.take('delayUpdate');
    if (late) await background.sleep(late.ms);
    const isForged = faults.take('forgeUpdate') !== null;
    const isTaken = await post(waiting, signal, isForged ? 'a-secret-of-somebody-else' : webhook.secret);
    // A forged update is not Telegram's: the true one follows.
    if (isForged) return false;
    if (isTaken && faults.take('duplicateUpdate')) await post(waiting, signal, webhook.secret);
    return isTaken;
  }

  async function post({ update }: WaitingUpdate, signal: AbortSignal, secret: string | null): Promise<boolean> {
    const { url } = webhook;
    const body = JSON.stringify(update);
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      ...(secret === null ? {} : { 'x-telegram-bot-api-secret-token': secret }),
    };
    const end = world.traffic.begin({
      kind: 'webhook',
      method: 'POST',
      url,
      requestHeaders: headers,
      requestBody: body,
    });
    const fail = (message: string): boolean => {
      webhook.lastError = { at: world.now(), message };
      return false;
    };
    if (!isHere(url)) {
      end({ note: 'Not sent: this stand-in calls only addresses on this computer.' });
      return fail('Connection refused');
    }
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, background.signal, AbortSignal.timeout(pace.webhookAnswerMs)]),
      });
      const responseBody = await answer.text();
      end({ status: answer.status, responseHeaders: Object.fromEntries(answer.headers), responseBody });
      return answer.ok || fail(`Wrong response from the webhook: ${answer.status} ${answer.statusText}`.trim());
    } catch (error) {
      const isLate = (error as Error).name === 'TimeoutError';
      end({ note: isLate ? 'No answer in time.' : 'The connection failed.' });
      if (signal.aborted || background.signal.aborted) return false;
      return fail(isLate ? 'Read timeout expired' : 'Connection refused');
    }
  }

  const unsubscribe = updates.onAdded(look);
  return {
    restart() {
      round.abort();
      round = new AbortController();
      busy.clear();
      look();
    },
    close() {
      unsubscribe();
      round.abort();
    },
  };
}

export const webhookView = ({ webhook, updates }: World) => ({
  url: webhook.url,
  has_custom_certificate: false,
  pending_update_count: updates.waiting().length,
  ...(webhook.url === '' ? {} : { max_connections: webhook.maxConnections, ip_address: '127.0.0.1' }),
  ...(webhook.lastError
    ? { last_error_date: seconds(webhook.lastError.at), last_error_message: webhook.lastError.message }
    : {}),
  ...(updates.allowed().length > 0 ? { allowed_updates: [...updates.allowed()] } : {}),
});
