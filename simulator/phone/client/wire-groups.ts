// Groups the network log by message: a text, its webhook, its status callbacks and the files fetched for it are one
// group; an exchange that belongs to no message is a separate group. Pure.

import type { Bubble, Exchange } from '../phone-events.ts';
import { formOf, jsonOf, lineOf, matches, outcomeOf, wentWell } from './exchange.ts';
import { plainWords } from './markup.ts';
import { numberOf } from './number.ts';
import { telegramSid } from './telegram.ts';
import { attachmentLabel } from './timeline.ts';

export type Group = {
  key: string;
  kind: 'in' | 'out' | 'call';
  /** The words of the message, or the call itself. */
  title: string;
  /** The person's number; null for a call. */
  number: string | null;
  at: number;
  outcome: string;
  failed: boolean;
  /** The product only checked for news; this belongs to no text. */
  polling: boolean;
  exchanges: Exchange[];
};

export type Filter = { search: string; errors: boolean; polling: boolean };

const MESSAGE = /\b[SM]M[0-9a-f]{32}\b/;
/** The content of a message with buttons or a list: created before it, often deleted afterwards. */
const CONTENT = /\bHX[0-9a-f]{32}\b/;

/** The facts that an exchange states about its message. Exchanges never change, so each is read once. */
type Facts = { message: string | null; content: string | null; media: string[]; form: URLSearchParams };
const known = new WeakMap<Exchange, Facts>();

function factsOf(exchange: Exchange): Facts {
  const before = known.get(exchange);
  if (before) return before;
  const { kind, method, url, responseBody } = exchange;
  const form = formOf(exchange);
  const answer = jsonOf(responseBody);
  const sends = kind === 'api' && method === 'POST' && /\/Messages\.json$/.test(url);
  const makes = kind === 'api' && method === 'POST' && /\/v1\/Content$/.test(url);
  const named =
    form.get('MessageSid') ??
    form.get('messageId') ??
    (sends ? answer.sid : (MESSAGE.exec(url)?.[0] ?? telegramSid(exchange)));
  const facts: Facts = {
    message: typeof named === 'string' && named !== '' ? named : null,
    content: sends ? form.get('ContentSid') : (CONTENT.exec(makes ? responseBody : url)?.[0] ?? null),
    media: sends ? form.getAll('MediaUrl') : [],
    form,
  };
  known.set(exchange, facts);
  return facts;
}

export function groupExchanges(exchanges: readonly Exchange[], bubbles: readonly Bubble[]): Group[] {
  const byContent = new Map<string, string>();
  const byMedia = new Map<string, string>();
  for (const exchange of exchanges) {
    const { message, content, media } = factsOf(exchange);
    if (message === null) continue;
    if (content !== null && !byContent.has(content)) byContent.set(content, message);
    for (const url of media) if (!byMedia.has(url)) byMedia.set(url, message);
  }
  const keyOf = (exchange: Exchange): string => {
    const { message, content } = factsOf(exchange);
    return message ?? byContent.get(content ?? '') ?? byMedia.get(exchange.url) ?? `call ${exchange.id}`;
  };
  const groups = Map.groupBy(exchanges, keyOf);
  const bySid = new Map(bubbles.map((bubble) => [bubble.sid, bubble]));
  return [...groups].map(([key, own]) => groupOf(key, own, bySid.get(key))).reverse();
}

function groupOf(key: string, exchanges: Exchange[], bubble: Bubble | undefined): Group {
  const [first] = exchanges as [Exchange];
  const group = { key, at: first.at, exchanges, failed: exchanges.some((exchange) => !wentWell(exchange)) };
  if (key.startsWith('call ')) {
    const polling = first.kind === 'api' && first.method === 'GET' && wentWell(first);
    return { ...group, kind: 'call', title: lineOf(first), number: null, outcome: outcomeOf(first), polling };
  }
  const webhook = exchanges.findLast(({ kind }) => kind === 'webhook');
  const sent = exchanges.find((exchange) => factsOf(exchange).form.has('To'));
  const form = sent ? factsOf(sent).form : new URLSearchParams();
  const mine = bubble?.mine ?? webhook !== undefined;
  const address = bubble?.number ?? form.get(mine ? 'From' : 'To') ?? '';
  const outcome = webhook ? outcomeOf(webhook) : fateOf(exchanges);
  return {
    ...group,
    kind: mine ? 'in' : 'out',
    title: wordsOf(bubble, form),
    number: numberOf(address),
    outcome,
    failed: group.failed || /^(failed|undelivered)$/.test(outcome),
    polling: false,
  };
}

function wordsOf(bubble: Bubble | undefined, form: URLSearchParams): string {
  const words = plainWords(bubble?.text ?? form.get('Body') ?? '').trim();
  if (words !== '') return words.slice(0, 160);
  const [attachment] = bubble?.attachments ?? [];
  if (attachment) return attachmentLabel(attachment);
  return bubble?.extras?.place || form.has('Latitude') ? 'Location' : 'Message';
}

/** The status of the newest callback, otherwise the result of the send request. */
function fateOf(exchanges: readonly Exchange[]): string {
  const told = exchanges.findLast(({ kind }) => kind === 'status');
  const status = told ? factsOf(told).form.get('MessageStatus') : null;
  if (status) return status;
  const call = exchanges.find(({ kind, method }) => kind === 'api' && method === 'POST') ?? exchanges[0];
  return call ? outcomeOf(call) : '';
}

export const passes = (group: Group, { search, errors, polling }: Filter): boolean =>
  (polling || !group.polling) &&
  (!errors || group.failed) &&
  (search.trim() === '' || group.exchanges.some((exchange) => matches(exchange, search, group.title)));
