import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseTranscript, type TranscriptEntry } from '../../vm/src/claude/transcript.ts';

// The scripted agent's memory of one session: a file of JSON lines in the real agent's format, so that the machine
// reads it with its own code. Each line is written before anybody can see its effect; a torn last line is ignored.

type Block = { type: string; text?: string; id?: string; name?: string; input?: object; tool_use_id?: string };
export type HistoryMessage = { role: 'user' | 'assistant'; content: Block[] };

export class Transcript {
  readonly #path: string;
  #entries: TranscriptEntry[];
  readonly #messages: HistoryMessage[] = [];

  constructor(path: string) {
    this.#path = path;
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    // Also without any line: a session is known as soon as it has begun.
    appendFileSync(path, text === '' || text.endsWith('\n') ? '' : '\n');
    this.#entries = parseTranscript(text);
    for (const entry of this.#entries) this.#remember(entry);
  }

  /** To the agent, an abandoned message is a repeat like an answered one. */
  standing(uuid: string): 'unknown' | 'open' | 'answered' {
    if (!this.#entries.some((entry) => isText(entry) && entry.uuid === uuid)) return 'unknown';
    return this.open().includes(uuid) ? 'open' : 'answered';
  }

  /** The unanswered messages, oldest first: the model reads them all and answers them together. */
  open(): string[] {
    const since = this.#entries.slice(this.#entries.findLastIndex(endsTurn) + 1);
    return since.filter(isText).flatMap(({ uuid }) => uuid ?? []);
  }

  /** Open messages stay without an answer, as the real agent leaves a cut turn that is not continued. */
  leave(): void {
    if (this.open().length > 0) this.#assistant('stop_sequence', [{ type: 'text', text: FILLER }], '<synthetic>');
  }

  user(uuid: string, text: string): void {
    this.#append({ type: 'user', uuid, message: { content: [{ type: 'text', text }] } });
  }

  call({ id, name }: { id: string; name: string }): void {
    this.#assistant('tool_use', [{ type: 'tool_use', id, name, input: {} }]);
  }

  result({ id }: { id: string }, text: string): void {
    const content = [{ type: 'tool_result', tool_use_id: id, text }];
    this.#append({ type: 'user', uuid: randomUUID(), message: { content } });
  }

  answer(text: string): void {
    this.#assistant('end_turn', [{ type: 'text', text }]);
  }

  /** The conversation for the model. A cut call is left out, as in the real agent. */
  history(told: string | null): HistoryMessage[] {
    const last = this.#messages.at(-1);
    const kept = last?.content.some(({ type }) => type === 'tool_use') ? this.#messages.slice(0, -1) : this.#messages;
    const whole = kept.filter((message, index) => !isCut(message, kept[index + 1]));
    return told === null ? whole : [...whole, { role: 'user', content: [{ type: 'text', text: told }] }];
  }

  #assistant(stop_reason: string, content: Block[], model?: string): void {
    this.#append({ type: 'assistant', uuid: randomUUID(), message: { id: randomUUID(), model, stop_reason, content } });
  }

  #append(entry: object): void {
    const line = JSON.stringify(entry);
    appendFileSync(this.#path, `${line}\n`);
    const [parsed] = parseTranscript(line);
    if (!parsed) throw new Error('a transcript line of another form');
    this.#entries = [...this.#entries, parsed];
    this.#remember(parsed);
  }

  #remember({ type, message }: TranscriptEntry): void {
    if (!message || typeof message.content === 'string') return;
    this.#messages.push({ role: type === 'assistant' ? 'assistant' : 'user', content: message.content as Block[] });
  }
}

const FILLER = 'No response requested.';
/** The answer to all open messages, or the filler in its place. */
const endsTurn = ({ type, message }: TranscriptEntry): boolean =>
  type === 'assistant' && message?.stop_reason !== 'tool_use';

const isText = ({ type, message }: TranscriptEntry): boolean =>
  type === 'user' && Array.isArray(message?.content) && message.content.every((block) => block.type === 'text');

/** A call without a result. */
function isCut(message: HistoryMessage, next: HistoryMessage | undefined): boolean {
  const call = message.content.find(({ type }) => type === 'tool_use');
  return call !== undefined && !next?.content.some((block) => block.tool_use_id === call.id);
}
