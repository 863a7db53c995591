import { parseCommand } from './command.ts';

// Finds keys in a person's text, so that they are removed before anything is stored. A closed list of forms that
// vendors gave their keys, and private keys in PEM blocks. Nothing is guessed from how random a word looks.

export const KEY_REMOVED = '[key removed]';

type Span = { start: number; end: number; vendor: string };

/**
 * A form takes the whole run of a key's characters, because keys get longer. Every run is of one class of characters,
 * so that no text makes a search quadratic. With a group, only the group is the key.
 */
const FORMS: readonly (readonly [vendor: string, form: RegExp])[] = [
  ['Anthropic', /sk-ant-[\w-]{20,}/g],
  ['OpenAI', /sk-(?:proj|svcacct|admin)-[\w-]{40,}|(?<![\w-])sk-[A-Za-z0-9]{48,}/g],
  ['OpenRouter', /sk-or-v1-[0-9a-f]{64,}/g],
  ['Groq', /(?<!\w)gsk_[A-Za-z0-9]{48,}/g],
  ['xAI', /(?<!\w)xai-[A-Za-z0-9]{60,}/g],
  ['Hugging Face', /(?<!\w)hf_[A-Za-z0-9]{34,}/g],
  ['GitHub', /gh[pousr]_\w{36,}(?:\.[\w-]+)*|github_pat_\w{40,}/g],
  ['GitLab', /gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[\w-]{20,}(?:\.\w+)*|GR1348941[\w-]{20,}/g],
  ['AWS', /(?:aws_?secret_?access_?key|aws_?session_?token)\\?["']?\s{0,9}[:=]\s{0,9}\\?["']?([\w/+=-]{40,})/gi],
  ['Google', /AIza[\w-]{35,}|GOCSPX-[\w-]{28,}|(?<!\w)ya29\.[\w-]{20,}/g],
  ['Slack', /xox[abeoprs](?:\.xox[bp])?-[\w-]{20,}|xapp-\d-[\w-]{20,}/g],
  ['Slack', /hooks\.slack\.com\/(?:services|workflows|triggers)\/([\w+/]{30,})/g],
  ['Stripe', /[rs]k_live_[A-Za-z0-9]{16,}|(?<!\w)whsec_[A-Za-z0-9+/=]{32,}/g],
  ['Twilio', /(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])/g],
  ['Twilio', /(?<![A-Za-z0-9])AC[0-9a-f]{32}:([0-9a-f]{32})(?![A-Za-z0-9])/g],
  ['Twilio', /twilio_(?:auth_token|api_key_secret|api_secret)\\?["']?\s{0,9}[:=]\s{0,9}\\?["']?([A-Za-z0-9]{32,})/gi],
  ['SendGrid', /SG\.[\w-]{22}\.[\w-]{43,}/g],
  ['Telegram', /(?<!\d)\d{8,10}:AA[\w-]{33,}/g],
  ['npm', /(?<!\w)npm_[A-Za-z0-9]{36,}/g],
  ['PyPI', /pypi-Ag[\w-]{60,}/g],
  ['Docker', /dckr_(?:pat|oat)_[\w-]{27,}/g],
  ['Fly', /(?<!\w)fo1_[\w-]{40,}|(?<!\w)fm(?:1[ar]|2)_[A-Za-z0-9+/=]{60,}/g],
  ['Cloudflare', /(?<!\w)cf(?:k|ut|at)_[A-Za-z0-9]{40,}|v1\.0-[0-9a-f]{24}-[0-9a-f]{146,}/g],
  ['DigitalOcean', /do[opr]_v1_[0-9a-f]{64,}/g],
  ['Supabase', /(?<!\w)sbp_[0-9a-f]{40,}|(?<!\w)sb_secret_[\w-]{20,}/g],
  ['Shopify', /shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32,}/g],
  ['age', /AGE-SECRET-KEY-1[A-Z0-9]{58}/g],
];

/** The text without its keys, and the vendors of those that were in it. After /nokey the words stay as they are. */
export function removeKeys(text: string): { text: string; vendors: string[] } {
  const command = parseCommand(text);
  if (command?.name === 'nokey' && command.rest !== '') return { text: command.rest, vendors: [] };
  const spans = joinSpans([...findForms(text), ...findAwsKeys(text), ...findPrivateKeys(text)]);
  if (spans.length === 0) return { text, vendors: [] };
  const kept = spans.map(({ start }, n) => text.slice(spans[n - 1]?.end ?? 0, start) + KEY_REMOVED);
  return {
    text: kept.join('') + text.slice(spans.at(-1)?.end),
    vendors: [...new Set(spans.map(({ vendor }) => vendor))],
  };
}

const findForms = (text: string): Span[] => FORMS.flatMap(([vendor, form]) => findAll(text, form, vendor));

function findAll(text: string, form: RegExp, vendor: string): Span[] {
  return [...text.matchAll(form)].map((match) => {
    const end = match.index + match[0].length;
    return { start: end - (match[1] ?? match[0]).length, end, vendor };
  });
}

/** Spans in order, where those that overlap are one. */
function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else joined.push({ ...span });
  }
  return joined;
}

