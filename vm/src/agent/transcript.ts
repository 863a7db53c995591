import * as z from 'zod';
import type { SentMessage, Standing } from './agent.ts';

// What Claude Code's transcript (one JSON object per line) says about messages and cost. Pure; the file is the agent's.

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
        z.array(z.looseObject({ type: z.string(), text: z.string().optional(), name: z.string().optional() })),
      ]),
    })
    .optional(),
});
export type TranscriptEntry = z.infer<typeof Entry>;

/** The agent's own filler where a cut turn has no answer; the model never said it. */
const SYNTHETIC = '<synthetic>';

/** What a slash command that asks the model nothing leaves as its answer. */
const PRINTED = /^<local-command-stdout>([\s\S]*)<\/local-command-stdout>$/;

/** Parses a transcript; lines that are torn or unknown are left out. */
export function parseTranscript(text: string): TranscriptEntry[] {
  return text.split('\n').flatMap((line) => {
    // Whatever else stands there is no entry; looking at it as JSON is what costs.
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
 * How each message stands. A message enters as a prompt of its own, folded into a running turn, or joined with others that
 * waited beside it into one prompt; it is answered by the first assistant message after it that ended its turn, and all
 * messages open at that point share that answer.
 */
export function standings(
  entries: readonly TranscriptEntry[],
  messages: readonly SentMessage[],
): Map<string, Standing> {
  const result = new Map<string, Standing>(messages.map(({ uuid }) => [uuid, { state: 'unknown' }]));
  let open: string[] = [];
  /** The newest of them, if it is a slash command. */
  let command: string | undefined;
  let answer: { id: string | undefined; text: string[]; to: string[] } = { id: undefined, text: [], to: [] };
  for (const entry of entries) {
    if (entry.isSidechain) continue;
    for (const uuid of enteredWith(entry, messages)) {
      if (result.get(uuid)?.state !== 'unknown') continue;
      result.set(uuid, { state: 'open', isKnown: entry.uuid === uuid });
      open.push(uuid);
      command = isCommand(entry) ? uuid : undefined;
    }
    const printed = printedBy(entry);
    if (printed !== null && command !== undefined) {
      result.set(command, { state: 'answered', text: printed });
      open = open.filter((uuid) => uuid !== command);
    }
    if (entry.type !== 'assistant' || entry.isApiErrorMessage || !entry.message) continue;
    if (entry.message.model === SYNTHETIC) continue;
    // A message is written block by block, each under the same id: later blocks extend the answer.
    if (entry.message.id === undefined || entry.message.id !== answer.id) {
      answer = { id: entry.message.id, text: [], to: [] };
    }
    answer.text.push(...textsOf(entry.message.content));
    if (entry.message.stop_reason == null || entry.message.stop_reason === 'tool_use') continue;
    answer.to.push(...open);
    open = [];
    for (const uuid of answer.to) result.set(uuid, { state: 'answered', text: answer.text.join('\n\n') });
  }
  return result;
}

/** Messages an entry brings in. Joined ones are a line each, under the uuid of the last: the others left none. */
function enteredWith(entry: TranscriptEntry, messages: readonly SentMessage[]): string[] {
  if (entry.type !== 'user') return entry.attachment?.source_uuid === undefined ? [] : [entry.attachment.source_uuid];
  const index = messages.findIndex(({ uuid }) => uuid === entry.uuid);
  const last = messages[index];
  if (!last) return [];
  const lines = textsOf(entry.message?.content ?? '').join('\n');
  const joined = [last.uuid];
  let rest = lines.endsWith(`\n${last.text}`) ? lines.slice(0, -last.text.length - 1) : null;
  for (const { uuid, text } of messages.slice(0, index).toReversed()) {
    if (rest === text) return [uuid, ...joined];
    if (!rest?.endsWith(`\n${text}`)) continue;
    joined.unshift(uuid);
    rest = rest.slice(0, -text.length - 1);
  }
  return [last.uuid];
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

/** The running total a resumed process starts from: the last one the transcript saved. */
export function savedCost(entries: readonly TranscriptEntry[]): number {
  return entries.findLast((entry) => entry.totalCostUSD !== undefined)?.totalCostUSD ?? 0;
}
