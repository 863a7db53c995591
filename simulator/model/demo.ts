import { createHash } from 'node:crypto';
import { respond, separateTexts } from './abilities.ts';
import { auxiliaryAnswer } from './auxiliary.ts';
import { type Entry, readConversation, workingFolder } from './conversation.ts';
import { introduction, nothingNew, rememberedLine, summaryOf } from './demo-texts.ts';
import type { ModelRequest } from './messages-api.ts';
import type { Picture } from './received.ts';
import type { Reply, ReplyBlock } from './reply.ts';
import type { Outcome, Step } from './situation.ts';

// The demo model: the next reply as a pure function of the request, so that the same conversation always has the same
// replies. Several texts in one turn are answered one by one in one reply; their tools run in parallel. The table in
// abilities.ts lists the texts it understands. Keeps nothing between requests.
//
// Phrases with a fixed meaning, for tests and for trying things out: run: <command>          runs the command with
// Bash, answers with its output (Claude Code itself refuses a bare `sleep` of more than a few seconds) sleep 5 then say
// done   waits with Bash (in rounds of at most 60 s, so that texts can arrive in between), then answers say <something>
// answers with exactly that say a long answer       more than 3500 characters of Markdown: headings, bold, lists, a
// fence, a link note: buy bread         adds a line to notes.md with Write; "read my notes" reads it back write <text>
// to <file>  writes a file ask me red or blue?     asks with choices; `ask me what is your name?` without send me the
// file <name> sends a file of the folder; with `, say <words>` those go with it make a to-do app        writes
// todo.html with Write list files              ls -la in the working folder my name is Robin / what is my name? / what
// did I say before? The first answer of a conversation ends with a note that this is the demo model and how to set a
// key.

/** `hasKey`: the person has set a key and needs no advice about it. */
export function demoReply(request: ModelRequest, hasKey = false): Reply {
  const entries = readConversation(request);
  if (entries.at(-1)?.kind === 'compact') return text(summaryOf(allTexts(entries)));
  const auxiliary = auxiliaryAnswer(request);
  if (auxiliary !== null) return text(auxiliary);

  const { before, turn } = splitAtTurn(entries);
  const asked = turn.flatMap((entry) => (entry.kind === 'person' ? separate(entry.text, entry.pictures ?? []) : []));
  if (asked.length === 0) return text(nothingNew);
  const earlier = allTexts(before);
  const tools = toolNames(request);
  const folder = workingFolder(request);
  const rounds = outcomesByText(turn);
  const lines = asked.map(({ line }) => line);
  const steps = asked.map(({ line, pictures }, index) =>
    respond(line, {
      tools,
      folder,
      earlier: [...earlier, ...lines.slice(0, index)],
      pictures,
      outcomes: rounds.get(index) ?? [],
    }),
  );

  const calls = steps.flatMap((step, index): ReplyBlock[] =>
    step.do === 'use'
      ? [{ type: 'tool_use', name: step.tool, input: step.input, id: callId(request, index, rounds) }]
      : [],
  );
  if (calls.length > 0) return { kind: 'message', blocks: calls };
  const first = !before.some((entry) => entry.kind === 'answer' || entry.kind === 'summary');
  return text([...steps.map(words), ...(first ? [introduction(hasKey)] : [])].join('\n\n'));
}

const text = (line: string): Reply => ({ kind: 'message', blocks: [{ type: 'text', text: line }] });
const words = (step: Step): string => (step.do === 'say' ? step.text : '');

/** Each text with its pictures; the pictures of several joined lines belong to the first. */
const separate = (text: string, pictures: readonly Picture[]): { line: string; pictures: readonly Picture[] }[] =>
  separateTexts(text).map((line, index) => ({ line, pictures: index === 0 ? pictures : [] }));

/** The person's words, including those in the summary of a compacted conversation. */
const allTexts = (entries: readonly Entry[]): string[] =>
  entries.flatMap((entry) => {
    if (entry.kind === 'person') return [entry.text];
    return entry.kind === 'summary' ? [...entry.text.matchAll(rememberedLine)].map((match) => match[1] ?? '') : [];
  });

/** The turn begins after the last answer, or after the person stopped the model. */
function splitAtTurn(entries: readonly Entry[]): { before: Entry[]; turn: Entry[] } {
  const last = entries.findLastIndex((entry) => ['answer', 'stopped', 'summary'].includes(entry.kind));
  return { before: entries.slice(0, last + 1), turn: entries.slice(last + 1) };
}

function toolNames(request: ModelRequest): Set<string> {
  if (request.tool_choice?.type === 'none') return new Set();
  return new Set((request.tools ?? []).flatMap((tool) => (tool.name === undefined ? [] : [tool.name])));
}

// A call's id contains the text it serves. A hash of the conversation makes ids of different turns different.
function callId(request: ModelRequest, textIndex: number, rounds: Map<number, Outcome[]>): string {
  const hash = createHash('sha256').update(JSON.stringify(request.messages)).digest('hex').slice(0, 16);
  return `toolu_demo_${hash}_${textIndex}_${rounds.get(textIndex)?.length ?? 0}`;
}

function outcomesByText(turn: readonly Entry[]): Map<number, Outcome[]> {
  const byText = new Map<number, Outcome[]>();
  for (const call of turn) {
    if (call.kind !== 'call') continue;
    const index = Number(/_(\d+)_\d+$/.exec(call.id)?.[1] ?? -1);
    const result = turn.find((entry) => entry.kind === 'result' && entry.callId === call.id);
    const outcome = result?.kind === 'result' ? result : { text: 'The tool gave no result.', failed: true };
    byText.set(index, [
      ...(byText.get(index) ?? []),
      { tool: call.name, input: call.input, text: outcome.text, failed: outcome.failed },
    ]);
  }
  return byText;
}
