import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { MessageStanding, SentMessage } from '../agent/agent.ts';

// Reads Claude Code's transcript (one JSON object per line): the state of messages, cut tool calls, cost. Pure; the
// agent owns the file.

const Entry = z.looseObject({
  type: z.string(),
  subtype: z.string().optional(),
  uuid: z.string().optional(),
  parentUuid: z.string().nullish(),
  isMeta: z.boolean().optional(),
  isCompactSummary: z.boolean().optional(),
  isSidechain: z.boolean().optional(),
  isApiErrorMessage: z.boolean().optional(),
  totalCostUSD: z.number().optional(),
  content: z.unknown().optional(),
  attachment: z
    .looseObject({ type: z.string(), source_uuid: z.string().optional(), prompt: z.unknown().optional() })
    .optional(),
  message: z
    .looseObject({
      id: z.string().optional(),
      model: z.string().optional(),
      stop_reason: z.string().nullish(),
      content: z.union([
        z.string(),
        z.array(
          z.looseObject({
            type: z.string(),
            text: z.string().optional(),
            id: z.string().optional(),
            name: z.string().optional(),
            tool_use_id: z.string().optional(),
          }),
        ),
      ]),
    })
    .optional(),
});
export type TranscriptEntry = z.infer<typeof Entry>;

/** The model of the agent's filler text in a cut turn without an answer; the model never wrote it. */
const SYNTHETIC = '<synthetic>';

/** The answer of a slash command that doesn't ask the model. */
const PRINTED = /^<local-command-stdout>([\s\S]*)<\/local-command-stdout>$/;

/** Parses a transcript, without torn and unknown lines. */
export function parseTranscript(text: string): TranscriptEntry[] {
  return text.split('\n').flatMap((line) => {
    // Cheap test first: parsing JSON is what costs time.
    if (!line.startsWith('{')) return [];
    try {
      const entry = Entry.safeParse(JSON.parse(line));
      return entry.success ? [entry.data] : [];
    } catch {
      return [];
    }
  });
}

/**
 * The state of each message. A message enters as a prompt of its own, folded into a running turn, or joined with other
 * waiting messages into one prompt. The next assistant message that ends its turn answers it, and all messages open at
 * that point share the answer. A prompt of another turn leaves open messages unanswered: later answers are not theirs.
 * A message that was interrupted has to be asked anew, because the agent was told to wait for the person.
 */
export function readStandings(
  entries: readonly TranscriptEntry[],
  messages: readonly SentMessage[],
): Map<string, MessageStanding> {
  const result = new Map<string, MessageStanding>(messages.map(({ uuid }) => [uuid, { state: 'unknown' }]));
  const turns = new Map(messages.map(({ uuid, turn }) => [uuid, turn]));
  const aliases = aliasesIn(entries, messages);
  let open: string[] = [];
  /** Open messages at which the agent was told to stop and to wait for the person. */
  const interrupted = new Set<string>();
  /** The newest open message, if it is a slash command. */
  let command: string | undefined;
  let answer: { id: string | undefined; text: string[]; to: string[] } = { id: undefined, text: [], to: [] };
  const leave = (which: (uuid: string) => boolean): void => {
    for (const uuid of open.filter(which)) result.set(uuid, { state: 'left' });
    open = open.filter((uuid) => !which(uuid));
  };
  for (const entry of entries) {
    if (entry.isSidechain) continue;
    const entered = enteredWith(entry, messages, aliases);
    if (entered.length === 0 && isInterruption(entry)) for (const uuid of open) interrupted.add(uuid);
    if (beginsAnother(entry, aliases)) {
      leave((uuid) => entered.every(({ of }) => areApart(turns.get(uuid), turns.get(of))));
    }
    for (const { of: uuid, as } of entered) {
      const { state } = result.get(uuid) ?? {};
      const isAskedAnew = interrupted.delete(uuid);
      if (state !== 'unknown' && state !== 'left' && !isAskedAnew) continue;
      result.set(uuid, { state: 'open', isKnown: as !== null, ...(as === null || as === uuid ? {} : { as }) });
      if (!open.includes(uuid)) open.push(uuid);
      command = isCommand(entry) ? uuid : undefined;
    }
    const printed = printedBy(entry);
    if (printed !== null && command !== undefined) {
      result.set(command, { state: 'answered', text: printed });
      open = open.filter((uuid) => uuid !== command);
    }
    if (entry.type !== 'assistant' || entry.isApiErrorMessage || !entry.message) continue;
    if (entry.message.model === SYNTHETIC) continue;
    // A message is written block by block under one id: later blocks extend the answer.
    if (entry.message.id === undefined || entry.message.id !== answer.id) {
      answer = { id: entry.message.id, text: [], to: [] };
    }
    answer.text.push(...textsOf(entry.message.content));
    if (entry.message.stop_reason == null || entry.message.stop_reason === 'tool_use') continue;
    answer.to.push(...open);
    open = [];
    for (const uuid of answer.to) {
      interrupted.delete(uuid);
      result.set(uuid, { state: 'answered', text: answer.text.join('\n\n') });
    }
  }
  leave((uuid) => interrupted.has(uuid));
  return result;
}

