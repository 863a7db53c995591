import * as z from 'zod';
import type { Vars } from '../local/dev-vars.ts';
import { type Answer, addressOf, ask, basic, Refused } from './ask.ts';

// The Twilio account of the answers: the account itself, its templates, the newest messages; twilio-lines.ts has its
// numbers. Uses plain HTTP, because Twilio's own client renames the fields of senders and templates.

export const SANDBOX = 'whatsapp:+14155238886';

const HOSTS = {
  TWILIO_API_URL: 'https://api.twilio.com',
  TWILIO_MESSAGING_URL: 'https://messaging.twilio.com',
  TWILIO_CONTENT_URL: 'https://content.twilio.com',
} as const;
type Host = keyof typeof HOSTS;

export const hostAddress = (vars: Vars, host: Host): string => addressOf(vars[host], HOSTS[host]);
export const accountPath = (vars: Vars): string => `/2010-04-01/Accounts/${vars.TWILIO_ACCOUNT_SID ?? ''}`;

type Request = { method?: string; json?: unknown; form?: Record<string, string> };
const Refusal = z.looseObject({ code: z.number().nullish().catch(null), message: z.string().catch('no reason') });

export async function callTwilio(vars: Vars, host: Host, path: string, request: Request = {}): Promise<unknown> {
  const headers = basic(vars.TWILIO_ACCOUNT_SID, vars.TWILIO_AUTH_TOKEN);
  return granted(await ask(`${hostAddress(vars, host)}${path}`, { ...request, headers }));
}

function granted({ status, json }: Answer): unknown {
  if (status < 300) return json;
  const { code, message } = Refusal.catch({ code: null, message: 'no reason' }).parse(json);
  throw new Refused('Twilio', status, code ?? null, message);
}

/** `otherwise` when it does not exist. */
export const ifThere =
  <T>(otherwise: T) =>
  (error: unknown): T => {
    if (error instanceof Refused && error.status === 404) return otherwise;
    throw error;
  };

const Meta = z.looseObject({ meta: z.looseObject({ next_page_url: z.string().nullish() }) });
const PAGES_MAX = 20;

/** For the newer lists, which name their next page. It is on the same host, whatever host Twilio writes. */
export async function listOf<T>(vars: Vars, host: Host, path: string, rows: z.ZodType<T[]>): Promise<T[]> {
  const found: T[] = [];
  let next: string | null = path;
  for (let page = 0; next !== null && page < PAGES_MAX; page++) {
    const list = await callTwilio(vars, host, next);
    found.push(...rows.parse(list));
    const url: string | null = Meta.parse(list).meta.next_page_url ?? null;
    next = url === null ? null : new URL(url).pathname + new URL(url).search;
  }
  return found;
}

export const askAccount = (vars: Vars): Promise<Answer> =>
  ask(`${hostAddress(vars, 'TWILIO_API_URL')}${accountPath(vars)}.json`, {
    headers: basic(vars.TWILIO_ACCOUNT_SID, vars.TWILIO_AUTH_TOKEN),
  });

const Account = z.looseObject({ friendly_name: z.string(), status: z.string(), type: z.string().nullish() });

/** Twilio answers an unknown account like a wrong token. */
export async function readAccount(vars: Vars): Promise<{ name: string; status: string; isTrial: boolean } | 'wrong'> {
  const answer = await askAccount(vars);
  if (answer.status === 401 || answer.status === 404) return 'wrong';
  const { friendly_name: name, status, type } = Account.parse(granted(answer));
  return { name, status, isTrial: type === 'Trial' };
}

/** Calls that an API key may make as well as the account's token. */
export async function isKeyRefused(vars: Vars, key: string, secret: string): Promise<boolean> {
  const url = `${hostAddress(vars, 'TWILIO_API_URL')}${accountPath(vars)}/Messages.json?PageSize=1`;
  return (await ask(url, { headers: basic(key, secret) })).status === 401;
}

const Messages = z.looseObject({
  messages: z.array(
    z.looseObject({
      from: z.string(),
      to: z.string(),
      direction: z.string(),
      status: z.string(),
      body: z.string().nullish(),
      date_created: z.string().transform((text) => Date.parse(text)),
    }),
  ),
});
export type Listed = Pick<
  z.infer<typeof Messages>['messages'][number],
  'from' | 'to' | 'direction' | 'status' | 'body' | 'date_created'
>;

/** Newest first. */
export async function readMessages(vars: Vars, filter: { From?: string; To?: string }): Promise<Listed[]> {
  const query = new URLSearchParams({ ...filter, PageSize: '50' });
  const list = await callTwilio(vars, 'TWILIO_API_URL', `${accountPath(vars)}/Messages.json?${query}`);
  return Messages.parse(list).messages;
}

const Content = z.looseObject({ sid: z.string(), friendly_name: z.string().nullish() });
const Contents = z.looseObject({ contents: z.array(Content) }).transform(({ contents }) => contents);

export async function findTemplate(vars: Vars, name: string): Promise<string | null> {
  const contents = await listOf(vars, 'TWILIO_CONTENT_URL', '/v1/Content?PageSize=100', Contents);
  return contents.find(({ friendly_name }) => friendly_name === name)?.sid ?? null;
}

export async function createTemplate(vars: Vars, name: string, body: string): Promise<string> {
  const json = { friendly_name: name, language: 'en', types: { 'twilio/text': { body } } };
  return Content.parse(await callTwilio(vars, 'TWILIO_CONTENT_URL', '/v1/Content', { method: 'POST', json })).sid;
}

const Approval = z.looseObject({
  whatsapp: z.looseObject({ status: z.string().catch('unsubmitted'), rejection_reason: z.string().nullish() }),
});
/**
 * `unsubmitted`, `received`, `pending`, `approved`, `rejected`, `paused` or `disabled`. Null: there is no such
 * template.
 */
export async function readApproval(vars: Vars, sid: string): Promise<{ status: string; reason: string | null } | null> {
  const path = `/v1/Content/${sid}/ApprovalRequests`;
  const found = await callTwilio(vars, 'TWILIO_CONTENT_URL', path).catch(ifThere(null));
  if (found === null) return null;
  const { status, rejection_reason } = Approval.parse(found).whatsapp;
  return { status, reason: rejection_reason || null };
}

export async function requestApproval(vars: Vars, sid: string, name: string): Promise<void> {
  const path = `/v1/Content/${sid}/ApprovalRequests/whatsapp`;
  await callTwilio(vars, 'TWILIO_CONTENT_URL', path, { method: 'POST', json: { name, category: 'UTILITY' } });
}

/** Harmless when it no longer exists. */
export async function removeTemplate(vars: Vars, sid: string): Promise<void> {
  await callTwilio(vars, 'TWILIO_CONTENT_URL', `/v1/Content/${sid}`, { method: 'DELETE' }).catch(ifThere(null));
}
