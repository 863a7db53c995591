import type { Deleted } from '../channel.ts';
import { authorizationOf, type TwilioAccount } from './account.ts';

// Deletes a message from Twilio's log. Its media are deleted before it (media.ts).

export async function deleteMessage(account: TwilioAccount, sid: string, timeoutMs: number): Promise<Deleted> {
  try {
    const url = `${account.apiUrl}/2010-04-01/Accounts/${account.accountSid}/Messages/${encodeURIComponent(sid)}.json`;
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = authorizationOf(account);
    const response = await fetch(url, { method: 'DELETE', headers, redirect: 'manual', signal });
    await response.body?.cancel();
    if (response.ok || response.status === 404) return 'gone';
    return response.status === 408 || response.status === 429 || response.status >= 500 ? 'later' : 'kept';
  } catch {
    return 'later';
  }
}
