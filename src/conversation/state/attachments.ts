import type { AgentMessage } from '../../protocol/index.ts';
import { type FileKind, inboundTexts } from '../../texts/inbound.ts';
import { quote, toOneLine } from './quote-block.ts';
import type { InboundFile, Message } from './rows.ts';
import { findOpenAttempt, findOpenTurn, findTimer, type State } from './state.ts';

// The rows of files that came with messages: which goes to the machine next, and what the agent reads about each.

/** The protocol's limit. */
const AGENT_TEXT_MAX = 70_000;

const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'audio/ogg': '.ogg',
  'audio/mpeg': '.mp3',
  'audio/mp4': '.m4a',
  'audio/amr': '.amr',
  'video/mp4': '.mp4',
  'text/vcard': '.vcf',
  'text/x-vcard': '.vcf',
  'application/pdf': '.pdf',
};

export function kindOf({ type }: Pick<InboundFile, 'type'>): FileKind {
  if (/^text\/(x-)?vcard$/.test(type)) return 'contact';
  // Some types name the container, not its content.
  if (type.startsWith('audio/') || type.endsWith('/ogg')) return 'voice';
  return type.startsWith('image/') ? 'photo' : type.startsWith('video/') ? 'video' : 'file';
}

/** The file's name for the machine. */
export function senderNameOf(file: Pick<InboundFile, 'message' | 'name' | 'type'>): string {
  const plain = file.name?.trim() ?? '';
  return plain === '' ? `${kindOf(file)}-${file.message}${ENDINGS[file.type] ?? ''}` : plain.slice(0, 255);
}

export const fileRefOf = ({ message, n }: Pick<InboundFile, 'message' | 'n'>): string => `${message}/${n}`;

/** True if a file of the open turn hasn't reached the machine yet. */
export const hasPendingFiles = (state: State): boolean => state.files.some((f) => isWanted(state, f));

export const isPending = (state: State, message: Message): boolean =>
  state.files.some((f) => f.message === message.seq && f.state === 'wanted');

const isWanted = (state: State, file: InboundFile): boolean =>
  file.state === 'wanted' && state.messages.some((m) => m.seq === file.message && m.state === 'active');

/** The oldest file that can go to the machine now. Null if there is none, or if the file or the machine has to wait. */
export function findFileToBring(state: State, now: number): InboundFile | null {
  const reach = findTimer(state, 'reach');
  if (!findOpenAttempt(state) || findOpenTurn(state)?.stopping != null || (reach && reach.dueAt > now)) return null;
  const isLater = (file: InboundFile): boolean =>
    state.timers.some((t) => t.kind === 'file' && t.ref === fileRefOf(file) && t.dueAt > now);
  const wanted = state.files.filter((f) => isWanted(state, f) && !isLater(f));
  return wanted.sort((a, b) => a.message - b.message || a.n - b.n)[0] ?? null;
}

/** /retry brings these messages back, and their missing files are requested again. */
export const wantFilesAgain = (state: State, messages: readonly Message[]): State => ({
  ...state,
  files: state.files.map((f) =>
    f.state === 'failed' && messages.some(({ seq }) => seq === f.message)
      ? { ...f, state: 'wanted', attempts: 0, forgotten: 0, note: null }
      : f,
  ),
});

/** The message for the agent: its words, and a line for each file that came with it. */
export function toAgentMessage(message: Message, files: readonly InboundFile[]): AgentMessage {
  const { uuid, text, action, checkCommand: check } = message;
  // The text alone names an action of the machine, so file lines would spoil it.
  const takesFiles = action === null || action === 'command';
  const own = takesFiles ? files.filter((f) => f.message === message.seq) : [];
  const words = [text, ...own.map(line)].filter((part) => part !== '').join('\n\n');
  const ids = own.flatMap(({ id, state }) => (state === 'kept' && id !== null ? [id] : []));
  return {
    uuid,
    text: bounded(words),
    ...(action === null ? {} : { action }),
    ...(check === null ? {} : { check }),
    ...(ids.length === 0 ? {} : { files: ids }),
  };
}

function bounded(words: string): string {
  if (words.length <= AGENT_TEXT_MAX) return words;
  const end = `\n\n${inboundTexts.agent.cut}`;
  return words.slice(0, AGENT_TEXT_MAX - end.length) + end;
}

function line(file: InboundFile): string {
  const { agent } = inboundTexts;
  const kind = kindOf(file);
  const size = file.size === null ? [] : [sizeLabel(file.size)];
  const what = `${agent.kinds[kind]}: ${[toOneLine(senderNameOf(file), 100), file.type, ...size].join(', ')}`;
  if (file.state !== 'kept') return agent.fileMissing(what, file.note ?? '');
  if (kind !== 'voice') return agent.file(what);
  return file.transcript === null ? agent.untranscribed(what) : quote(agent.transcript(what), file.transcript);
}

function sizeLabel(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