/** The secret of an AWS key has no form of its own; it stands near the key's id. */
const AWS_NEAR_CHARS = 200;

function findAwsKeys(text: string): Span[] {
  const ids = findAll(text, /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g, 'AWS');
  if (ids.length === 0) return [];
  let near = 0;
  const secrets = findAll(text, /(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40,}/g, 'AWS').filter(({ start, end }) => {
    while ((ids[near]?.end ?? Infinity) < start - AWS_NEAR_CHARS) near++;
    if ((ids[near]?.start ?? Infinity) > end + AWS_NEAR_CHARS) return false;
    const word = text.slice(start, end);
    // Secrets have 40 characters, session tokens hundreds. A commit's hash has no capitals.
    return (word.length === 40 || word.length >= 100) && /[A-Z]/.test(word) && /[a-z]/.test(word);
  });
  return [...ids, ...secrets];
}

/** Phones turn two hyphens into a dash. */
const MARK = /(?<![-–—])[-–—]{2,} ?(BEGIN|END) (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)? ?[-–—]{2,}/g;
/** The next line of a block: a header, or a line's characters. Line breaks may be written as `\n`. */
const LINE = /(?:[\s>]|\\[nr])*(?:(?:Proc-Type|DEK-Info|Version|Comment|Charset):[^\r\n]{0,200}|[A-Za-z0-9+/=]{24,})/y;
const LAST_LINE = /(?:[\s>]|\\[nr])+[A-Za-z0-9+/=]{1,23}(?![^\s\\"'])/y;

function findPrivateKeys(text: string): Span[] {
  const marks = [...text.matchAll(MARK)].map((match) => ({
    isBegin: match[1] === 'BEGIN',
    start: match.index,
    end: match.index + match[0].length,
  }));
  return marks.flatMap((mark, n): Span[] => {
    const next = marks[n + 1];
    const last = marks[n - 1];
    if (!mark.isBegin) {
      const start = last?.isBegin ? mark.start : startOfLines(text, last?.end ?? 0, mark.start);
      return start < mark.start ? [{ start, end: mark.end, vendor: 'private key' }] : [];
    }
    const isWhole = next !== undefined && !next.isBegin;
    const hasBody = isWhole && /[A-Za-z0-9+/=]{24}/.test(text.slice(mark.end, next.start));
    const end = hasBody ? next.end : endOfLines(text, mark.end);
    return end > mark.end ? [{ start: mark.start, end, vendor: 'private key' }] : [];
  });
}

/** Where the lines of a block end whose end was cut off. */
function endOfLines(text: string, from: number): number {
  let end = from;
  for (const line of [LINE, LAST_LINE]) {
    line.lastIndex = end;
    while (line.test(text)) {
      end = line.lastIndex;
      if (line === LAST_LINE) break;
    }
    if (end === from) return from;
  }
  return end;
}

/** Where the lines of a block begin whose beginning was cut off. */
function startOfLines(text: string, from: number, to: number): number {
  let start = to;
  const words = [...text.slice(from, to).matchAll(/[^\s>]+/g)];
  for (const [n, word] of words.reverse().entries()) {
    const isLine = /^[A-Za-z0-9+/=\\]+$/.test(word[0]);
    if (isLine && word[0].length >= 24) start = from + word.index;
    else if (!isLine || n > 0) break;
  }
  return start;
}
