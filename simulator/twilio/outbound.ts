import { channelOf, isAddress } from './addresses.ts';
import type { Offer } from './carrier-types.ts';
import { type StoredContent, shownAs } from './contents.ts';
import { splitUrl } from './exchange.ts';
import type { RefusalCode } from './refusals.ts';

// Reads the form of a create request as strictly as documented, and a little more: unknown parameters are refused
// instead of ignored. Pure: everything that depends on the account is passed in.

export type OutboundRequest = {
  from: string;
  to: string;
  body: string;
  offer: Offer | null;
  mediaUrls: string[];
  statusCallback: string | null;
  freeForm: boolean;
};

export type Refused = { refused: RefusalCode; detail?: string };

export type SendingAccount = {
  senders: readonly string[];
  /** Approved templates by content SID, with `{{1}}` for variables. */
  templates: Readonly<Record<string, string>>;
  /** Content created through the Content API; only for open windows until it is approved. */
  contents: ReadonlyMap<string, StoredContent>;
  isOptedOut(sender: string, person: string): boolean;
};

const REPEATABLE = ['MediaUrl', 'PersistentAction'];
const SINGLE = [
  'To',
  'From',
  'Body',
  'StatusCallback',
  'ContentSid',
  'ContentVariables',
  'MessagingServiceSid',
  'ValidityPeriod',
  'SmartEncoded',
];
const MAX_BODY = 1600;
const MAX_MEDIA = 10;

export function unknownParameter(
  params: URLSearchParams,
  single: readonly string[],
  repeatable: readonly string[] = [],
) {
  for (const name of new Set(params.keys())) {
    if (repeatable.includes(name)) continue;
    if (!single.includes(name)) return `'${name}' is not a parameter this stand-in knows.`;
    if (params.getAll(name).length > 1) return `'${name}' is given more than once.`;
  }
  return null;
}

/**
 * A public URL that Twilio could call: absolute, http or https, a host without underscores. Loopback is allowed here.
 */
function isCallableUrl(url: string): boolean {
  const split = splitUrl(url);
  return split !== null && !split.target.hostname.includes('_');
}

function addressesProblem(params: URLSearchParams, account: SendingAccount): Refused | null {
  const to = params.get('To') ?? '';
  const from = params.get('From') ?? '';
  if (params.has('MessagingServiceSid')) return { refused: 21701 };
  if (to === '') return { refused: 21604 };
  if (from === '') return { refused: 21603 };
  if (!isAddress(to)) return { refused: 21211, detail: to };
  if (!isAddress(from)) return { refused: 21212, detail: from };
  if (to === from) return { refused: 21266 };
  if (channelOf(to) !== channelOf(from)) return { refused: 21612 };
  if (!account.senders.includes(from)) return { refused: channelOf(from) === 'whatsapp' ? 63007 : 21606, detail: from };
  if (account.isOptedOut(from, to)) return { refused: 21610 };
  return null;
}

function optionsProblem(params: URLSearchParams): Refused | null {
  const callback = params.get('StatusCallback');
  if (callback !== null && !isCallableUrl(callback)) return { refused: 21609, detail: callback };
  const validity = params.get('ValidityPeriod');
  if (validity !== null && !(/^\d+$/.test(validity) && Number(validity) >= 1 && Number(validity) <= 36_000)) {
    return { refused: 21624 };
  }
  if (!['true', 'false', null].includes(params.get('SmartEncoded'))) {
    return { refused: 20001, detail: "'SmartEncoded' must be true or false." };
  }
  return null;
}

function readVariables(text: string): Record<string, string> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
    const entries = Object.entries(parsed);
    return entries.every(([, value]) => typeof value === 'string') ? Object.fromEntries(entries) : null;
  } catch {
    return null;
  }
}

const filled = (template: string, values: Record<string, string>): string =>
  template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);

type Words = Pick<OutboundRequest, 'body' | 'offer' | 'freeForm'>;

function readContent(params: URLSearchParams, account: SendingAccount): Words | Refused {
  const sid = params.get('ContentSid');
  const variables = params.get('ContentVariables');
  if (sid === null) {
    return variables === null ? { body: params.get('Body') ?? '', offer: null, freeForm: true } : { refused: 92005 };
  }
  const values = variables === null ? {} : readVariables(variables);
  if (values === null) return { refused: 21656 };
  const content = account.contents.get(sid);
  if (content) {
    if (params.has('Body')) return { refused: 20422, detail: 'Body and ContentSid cannot be combined.' };
    const shown = shownAs(content);
    const isSms = channelOf(params.get('To') ?? '') === 'sms';
    if (isSms && shown.offer) return { refused: 21655, detail: 'has no form for SMS' };
    const freeForm = content.approval?.status !== 'approved';
    return { ...shown, body: filled(shown.body, { ...content.variables, ...values }), freeForm };
  }
  const template = account.templates[sid];
  if (template === undefined) return { refused: 21655, detail: sid };
  return { body: filled(template, values), offer: null, freeForm: false };
}

export function readOutbound(params: URLSearchParams, account: SendingAccount): OutboundRequest | Refused {
  const unknown = unknownParameter(params, SINGLE, REPEATABLE);
  if (unknown !== null) return { refused: 20001, detail: unknown };
  const problem = addressesProblem(params, account) ?? optionsProblem(params);
  if (problem) return problem;
  const content = readContent(params, account);
  if ('refused' in content) return content;
  const mediaUrls = params.getAll('MediaUrl');
  if (content.body === '' && mediaUrls.length === 0) return { refused: 21619 };
  if (content.body.length > MAX_BODY) return { refused: 21617 };
  if (mediaUrls.length > MAX_MEDIA) return { refused: 21623 };
  const wrong = mediaUrls.find((url) => !isCallableUrl(url));
  if (wrong !== undefined) return { refused: 21620, detail: wrong };
  return {
    ...content,
    from: params.get('From') ?? '',
    to: params.get('To') ?? '',
    mediaUrls,
    statusCallback: params.get('StatusCallback'),
  };
}
