// Reads lines of an agent's session, as a backup has them, for the operator. The agent and whatever it read chose their
// content: every line is read by itself, nothing in it is trusted, and what is shown of it is bounded.

/** text, thinking: of whoever `who` is · call: a tool and its input · result, error: what it answered · other: no text. */
export type SessionPart = {
  kind: 'text' | 'thinking' | 'call' | 'result' | 'error' | 'other';
  name: string;
  text: string;
};
export type SessionEntry = {
  position: number;
  at: number | null;
  /** person: a text, or words of Roost for the person · system: the agent's own bookkeeping in words. */
  who: 'person' | 'agent' | 'tool' | 'system' | 'summary';
  /** Of a sub-agent. */
  isInner: boolean;
  parts: SessionPart[];
  /** Characters that are not shown. */
  cut: number;
};

/** Of one entry. */
const ENTRY_CHARS = 4000;
const PARTS_MAX = 20;
const NAME_CHARS = 100;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Null: nothing to show. `unreadable`: it isn't a line of a session. */
export function readSessionLine(line: string): SessionEntry | null | 'unreadable' {
  let stored: unknown;
  try {
    stored = JSON.parse(line);
  } catch {
    return 'unreadable';
  }
  if (!isObject(stored) || !isObject(stored.entry) || typeof stored.position !== 'number') return 'unreadable';
  const { entry, position, subpath } = stored;
  const found = partsOf(entry);
  if (found.length === 0) return null;
  const at = Date.parse(stringOf(entry.timestamp).slice(0, 40));
  const isInner = stringOf(subpath) !== '' || entry.isSidechain === true;
  return { position, at: Number.isFinite(at) ? at : null, who: whoOf(entry, found), isInner, ...bounded(found) };
}

function whoOf(entry: Json, parts: readonly SessionPart[]): SessionEntry['who'] {
  if (entry.type === 'assistant') return 'agent';
  if (entry.isCompactSummary === true || entry.type === 'summary') return 'summary';
  if (entry.type !== 'user' || entry.isMeta === true) return 'system';
  return parts.every(({ kind }) => kind === 'result' || kind === 'error') ? 'tool' : 'person';
}

function partsOf(entry: Json): SessionPart[] {
  if (!['user', 'assistant', 'system', 'summary'].includes(stringOf(entry.type))) return [];
  const content = isObject(entry.message) ? entry.message.content : (entry.content ?? entry.summary);
  const blocks: unknown[] = Array.isArray(content) ? content.slice(0, PARTS_MAX) : [content];
  return blocks.map(partOf).filter(({ kind, text }) => kind === 'call' || kind === 'other' || text.trim() !== '');
}

function partOf(block: unknown): SessionPart {
  if (!isObject(block)) return { kind: 'text', name: '', text: stringOf(block) };
  const name = stringOf(block.name).slice(0, NAME_CHARS);
  switch (block.type) {
    case 'text':
      return { kind: 'text', name: '', text: stringOf(block.text) };
    case 'thinking':
      return { kind: 'thinking', name: '', text: stringOf(block.thinking) };
    case 'tool_use':
      return { kind: 'call', name, text: printed(block.input) };
    case 'tool_result':
      return { kind: block.is_error === true ? 'error' : 'result', name: '', text: resultOf(block.content) };
    default:
      return { kind: 'other', name: stringOf(block.type).slice(0, NAME_CHARS), text: '' };
  }
}

const resultOf = (content: unknown): string =>
  Array.isArray(content)
    ? content
        .slice(0, PARTS_MAX)
        .map((block) => (isObject(block) ? stringOf(block.text) : ''))
        .join('\n')
    : stringOf(content);

/** Also of what is nested too deep to be printed. */
function printed(input: unknown): string {
  try {
    return JSON.stringify(input) ?? '';
  } catch {
    return '…';
  }
}

function bounded(parts: readonly SessionPart[]): Pick<SessionEntry, 'parts' | 'cut'> {
  let [left, cut] = [ENTRY_CHARS, 0];
  const shown = parts.map((part) => {
    const text = part.text.slice(0, left).toWellFormed();
    left -= text.length;
    cut += part.text.length - text.length;
    return { ...part, text };
  });
  return { parts: shown, cut };
}
