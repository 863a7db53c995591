import { contentOf, pathOf } from './files.ts';
import type { Outcome, Situation, Step } from './situation.ts';

// How the demo model creates and lists schedules, and performs their tasks. It only finds the words that say when; the
// relay interprets them. Pure.

const CREATE = 'mcp__roost__schedule_create';
const ASK = 'mcp__roost__ask_person';
const STANDUP = 'Text me my standup: what is new in the notes since the last one, and what is open.';

/** Words that begin a time. */
const WHEN = String.raw`(?:every|each|daily|weekdays?|hourly|on|at|in|tomorrow|today|tonight|next)\b`;
/** “in 1 minute: tea”. */
const WITH_COLON = new RegExp(String.raw`^(${WHEN}[^\n]*?):\s+(\S[\s\S]*)$`, 'i');
/** “a standup every morning at 9”, “every day at 8 the weather”. */
const LAST = new RegExp(String.raw`^([\s\S]*?)\s*,?\s*\b(${WHEN}[^\n]*)$`, 'i');
const FIRST = new RegExp(
  String.raw`^(${WHEN}[^\n]*?)\s*[:,]?\s+(?:to|that|about|with|of|a|an|the|my)\s+([\s\S]+)$`,
  'i',
);

/** “text me a standup every morning at 9”: `words` is what follows “text me”. */
export function scheduleTask(words: string, situation: Situation): Step {
  const found = split(words);
  if (!found) return { do: 'say', text: 'Say when, too: “text me a standup every weekday at 9”.' };
  const text = /\bstand-?up\b/i.test(found.what) ? STANDUP : `Text me ${found.what}.`;
  return create({ does: 'agent', when: found.when, text }, situation);
}

/** “remind me in 20 minutes to take the bread out”: `words` is what follows “remind me”. */
export function scheduleReminder(words: string, situation: Situation): Step {
  const found = split(words);
  if (!found) return { do: 'say', text: 'Say when, too: “remind me in 20 minutes to take the bread out”.' };
  return create({ does: 'remind', when: found.when, text: found.what.replace(/^(?:to|that)\s+/i, '') }, situation);
}

function split(words: string): { when: string; what: string } | null {
  const first = WITH_COLON.exec(words.trim()) ?? FIRST.exec(words.trim());
  if (first?.[1] && first[2]) return { when: first[1], what: first[2] };
  const last = LAST.exec(words.trim());
  const what = last?.[1]?.trim() ?? '';
  return last?.[2] && what !== '' ? { when: last[2].replace(/[.!?]+$/, ''), what } : null;
}

/** Asks for the zone when the relay does not know it. */
function create(input: Record<string, unknown>, { outcomes }: Situation): Step {
  const outcome = outcomes.at(-1);
  if (!outcome) return { do: 'use', tool: CREATE, input };
  if (outcome.tool === ASK) return { do: 'use', tool: CREATE, input: { ...input, zone: outcome.text } };
  const asks = outcome.failed && /time zone/i.test(outcome.text) && !outcomes.some(({ tool }) => tool === ASK);
  return asks
    ? { do: 'use', tool: ASK, input: { question: 'Which time zone are you in? A city name is enough.' } }
    : { do: 'say', text: forPerson(outcome.text) };
}

/** Without the part of the tool's result that is for the agent only. */
const forPerson = (text: string): string => text.replace(/\n?^Tell the person\b.*$/m, '').trim();

/** List, pause, resume, cancel: the tool's result is the answer. */
export function scheduleTool(tool: string, input: Record<string, unknown>, { outcomes }: Situation): Step {
  const outcome = outcomes.at(-1);
  return outcome ? { do: 'say', text: outcome.text } : { do: 'use', tool: `mcp__roost__schedule_${tool}`, input };
}

/** The lines above a run's task, and the task. */
export const RUN = /^\[This is a scheduled run[^\]]*\]\s*([\s\S]*)$/;

const NOTES = 'notes.md';
const NOTES_SHOWN = 10;

/** The standup itself, from the notes: reading the project needs no consent, which nobody could give at nine. */
export function standup({ folder, outcomes }: Situation): Step {
  const outcome = outcomes.at(-1);
  if (!outcome) return { do: 'use', tool: 'Read', input: { file_path: pathOf(NOTES, folder) } };
  return { do: 'say', text: `**Your standup**\n\n${notesOf(outcome)}` };
}

function notesOf(outcome: Outcome): string {
  if (outcome.failed) return 'No notes yet. Text me “note: …”, and it will be here.';
  if (/unchanged/i.test(outcome.text)) return 'Nothing new in your notes since the last one.';
  // Read numbers the empty line after the last one, too.
  const text = outcome.text.replace(/\n *\d+[→\t]?\s*$/, '');
  return contentOf({ ...outcome, text })
    .trimEnd()
    .split('\n')
    .slice(-NOTES_SHOWN)
    .join('\n');
}
