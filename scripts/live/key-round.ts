import { type Answer, ask, basic } from '../doctor/ask.ts';
import type { Report } from './record.ts';

// One read each of Twilio and the model's API: whether the key works and the answer has the documented shape.

const ACCOUNT_FIELDS = [
  'date_created',
  'friendly_name',
  'owner_account_sid',
  'sid',
  'status',
  'subresource_uris',
  'type',
  'uri',
];

export async function twilioRound(api: string, sid: string, token: string, report: Report): Promise<void> {
  const url = `${api}/2010-04-01/Accounts/${sid}.json`;
  const answer = await timed('read the Twilio account (GET /2010-04-01/Accounts/{sid}.json)', report, () =>
    ask(url, { headers: basic(sid, token) }),
  );
  if (answer?.status !== 200) return;
  const { status, ...fields } = { ...(answer.json as object) } as Record<string, unknown>;
  report.note('the account is', 'active', String(status), 0);
  const missing = ACCOUNT_FIELDS.filter((name) => name !== 'status' && !(name in fields));
  report.note('fields of the account that are missing', 'none', missing.join(', ') || 'none', 0);
  report.note('Twilio’s clock is in its answer', 'yes', answer.date === null ? 'no' : 'yes', 0);
}

export async function modelRound(api: string, key: string, report: Report): Promise<void> {
  const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
  const answer = await timed('list the models (GET /v1/models)', report, () =>
    ask(`${api}/v1/models?limit=10`, { headers }),
  );
  if (answer?.status !== 200) return;
  const { data } = (answer.json ?? {}) as { data?: { id?: unknown }[] };
  const isListed = Array.isArray(data) && data.length > 0 && data.every(({ id }) => typeof id === 'string');
  report.note('each has an id', 'yes', isListed ? 'yes' : 'no', 0);
}

async function timed(what: string, report: Report, call: () => Promise<Answer>): Promise<Answer | null> {
  const begun = performance.now();
  const answer = await call().catch(() => null);
  report.note(what, '200', answer === null ? 'no answer' : String(answer.status), performance.now() - begun);
  return answer;
}
