import { choiceIdOf } from '../../src/conversation/state/choices.ts';
import { isLocked, isOfPerson } from '../../src/conversation/state/person.ts';
import { arrivalEventOf } from '../../src/objects/received-calls.ts';
import { CHANNELS } from './channels.ts';
import type { World } from './world.ts';

// The person of the closed world: what they write, tap and repeat on each of their channels, and what of it the carrier
// loses.

/** An address of theirs, and ours on that channel. */
type Place = { address: string; senders: readonly string[] };
type InAir = {
  id: string;
  text: string;
  from: string;
  to: string;
  attachments: number;
  at: number;
  choice: string | null;
};

const READ_MS = 5_000;

export class Person {
  readonly places: readonly Place[];
  #inAir: InAir[] = [];
  #sent: InAir[] = [];
  readonly #world: World;

  constructor(world: World, places: readonly Place[]) {
    this.#world = world;
    this.places = places;
  }

  /** `at`: on which channel. */
  text(text: string, { attachments = 0, at = 0, sender = 0, lose = false, choice = null as string | null } = {}): void {
    const { address: from, senders } = this.#placeAt(at);
    const carrier = this.#world.carriers.of(from);
    const now = ++this.#world.now;
    const to = senders[sender] as string;
    const inbound: InAir = { id: `IN${this.#sent.length + 1}`, text, from, to, attachments, at: now, choice };
    this.#sent.push(inbound);
    carrier.wrote(to, now);
    const word = text.toLowerCase();
    if (hasOptOut(from) && word === 'stop') carrier.optedOut = true;
    if (word === 'start') carrier.optedOut = false;
    if (lose) this.#inAir.push(inbound);
    else this.#accept(inbound, now, false);
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
    // A text that went elsewhere would be taken now.
    if (!inbound || !rows.knowsMessage(inbound.id)) return;
    this.#accept(inbound, now, false);
    if (before.messages.length !== rows.all.messages.length) rules.broken('a repeated webhook added a message');
  }

  /** The person taps an option of some question, however old. */
  tap(index: number, option: number, at: number): void {
    const { questions } = this.#world.rows.all;
    const question = questions[index % Math.max(1, questions.length)];
    const title = question?.options[option];
    if (question && title) this.text(title, { choice: choiceIdOf(question.id, option), at });
  }

  /** The person takes their further address away, in words from another one. */
  unlink(): void {
    const further = this.places[1];
    if (!further || !this.isTheirs(further.address)) return;
    this.text(`/unlink ${further.address.replaceAll(/[^a-z\d]/g, '')}`);
    // A yes counts once the question is there.
    this.#world.wait(READ_MS);
    this.text('yes');
  }

  /** The further address is linked with a code; its chat has said yes. */
  link(): void {
    const { rows } = this.#world;
    const further = this.places[1];
    if (!further || this.isTheirs(further.address)) return;
    const inbound = this.#written(further, 'yes');
    const event = this.#arrival(inbound, inbound.at, false, rows.nextMessageSeq());
    this.#world.apply({ type: 'linked', message: event.message });
  }

  /** Somebody else writes from the number of the further address: it is locked. */
  recycle(): void {
    const further = this.places[1];
    const [to] = further?.senders ?? [];
    if (!further || to === undefined || !this.isTheirs(further.address)) return;
    const other = { externalId: 'whatsapp:US.99', text: null, secret: null };
    this.#world.apply({ type: 'locked', from: further.address, to, ...other });
  }

  /** An admin says that the number is still theirs. */
  unlock(): void {
    const further = this.places[1];
    if (further && isLocked(this.#world.rows.all, further.address))
      this.#world.apply({ type: 'bind', address: further.address, how: 'admin' });
  }

  isTheirs(address: string): boolean {
    return isOfPerson(this.#world.rows.all, address);
  }

  #placeAt(at: number): Place {
    return this.places[at % this.places.length] as Place;
  }

  #written({ address: from, senders }: Place, text: string): InAir {
    const at = ++this.#world.now;
    const to = senders[0] as string;
    const inbound = { id: `IN${this.#sent.length + 1}`, text, from, to, attachments: 0, at, choice: null };
    this.#sent.push(inbound);
    this.#world.carriers.of(from).wrote(to, at);
    return inbound;
  }

  #accept(inbound: InAir, receivedAt: number, late: boolean): void {
    const { rows, lanes } = this.#world;
    // It goes to another object, or waits for a yes.
    if (!this.isTheirs(inbound.from) || isLocked(rows.all, inbound.from)) return;
    if (rows.knowsMessage(inbound.id)) {
      lanes.keep(rows.load());
      return;
    }
    this.#world.apply(this.#arrival(inbound, receivedAt, late, rows.nextMessageSeq()));
  }

  #arrival({ id, text, from, to, attachments, choice }: InAir, receivedAt: number, late: boolean, seq: number) {
    const uuid = `00000000-0000-5000-8000-${id.slice(2).padStart(12, '0')}`;
    const word = text.toLowerCase();
    const optOut: 'start' | 'stop' | 'help' | null =
      word === 'start' || (hasOptOut(from) && (word === 'stop' || word === 'help')) ? word : null;
    const message = { providerId: id, uuid, from, to, text, attachments, receivedAt };
    return arrivalEventOf({ ...message, late, optOut, choice }, seq);
  }
}

const hasOptOut = (address: string): boolean => CHANNELS(address).optOutWords;
