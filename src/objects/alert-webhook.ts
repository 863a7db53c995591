import type { Config } from '../config/config.ts';
import { alertUrl } from './operator-alerts.ts';
import type { Alert } from './stores/directory-store.ts';

/** Chat services show the field `text`. `link`: what it is about, on the operator's page. */
export async function postAlert(alert: Alert, config: Config, answerMs: number): Promise<void> {
  if (!config.ALERT_WEBHOOK_URL) return;
  const { text, cause, conversation, lastAt, count } = alert;
  const link = alertUrl(alert, config.PUBLIC_URL);
  const response = await fetch(config.ALERT_WEBHOOK_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, cause, conversation, link, at: new Date(lastAt).toISOString(), count }),
    redirect: 'manual',
    signal: AbortSignal.timeout(answerMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
}
