import { authorizationOf, type TwilioAccount } from '../twilio/account.ts';

/** Shows typing to the person. Best effort: the answer is ignored. */
export async function sendTyping(account: TwilioAccount, messageId: string, timeoutMs: number): Promise<void> {
  try {
    const response = await fetch(`${account.messagingUrl}/v2/Indicators/Typing.json`, {
      method: 'POST',
      headers: authorizationOf(account),
      body: new URLSearchParams({ messageId, channel: 'whatsapp' }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
  } catch {
    // The person sees no typing; nothing else depends on it.
  }
}