/** Names of the tool calls since the last prompt that have no result. */
export function findCutCalls(entries: readonly TranscriptEntry[]): string[] {
  const open = new Map<string, string>();
  for (const entry of entries) {
    if (entry.isSidechain) continue;
    if (isPrompt(entry)) open.clear();
    if (!entry.message || typeof entry.message.content === 'string') continue;
    for (const block of entry.message.content) {
      if (block.type === 'tool_use' && block.id) open.set(block.id, block.name ?? '');
      if (block.type === 'tool_result' && block.tool_use_id) open.delete(block.tool_use_id);
    }
  }
  return [...open.values()];
}

/** Whether the entry is a prompt of another turn: not one of these messages asked again, and no report of a task. */
const beginsAnother = (entry: TranscriptEntry, aliases: ReadonlyMap<string, string>): boolean =>
  isPrompt(entry) && !aliases.has(entry.uuid ?? '') && !promptTextOf(entry).startsWith('<task-notification');

/** Whether both turns are known and differ. */
const areApart = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && one !== other;

/** The aliases in the transcript, with the message each belongs to. */
function aliasesIn(entries: readonly TranscriptEntry[], messages: readonly SentMessage[]): Map<string, string> {
  const known = uuidsIn(entries);
  return new Map(
    messages.flatMap(({ uuid }) => namesUsed(known, uuid).map((alias): [string, string] => [alias, uuid])),
  );
}

/** An alias of the message that the transcript doesn't hold yet. */
export const findUnusedAlias = (entries: readonly TranscriptEntry[], uuid: string): string =>
  aliasOf(uuid, namesUsed(uuidsIn(entries), uuid).length + 1);

const uuidsIn = (entries: readonly TranscriptEntry[]): ReadonlySet<string | undefined> =>
  new Set(entries.flatMap(({ uuid, attachment }) => [uuid, attachment?.source_uuid]));

function namesUsed(known: ReadonlySet<string | undefined>, uuid: string): string[] {
  const used: string[] = [];
  for (let alias = aliasOf(uuid, 1); known.has(alias); alias = aliasOf(uuid, used.length + 1)) used.push(alias);
  return used;
}

/** `of`: the message. `as`: the uuid under which the agent knows it, or null. */
type Entered = { of: string; as: string | null };

