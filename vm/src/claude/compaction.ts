import { basename } from 'node:path';
import { normaliseUnicode } from '../../../src/protocol/linear-text.ts';
import { Folder } from '../files/folder.ts';
import { isPrompt, promptTextOf, type TranscriptEntry, textsOf } from './transcript.ts';
import { withoutUndone } from './undo.ts';

// Saves a conversation in its project before the agent compacts it: all texts, and tools by name only. Owns the file's
// format and place; nothing here reads the files again.

const FOLDER = 'conversations';
const NAME_MAX = 50;
const TEXT_MAX = 2_000_000;
/** The most files of one name and day. */
const SAME_NAME_MAX = 100;

/** Saves the conversation and returns the file's path in the project; null when there is nothing to save. */
export function saveConversation(cwd: string, entries: readonly TranscriptEntry[], now: Date): string | null {
  const text = conversationText(entries, now);
  if (text === null) return null;
  // The agent can change this folder: following a link would let it choose where this process writes.
  using project = Folder.open(cwd);
  using folder = project.make(FOLDER);
  const name = `${now.toISOString().slice(0, 10)}-${summaryNameOf(text.first)}`;
  for (let n = 1; n <= SAME_NAME_MAX; n += 1) {
    const file = `${n === 1 ? name : `${name}-${n}`}.md`;
    try {
      folder.write(file, text.body);
      return `${FOLDER}/${file}`;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  throw new Error(`${FOLDER} has too many files named ${name}`);
}

/** Removes a saved conversation whose compaction failed. */
export function removeSaved(cwd: string, path: string): void {
  using project = Folder.open(cwd);
  using folder = project.enter(FOLDER);
  folder.remove(basename(path));
}

/** The conversation since the last compaction, in Markdown; null when the person said nothing. */
function conversationText(entries: readonly TranscriptEntry[], now: Date): { first: string; body: string } | null {
  const live = withoutUndone(entries).filter((entry) => !entry.isSidechain && !entry.isMeta);
  const since = live.slice(live.findLastIndex(({ subtype }) => subtype === 'compact_boundary') + 1);
  const said = since.flatMap(spoken);
  const first = said.find(({ who }) => who === 'You')?.text;
  if (first === undefined) return null;
  let speaker = '';
  const blocks = said.map(({ who, text }) => {
    const heading = who === speaker ? '' : `## ${who}\n\n`;
    speaker = who;
    return `${heading}${text}\n`;
  });
  const head = `# ${oneLine(first).slice(0, 80)}\n\nSaved ${now.toISOString()}, before it was summarized.\n`;
  return { first, body: bounded([head, ...blocks].join('\n')) };
}

const CUT = '\n\n(The rest of this conversation was too long to save.)\n';
const bounded = (text: string): string => (text.length <= TEXT_MAX ? text : text.slice(0, TEXT_MAX - CUT.length) + CUT);

function spoken(entry: TranscriptEntry): { who: 'You' | 'Assistant'; text: string }[] {
  if (entry.type === 'attachment') {
    const { type, prompt } = entry.attachment ?? {};
    return type === 'queued_command' && typeof prompt === 'string' ? [{ who: 'You', text: prompt }] : [];
  }
  if (isPrompt(entry)) {
    const words = promptTextOf(entry);
    return words.startsWith('/compact') ? [] : [{ who: 'You', text: words }];
  }
  if (entry.type !== 'assistant' || entry.isApiErrorMessage || !entry.message) return [];
  const { content } = entry.message;
  const tools = typeof content === 'string' ? [] : content.filter(({ type }) => type === 'tool_use');
  const texts = [...textsOf(content), ...tools.map(({ name }) => `*(used ${name ?? 'a tool'})*`)];
  return texts.map((text) => ({ who: 'Assistant', text }));
}

/** A file name of the first words, with letters and digits of any language, so that the person can find it. */
export function summaryNameOf(words: string): string {
  const parts =
    normaliseUnicode(words, 'NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  let name = '';
  for (const part of parts) {
    const longer = name === '' ? part : `${name}-${part}`;
    if ([...longer].length > NAME_MAX) break;
    name = longer;
  }
  return name || [...(parts[0] ?? 'conversation')].slice(0, NAME_MAX).join('');
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
