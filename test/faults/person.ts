import type { OnPhone } from './phone-carrier.ts';
import type { Message, Phones } from './phones.ts';
import type { Cast } from './plan.ts';
import { CHOICES, DECISIONS, numberOf, read } from './said.ts';
import type { Written } from './verdict.ts';

// One person and their phone: writes what an act wants, and does what the phone asks: answers questions, and texts
// /retry when the phone says that something waits for it. In memory.

/** A /retry without any answer after this long was lost. */
const RETRY_AGAIN_MS = 3000;
const RETRIES_MAX = 40;

export class Person {
  readonly phone: string;
  readonly #phones: Phones;
  #made = 0;
  #retries = 0;
  #mayAnswer = Promise.resolve();
  #toBringBack = false;
  /** The names of the projects that the person knows of. */
  readonly projects: string[] = [];
  /** The newest answer on the phone, for quoting. */
  newestAnswer: { sid: string; id: string; project: string | null; thread: string | undefined } | null = null;
  /** Their last text to the agent. */
  newestText: string | null = null;
  /** At the next question they tap the previous one again, unless they write their answers. */
  tapsAgain = false;
  /** The person's topics, by name. */
  readonly #topics = new Map<string, string>();
  answersBy: NonNullable<Cast['answersBy']> = 'button';
  readonly #asked = new Map<string, { choice: string; seen: () => void }>();
  /** Question → the message that shows it, and their choice. */
  readonly #chosen: { message: OnPhone; choice: string }[] = [];
  /** Texts with open questions about them. */
  readonly #toBeAsked = new Set<string>();

  constructor(number: number, phones: Phones) {
    this.phone = phones.addressOf(number);
    this.#phones = phones;
  }

  write(message: Omit<Message, 'phone'>): void {
    if (message.what === 'words') this.newestText = message.id;
    this.#phones.write({ ...message, phone: this.phone });
  }

  /** A command, or words that need no answer. */
  says(what: Exclude<Written['what'], 'words' | 'topic'>, body: string, more: Partial<Message> = {}): string {
    const id = `${what} ${this.phone.slice(-3)}-${++this.#made}`;
    this.write({ ...more, id, what, body });
    return id;
  }

  /** The topic of the chat for that text; made when it is first needed. */
  topicFor(id: string): string {
    const name = TOPICS[Number(numberOf(id)) % TOPICS.length] ?? TOPICS[0];
    const thread =
      this.#topics.get(name) ?? this.#phones.makeTopic(`topic ${this.phone.slice(-3)} ${name}`, this.phone, name);
    this.#topics.set(name, thread);
    return thread;
  }

  /** Postpones answers to questions until `then`. */
  answersWhen(then: Promise<void>): void {
    this.#mayAnswer = then;
  }

  /** Resolves when the phone shows the question of that text; it is answered with `choice`. */
  asked(id: string, choice: string): Promise<void> {
    this.#toBeAsked.add(id);
    return new Promise((seen) => this.#asked.set(id, { choice, seen }));
  }

  /** The product would take anything they wrote now for the answer to a question. */
  get owesAnAnswer(): boolean {
    return this.#toBeAsked.size > 0;
  }

  /** The phone shows something new. */
  reads(message: OnPhone): void {
    for (const said of read(message.body)) {
      const id = said.ids[0] ?? '';
      if (said.kind === 'answer') {
        // Until the relay knows the id, it knows no quotation of it.
        if (message.hasCallbacks)
          this.newestAnswer = { sid: message.sid, id, project: said.project, thread: message.thread };
        for (const each of said.ids) this.#toBeAsked.delete(each);
      }
      if (said.kind === 'question') {
        const asked = this.#asked.get(id);
        asked?.seen();
        if (asked) void this.#mayAnswer.then(() => this.#taps(message, asked.choice));
      }
      const doubted = said.kind === 'in doubt' ? this.#asked.get(id) : undefined;
      if (doubted) this.#choose(message, doubted.choice);
      // A tap that came so late that the product took it for words: the question is still open.
      const late = said.kind === 'late' && this.owesAnAnswer ? this.#chosen.at(-1) : undefined;
      if (late && message.body.includes(`“${late.choice}”`)) this.#choose(late.message, late.choice);
      const link = said.kind === 'link' ? /https?:\S+/.exec(message.body)?.[0] : undefined;
      if (link) void this.#phones.download(message.sid, link);
      // The others may belong to something that is over; deep work continues until it is ended.
      if (said.kind === 'left undone' && said.command === '/end') this.says('/end', '/end');
      if (said.kind === 'gave up') void this.#bringsBack();
      const isMeant = said.ids.length > 0 && said.ids.every((each) => this.#phones.get(each)?.staysStopped);
      if (said.kind === 'stopped' && said.count > 0 && !isMeant) void this.#bringsBack();
      if (said.kind === 'still stopping') void this.#bringsBack();
      if (said.kind === 'retrying' || said.kind === 'nothing to retry') this.#toBringBack = false;
    }
  }

  /** One last look: brings back everything that is still kept. */
  looksAgain(): void {
    void this.#bringsBack();
  }

  async #bringsBack(): Promise<void> {
    if (this.#toBringBack || this.#retries >= RETRIES_MAX) return;
    this.#toBringBack = true;
    this.#retries += 1;
    await new Promise((resolve) => setTimeout(resolve, RETRY_AGAIN_MS));
    this.says('/retry', '/retry');
    this.#toBringBack = false;
  }

  #taps(message: OnPhone, choice: string): void {
    const before = this.#chosen.at(-1);
    // A person who writes their answers taps nothing: the old words would answer the new question.
    const isTap = this.tapsAgain && this.answersBy !== 'words';
    if (isTap && before && this.#phones.canTap(before.message.sid)) this.#choose(before.message, before.choice);
    this.#choose(message, choice);
  }

  /** Taps a button if there is one, otherwise writes the words. */
  #choose(message: OnPhone, choice: string): void {
    const by = this.answersBy;
    this.#chosen.push({ message, choice });
    const isShown = by !== 'words' && this.#phones.canTap(message.sid);
    const item = isShown ? message.items.find(({ title }) => title === choice) : undefined;
    const { thread } = message;
    const tap = {
      ...(item ? { tap: { sid: message.sid, id: item.id } } : {}),
      ...(thread !== undefined && { thread }),
    };
    this.says('choice', choice, tap);
    if (item && by === 'button, twice') this.says('choice', choice, tap);
  }
}

const TOPICS = ['garden', 'harbour'] as const;

/** Their choice when asked about that text. */
export const choiceFor = (id: string): string => CHOICES[Number(id.slice(1)) % CHOICES.length] ?? CHOICES[0];

/** Their decision when asked for consent. */
export const decisionFor = (id: string): (typeof DECISIONS)[number] =>
  DECISIONS[Number(id.slice(1)) % DECISIONS.length] ?? 'Deny';

export const wordsOf = ({ id, complete }: Cast['texts'][number]): string => `${id} please${complete ? '.' : ''}`;
