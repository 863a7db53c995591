import * as z from 'zod';
import type { Standing } from './agent.ts';

// What Claude Code's transcript (one JSON object per line) says about messages and cost. Pure; the file is the agent's.

const Entry = z.looseObject({
  type: z.string(),
  uuid: z.string().optional(),
  isSidechain: z.boolean().optional(),
  isApiErrorMessage: z.boolean().optional(),
  totalCostUSD: z.number().optional(),
  attachment: z.looseObject({ type: z.string(), source_uuid: z.string().optional() }).optional(),
  message: z
    .looseObject({
      id: z.string().optional(),
      stop_reason: z.string().nullish(),
      content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]),
    })
    .optional(),
});
export type TranscriptEntry = z.infer<typeof Entry>;

/** Parses a transcript; lines that are torn or unknown are left out. */
export function parseTranscript(text: string): TranscriptEntry[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    try {
      const entry = Entry.safeParse(JSON.parse(line));
      return entry.success ? [entry.data] : [];
    } catch {
      return [];
    }
  });
}

/**
 * How each message stands. A message enters as a prompt of its own or folded into a running turn; it is answered by the
 * first assistant message after it that ended its turn, and all messages open at that point share that answer.
 */
export function standings(entries: readonly TranscriptEntry[], uuids: readonly string[]): Map<string, Standing> {
  const result = new Map<string, Standing>(uuids.map((uuid) => [uuid, { state: 'unknown' }]));
  let open: string[] = [];
  let answer: { id: string | undefined; text: string[]; to: string[] } = { id: undefined, text: [], to: [] };
  for (const entry of entries) {
    if (entry.isSidechain) continue;
    const entered = entry.type === 'user' ? entry.uuid : entry.attachment?.source_uuid;
    if (entered !== undefined && result.get(entered)?.state === 'unknown') {
      result.set(entered, { state: 'open' });
      open.push(entered);
    }
    if (entry.type !== 'assistant' || entry.isApiErrorMessage || !entry.message) continue;
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

function textsOf(content: string | { type: string; text?: string | undefined }[]): string[] {
  if (typeof content === 'string') return [content];
  return content.flatMap((block) => (block.type === 'text' && block.text ? [block.text] : []));
}

/** The running total a resumed process starts from: the last one the transcript saved. */
export function savedCost(entries: readonly TranscriptEntry[]): number {
  return entries.findLast((entry) => entry.totalCostUSD !== undefined)?.totalCostUSD ?? 0;
}
