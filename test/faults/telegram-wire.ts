import { REFUSALS, type RefusalName } from '../../simulator/telegram/refusals.ts';
import type { Wire } from './carrier-rules.ts';
import type { Verdict } from './front.ts';

// The Bot API's calls and answers, for the rules that strike at them.

const SENDS = /\/send(?!ChatAction|MessageDraft)\w+$/;
type Sent = { chat_id?: string | number; text?: string; caption?: string };
/** JSON, or the fields of an upload. */
const read = (body: string): Sent => {
  if (body.startsWith('--'))
    return Object.fromEntries([...body.matchAll(FIELD)].map(([, name, value]) => [name, value]));
  try {
    return JSON.parse(body) as Sent;
  } catch {
    return {};
  }
};
const FIELD = /name="(\w+)"\r\n\r\n([\s\S]*?)\r\n--/g;

export const TELEGRAM_WIRE: Wire = {
  isSend: ({ method, path }) => method === 'POST' && SENDS.test(path),
  wordsOf({ body }) {
    const { text, caption } = read(body);
    return text ?? caption ?? '';
  },
  toOf: ({ body }) => String(read(body).chat_id ?? ''),
  addressOf: (to) => `telegram:${to}`,
  refuses: (seconds) => refusal('tooMany', seconds),
  refusesWords: () => refusal('noText'),
  breaks: (status) => refusal(status === 500 ? 'internal' : 'badGateway'),
  isOne: true,
  unheard: (body) => body,
  failsLater: (how) => {
    throw new Error(`Nothing that Telegram took fails later: ${how}`);
  },
};

async function refusal(name: RefusalName, seconds?: number): Promise<Verdict> {
  const { code, description } = REFUSALS[name];
  const waits = seconds === undefined ? {} : { parameters: { retry_after: seconds } };
  const words = seconds === undefined ? description : `${description} ${seconds}`;
  const body = JSON.stringify({ ok: false, error_code: code, description: words, ...waits });
  return { status: code, headers: { 'content-type': 'application/json' }, body };
}
