import type { CarrierMessage } from '../../simulator/twilio/carrier-types.ts';
import { OURS, type Stack } from './stack.ts';

// People who text Roost, tap its buttons and read its answers, and the page that their texts make.

/** Anything but the notice that the text waits for the end of the turn before. */
const ANSWER = /^(?!Got it, )/;

/** Somebody on one channel: a person on two of them is here twice. */
export type Someone = { name: string; address: string };

const oursFor = ({ address }: Someone): string => (address.startsWith('telegram:') ? OURS.telegram : OURS.whatsapp);

export class Chat {
  readonly #stack: Stack;
  readonly #people: readonly Someone[];
  readonly #parts: { title: string; from: number }[] = [];
  /** What happened outside the chat, before the message of this number. */
  readonly #asides: { at: number; text: string }[] = [];

  constructor(stack: Stack, people: readonly Someone[]) {
    [this.#stack, this.#people] = [stack, people];
  }

  /** What follows is told under this title. */
  begin(title: string): void {
    this.#parts.push({ title, from: this.#stack.phones.messages().length });
  }

  aside(text: string): void {
    this.#asides.push({ at: this.#stack.phones.messages().length, text });
  }

  sentTo({ address }: Someone): CarrierMessage[] {
    return this.#stack.phones.messages().filter((m) => m.direction === 'outbound-api' && m.to === address);
  }

  /** Texts as this person, and resolves with the next message to `hears`. */
  text(who: Someone, body: string, like = ANSWER, hears = who): Promise<string> {
    const before = this.sentTo(hears).length;
    this.#stack.phones.receive({ from: who.address, to: oursFor(who), body, profileName: who.name });
    return this.next(hears, before, like, `an answer to ${who.name}’s “${body}”`);
  }

  async next(who: Someone, after: number, like: RegExp, what: string): Promise<string> {
    const find = (): CarrierMessage | undefined =>
      this.sentTo(who)
        .slice(after)
        .find(({ body }) => like.test(body));
    try {
      return (await this.#stack.until(find, what)).body;
    } catch (error) {
      const heard = this.sentTo(who).slice(after);
      throw new Error(
        `${String(error)}\nSince then ${who.name} heard: ${JSON.stringify(heard.map(({ body }) => body))}`,
      );
    }
  }

  /** Taps the button with this title in the newest message that has one. */
  tap(who: Someone, title: string, like: RegExp, hears = who): Promise<string> {
    const asked = this.sentTo(who).findLast((m) => m.offer?.items.some((item) => item.title === title));
    const id = asked?.offer?.items.find((item) => item.title === title)?.id;
    if (asked === undefined || id === undefined) {
      const offered = this.sentTo(who).flatMap((m) => m.offer?.items.map((item) => item.title) ?? []);
      throw new Error(`${who.name} has no button ${title}, but ${offered.join(', ')}`);
    }
    const before = this.sentTo(hears).length;
    const tap = { sid: asked.sid, id };
    this.#stack.phones.receive({ from: who.address, to: oursFor(who), tap, profileName: who.name });
    return this.next(hears, before, like, `what follows ${who.name}’s tap on ${title}`);
  }

  /** The texts of each part as a page. */
  page(introduction: string): string {
    const nameOf = (address: string): string => this.#people.find((one) => one.address === address)?.name ?? 'Roost';
    const lines = this.#stack.phones.messages().map((m, n) => {
      const buttons = m.offer ? ` [${m.offer.items.map(({ title }) => title).join('] [')}]` : '';
      const before = this.#asides.filter(({ at }) => at === n).map(({ text }) => `(${text})\n`);
      const fate = m.status === 'failed' || m.status === 'undelivered' ? ' (refused)' : '';
      return `${before.join('')}${nameOf(m.from)} → ${nameOf(m.to)}${fate}: ${m.body.replaceAll(/\n+/g, '\n    ')}${buttons}`;
    });
    const sections = this.#parts.map(({ title, from }, n) => {
      const said = lines.slice(from, this.#parts[n + 1]?.from).join('\n');
      return `## ${title.slice(0, 1).toUpperCase()}${title.slice(1)}\n\n\`\`\`text\n${said}\n\`\`\``;
    });
    return `${[introduction, ...sections].join('\n\n')}\n`;
  }
}