/** The messages that enter with an entry. Joined messages are a line each, all under the uuid of the last. */
function enteredWith(
  entry: TranscriptEntry,
  messages: readonly SentMessage[],
  aliases: ReadonlyMap<string, string>,
): Entered[] {
  const name = entry.type === 'user' ? entry.uuid : entry.attachment?.source_uuid;
  if (name === undefined) return [];
  const own = aliases.get(name) ?? name;
  if (entry.type !== 'user') return [{ of: own, as: null }];
  const index = messages.findIndex(({ uuid }) => uuid === own);
  const last = messages[index];
  if (!last) return [];
  const lines = textsOf(entry.message?.content ?? '').join('\n');
  const joined: Entered[] = [{ of: last.uuid, as: name }];
  let rest = lines.endsWith(`\n${last.text}`) ? lines.slice(0, -last.text.length - 1) : null;
  for (const { uuid, text } of messages.slice(0, index).toReversed()) {
    if (rest === text) return [{ of: uuid, as: null }, ...joined];
    if (!rest?.endsWith(`\n${text}`)) continue;
    joined.unshift({ of: uuid, as: null });
    rest = rest.slice(0, -text.length - 1);
  }
  return joined.slice(-1);
}

const isCommand = ({ message }: TranscriptEntry): boolean =>
  typeof message?.content === 'string' && message.content.includes('<command-name>');

function printedBy(entry: TranscriptEntry): string | null {
  const content = entry.subtype === 'local_command' ? entry.content : entry.message?.content;
  return typeof content === 'string' ? (PRINTED.exec(content)?.[1]?.trim() ?? null) : null;
}

export function textsOf(content: string | { type: string; text?: string | undefined }[]): string[] {
  if (typeof content === 'string') return [content];
  return content.flatMap((block) => (block.type === 'text' && block.text ? [block.text] : []));
}

/** The person's own words: without the agent's reminders, and with a slash command as it was typed. */
export function promptTextOf(entry: TranscriptEntry): string {
  const text = textsOf(entry.message?.content ?? '').join('\n');
  const command = between(text, '<command-name>', '</command-name>');
  if (command !== null && !command.includes('\n')) {
    return `${command} ${between(text, '<command-args>', '</command-args>') ?? ''}`.trim();
  }
  return without(text, '<system-reminder>', '</system-reminder>').trim();
}

/** The text between the first `open` and the next `close`; null when there is none. */
function between(text: string, open: string, close: string): string | null {
  const begin = text.indexOf(open);
  const end = begin === -1 ? -1 : text.indexOf(close, begin + open.length);
  return end === -1 ? null : text.slice(begin + open.length, end);
}

/** The text without everything between an `open` and the next `close`. */
function without(text: string, open: string, close: string): string {
  let kept = '';
  let from = 0;
  for (let begin = text.indexOf(open); begin !== -1; begin = text.indexOf(open, from)) {
    const end = text.indexOf(close, begin + open.length);
    if (end === -1) break;
    kept += text.slice(from, begin);
    from = end + close.length;
  }
  return kept + text.slice(from);
}

const isInterruption = (entry: TranscriptEntry): boolean =>
  entry.type === 'user' &&
  textsOf(entry.message?.content ?? '').some((text) => text.startsWith('[Request interrupted by user'));

/** Whether a turn begins with the entry. The agent's own resume prompt begins none. */
export function isPrompt(entry: TranscriptEntry): boolean {
  if (entry.type !== 'user' || entry.isMeta || entry.isCompactSummary || !entry.message) return false;
  const { content } = entry.message;
  if (typeof content !== 'string' && content.some(({ type }) => type === 'tool_result')) return false;
  const words = promptTextOf(entry);
  return words !== '' && !/^(Continue from where you left off\.|\[Request interrupted|<local-command)/.test(words);
}

/** The total cost a resumed process starts from: the last one in the transcript. */
export function savedCostOf(entries: readonly TranscriptEntry[]): number {
  return entries.findLast((entry) => entry.totalCostUSD !== undefined)?.totalCostUSD ?? 0;
}

/** The n-th alias (other uuid) of a message: always the same for the same message. */
export function aliasOf(uuid: string, n: number): string {
  const hash = createHash('sha1').update(`${uuid} ${n}`).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
