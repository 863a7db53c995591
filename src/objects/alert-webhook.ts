import type { Config } from '../config/config.ts';
import type { Alert } from './stores/directory-store.ts';

/** Chat services show the field `text`. */
export async function postAlert(
  { text, cause, conversation, lastAt, count }: Alert,
  config: Config,
  answerMs: number,
): Promise<void> {
  if (!config.ALERT_WEBHOOK_URL) return;
  const response = await fetch(config.ALERT_WEBHOOK_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, cause, conversation, at: new Date(lastAt).toISOString(), count }),
    redirect: 'manual',
    signal: AbortSignal.timeout(answerMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
}
