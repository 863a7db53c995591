import type { UndoPlan } from '../agent/agent.ts';
import { isPrompt, promptTextOf, type TranscriptEntry, textsOf } from './transcript.ts';

// Undo: finds the part of a session to drop in order to go back to before a message. Pure. The session itself remembers
// the undo: it goes on in a branch of the transcript that begins with a note.

const NOTE = `<system-reminder>
At the person’s request, their messages after this point and your answers to them were undone. Files you edited for them
were restored; changes made by commands were not.
</system-reminder>`;

/** The note at the beginning of the branch; `uuid` is that of the undo request. */
export const undoNoteOf = (uuid: string): { uuid: string; text: string } => ({ uuid, text: NOTE });

/** The entries that were not undone. */
export function withoutUndone(entries: readonly TranscriptEntry[]): TranscriptEntry[] {
  const live: TranscriptEntry[] = [];
  for (const entry of entries) {
    if (isNote(entry)) live.splice(live.findLastIndex(({ uuid }) => uuid === entry.parentUuid) + 1);
    live.push(entry);
  }
  return live;
}

/**
 * Plans the undo of a message. `beside`: messages that came with it. Texts that were one prompt go together, and a text
 * folded into a running turn goes with the whole turn, because the agent can't go on from half a turn.
 */
export function makeUndoPlan(
  entries: readonly TranscriptEntry[],
  request: string,
  message: string,
  beside: readonly string[],
): UndoPlan {
  if (entries.some((entry) => isNote(entry) && entry.uuid === request)) return { type: 'done' };
  const live = withoutUndone(entries).filter((entry) => !entry.isSidechain);
  const holds = (uuids: readonly string[]) => (entry: TranscriptEntry) => uuids.includes(broughtBy(entry) ?? '');
  const at = live.findIndex(holds([message]));
  const brought = at === -1 ? live.findIndex(holds(beside)) : at;
  const prompt = live.slice(0, brought + 1).findLastIndex(isPrompt);
  const begin = live.slice(0, prompt).findLastIndex(({ type }) => type === 'assistant') + 1;
  const answer = live.findIndex(({ type }, index) => index > prompt && type === 'assistant');
  const prompts = live
    .slice(begin, answer === -1 ? undefined : answer)
    .filter((entry, index) => isPrompt(entry) && (begin + index === prompt || holds(beside)(entry)));
  const [first] = prompts;
  if (!first) return { type: 'unknown' };
  const gone = live.slice(live.indexOf(first));
  const words = prompts.map(promptTextOf).join('\n');
  if (gone.some(({ subtype }) => subtype === 'compact_boundary') || words.startsWith('/compact')) {
    return { type: 'compacted' };
  }
  return {
    type: 'back',
    prompts: prompts.flatMap(({ uuid }) => uuid ?? []),
    after: first.parentUuid ?? null,
    words,
    ranCommands: gone.some(isCommandRun),
  };
}

const broughtBy = (entry: TranscriptEntry): string | undefined =>
  entry.type === 'user' ? entry.uuid : entry.attachment?.source_uuid;

const isNote = (entry: TranscriptEntry): boolean =>
  entry.type === 'user' && textsOf(entry.message?.content ?? '').join('\n') === NOTE;

/** Sub-agents run commands too, and MCP tools may do anything. */
function isCommandRun({ message }: TranscriptEntry): boolean {
  if (!message || typeof message.content === 'string') return false;
  return message.content.some(
    ({ type, name }) => type === 'tool_use' && /^(Bash|Agent|Task|mcp__(?!roost__))/.test(name ?? ''),
  );
}
