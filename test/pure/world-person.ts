import { choiceIdOf } from '../../src/conversation/state/choices.ts';
import { arrivalEventOf } from '../../src/objects/received-calls.ts';
import { CHANNELS } from './channels.ts';
import type { World } from './world.ts';

// The person of the closed world: what they write, tap and repeat, and what of it the carrier loses.

type InAir = { id: string; text: string; to: string; attachments: number; at: number; choice: string | null };

export class Person {
  #inAir: InAir[] = [];
  #sent: InAir[] = [];
  readonly #world: World;
  readonly #address: string;
  readonly #senders: readonly string[];

  constructor(world: World, { address, senders }: { address: string; senders: readonly string[] }) {
    this.#world = world;
    this.#address = address;
    this.#senders = senders;
  }

  text(text: string, { attachments = 0, sender = 0, lose = false, choice = null as string | null } = {}): void {
    const { carrier } = this.#world;
    const at = ++this.#world.now;
    const to = this.#senders[sender] as string;
    const inbound: InAir = { id: `IN${this.#sent.length + 1}`, text, to, attachments, at, choice };
    this.#sent.push(inbound);
    carrier.wrote(to, at);
    const word = text.toLowerCase();
    if (this.#hasOptOut && word === 'stop') carrier.optedOut = true;
    if (word === 'start') carrier.optedOut = false;
    if (lose) this.#inAir.push(inbound);
    else this.#accept(inbound, at, false);
  }

  /** Late webhooks arrive; `fromList`: texts without a webhook are found in the carrier's list. */
  land(fromList: boolean): void {
    const landing = this.#inAir;
    this.#inAir = [];
    for (const inbound of landing) {
      // The list contains no taps.
      if (fromList) this.#accept({ ...inbound, choice: null }, inbound.at, inbound.text === '');
      else this.#accept(inbound, this.#world.now, false);
    }
  }

  repeatWebhook(index: number): void {
    const { rows, rules, now } = this.#world;
    const known = this.#sent.filter((inbound) => !this.#inAir.includes(inbound));
    const inbound = known[index % Math.max(1, known.length)];
    const before = rows.all;
    if (!inbound) return;
    this.#accept(inbound, now, false);
    if (before.messages.length !== rows.all.messages.length) rules.broken('a repeated webhook added a message');
  }

  /** The person taps an option of some question, however old. */
  tap(index: number, option: number): void {
    const { questions } = this.#world.rows.all;
    const question = questions[index % Math.max(1, questions.length)];
    const title = question?.options[option];
    if (question && title) this.text(title, { choice: choiceIdOf(question.id, option) });
  }

  get #hasOptOut(): boolean {
    return CHANNELS(this.#address).optOutWords;
  }

  #accept({ id, text, to, attachments, choice }: InAir, receivedAt: number, late: boolean): void {
    const { rows, lanes } = this.#world;
    const uuid = `00000000-0000-5000-8000-${id.slice(2).padStart(12, '0')}`;
    if (rows.knowsMessage(id)) {
      lanes.keep(rows.load());
      return;
    }
    const word = text.toLowerCase();
    const optOut = word === 'start' || (this.#hasOptOut && (word === 'stop' || word === 'help')) ? word : null;
    const message = { providerId: id, uuid, from: this.#address, to, text, attachments, receivedAt };
    this.#world.apply(arrivalEventOf({ ...message, late, optOut, choice: choice ?? null }, rows.nextMessageSeq()));
  }
}
