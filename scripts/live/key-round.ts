import { askModels } from '../accounts/anthropic.ts';
import type { Answer } from '../accounts/ask.ts';
import { botName } from '../accounts/telegram.ts';
import { askAccount } from '../accounts/twilio.ts';
import type { Vars } from '../local/dev-vars.ts';
import type { Report } from './record.ts';

// One read each of Twilio, Telegram and the model's API: whether the key works and the answer has the documented shape.

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

export async function twilioRound(vars: Vars, report: Report): Promise<void> {
  const answer = await timed('read the Twilio account (GET /2010-04-01/Accounts/{sid}.json)', report, () =>
    askAccount(vars),
  );
  if (answer?.status !== 200) return;
  const { status, ...fields } = { ...(answer.json as object) } as Record<string, unknown>;
  report.note('the account is', 'active', String(status), 0);
  const missing = ACCOUNT_FIELDS.filter((name) => name !== 'status' && !(name in fields));
  report.note('fields of the account that are missing', 'none', missing.join(', ') || 'none', 0);
  report.note('Twilio’s clock is in its answer', 'yes', answer.date === null ? 'no' : 'yes', 0);
}

export async function telegramRound(vars: Vars, report: Report): Promise<void> {
  const begun = performance.now();
  const known = await botName(vars).then(
    (name) => (name === null ? 'no' : 'yes'),
    () => 'no answer',
  );
  report.note('Telegram knows the bot (getMe)', 'yes', known, performance.now() - begun);
}

export async function modelRound(vars: Vars, report: Report): Promise<void> {
  const answer = await timed('list the models (GET /v1/models)', report, () => askModels(vars, 10));
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
