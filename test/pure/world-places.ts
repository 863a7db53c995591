import { schemeOf } from '../../src/addresses.ts';
import type { Event } from '../../src/conversation/state/events.ts';
import { findAddress, isLocked, isOfPerson } from '../../src/conversation/state/person.ts';
import type { Message, Reply } from '../../src/conversation/state/rows.ts';
import { findOpenTurn, type State, seesAllReplies } from '../../src/conversation/state/state.ts';
import { CHANNELS } from './channels.ts';
import type { World } from './world.ts';
import type { Coverage } from './world-coverage.ts';

// The rules for a person with several addresses: where replies go, and that a closed channel holds up nothing that can
// leave by another one.

export class PlaceRules {
  readonly #world: World;
  readonly #broken: (what: string) => never;
  readonly #coverage: Coverage;

  constructor(world: World, broken: (what: string) => never, coverage: Coverage) {
    this.#world = world;
    this.#broken = broken;
    this.#coverage = coverage;
  }

  step(before: State, after: State, event: Event): void {
    if (event.type === 'machine' && event.event.type === 'result' && !event.event.is_error)
      this.#answers(before, after, event.event.user_message_uuids);
    this.#unasked(before, after);
    this.#order(before, after);
    this.#cover(before, after, event);
  }

  /** Nothing leaves to an address that is locked or no longer the person's. */
  handOver({ id, from, to, body }: Reply, state: State): void {
    const { limits } = CHANNELS(to);
    if (body.length > limits.text) this.#broken(`${body.length} characters leave to ${to}`);
    if (!isOfPerson(state, to)) this.#broken(`a reply leaves to ${to}, which is not the person's`);
    if (isLocked(state, to) && findAddress(state, to)?.told !== id)
      this.#broken(`a reply leaves to ${to}, which is locked`);
    if (schemeOf(from) !== schemeOf(to)) this.#broken(`a reply leaves from ${from} to ${to}`);
  }

  /** A turn's answer goes to where its newest text came from; who wrote elsewhere reads there where it is. */
  #answers(before: State, after: State, listed: readonly string[]): void {
    const turn = findOpenTurn(before);
    const made = after.replies.filter((r) => r.kind === 'answer' && isNew(r, before) && r.turn === turn?.id);
    const texts = before.messages.filter((m) => m.turn === turn?.id && isOwn(m));
    const newest = texts.at(-1);
    if (made.length === 0 || newest === undefined || turn?.run !== null) return;
    const astray = made.find(({ to }) => to !== newest.from);
    if (astray && this.#isOpen(after, newest)) this.#broken(`an answer goes to ${astray.to}, not to ${newest.from}`);
    const others = texts.filter((m) => listed.includes(m.uuid) && m.from !== newest.from && this.#isOpen(after, m));
    const untold = others.find(({ from }) => !after.replies.some((r) => isNew(r, before) && r.to === from));
    if (untold) this.#broken(`nobody tells ${untold.from} where the answer is`);
  }

  /** What nobody waits for goes to the chosen channel, if the person is there. */
  #unasked(before: State, after: State): void {
    const { reach } = after.conversation;
    if (reach === null || reach !== before.conversation.reach) return;
    for (const reply of after.replies) {
      const isUnasked = reply.kind === 'reminder' || reply.kind === 'alert' || reply.schedule !== null;
      if (!isUnasked || !isNew(reply, before) || reply.copies > 0 || before.replies.some((r) => isLike(r, reply)))
        continue;
      const there = this.#world.person.places.find(({ address }) => schemeOf(address) === reach);
      const isKnown = after.windows.some(({ sender }) => schemeOf(sender) === reach);
      const isThere =
        there !== undefined && isKnown && isOfPerson(after, there.address) && !isLocked(after, there.address);
      if (isThere && schemeOf(reply.to) !== reach)
        this.#broken(`what nobody waits for goes to ${reply.to}, not to ${reach}`);
    }
  }

  /** What waits keeps its order, wherever a part of it moves; of a long backlog only the first are in the state. */
  #order(before: State, after: State): void {
    if (before.replies === after.replies || !seesAllReplies(before)) return;
    let last = 0;
    const heirs = new Set<Reply>();
    for (const reply of [...before.replies].sort((a, b) => a.seq - b.seq)) {
      const now = after.replies.find(({ id }) => id === reply.id);
      const isReplaced = now?.state === 'replaced' && reply.state !== 'replaced';
      const heir = isReplaced ? findHeir(before, after, reply, heirs) : now;
      if (heir?.state !== 'ready') continue;
      heirs.add(heir);
      if (reply.state !== 'ready') continue;
      if (heir.seq < last) this.#broken(`reply ${reply.seq} overtakes another one that waits`);
      last = heir.seq;
    }
  }

  #cover(before: State, after: State, event: Event): void {
    const [, further] = this.#world.person.places;
    if (!further || before.addresses === after.addresses) return;
    const is = (state: State): string =>
      isLocked(state, further.address) ? 'locked' : isOfPerson(state, further.address) ? 'theirs' : 'gone';
    if (is(before) !== is(after)) this.#coverage.changed('address', is(before), is(after), event);
  }

  /** At rest no reply is held while another address of the person takes it. */
  atRest(): void {
    const { rows, carriers, now } = this.#world;
    const state = rows.all;
    if (state.conversation.optedOutAt !== null) return;
    for (const reply of state.replies.filter((r) => r.state === 'held' && mayLeaveElsewhere(r))) {
      const open = this.#world.person.places.find(({ address }) => {
        const window = newestWindow(state, schemeOf(address));
        const isFree =
          isOfPerson(state, address) && !isLocked(state, address) && schemeOf(address) !== schemeOf(reply.to);
        return (
          isFree && window !== null && this.#isWindowOpen(window) && !carriers.of(address).isClosed(window.sender, now)
        );
      });
      if (open) this.#broken(`reply ${reply.seq} to ${reply.to} is held, and ${open.address} is open`);
    }
  }

  #isOpen(state: State, { from, to }: Message): boolean {
    const window = state.windows.find(({ sender }) => sender === to);
    const isFree = isOfPerson(state, from) && !isLocked(state, from);
    return isFree && window !== undefined && this.#isWindowOpen(window);
  }

  #isWindowOpen({ sender, lastInboundAt, refusedAt }: State['windows'][number]): boolean {
    const { windowMs } = CHANNELS(sender);
    return refusedAt === null && (windowMs === null || this.#world.now - lastInboundAt < windowMs);
  }
}

/** Other words stand a line apart. */
const withEdges = (words: string): string => `\n\n${words}\n\n`;

/** The new row with the words of that one, or with their beginning: one that is nobody's heir yet, if there is one. */
function findHeir(before: State, after: State, { body }: Reply, known: ReadonlySet<Reply>): Reply | undefined {
  const isHeir = (r: Reply): boolean =>
    isNew(r, before) && (withEdges(r.body).includes(withEdges(body)) || (r.body !== '' && body.startsWith(r.body)));

  const all = after.replies.filter(isHeir);
  return all.find((r) => !known.has(r)) ?? all[0];
}

const isNew = ({ id }: Reply, before: State): boolean => !before.replies.some((r) => r.id === id);

/** The same words in another row. */
const isLike = (one: Reply, other: Reply): boolean => one.body !== '' && other.body.includes(one.body);

const isOwn = ({ run, providerId }: Message): boolean => run === null && !providerId.startsWith('own/');

/** Neither out of date elsewhere, nor paid for its channel, nor perhaps arrived, nor a link that gives rights. */
const mayLeaveElsewhere = ({ kind, template, unknownAt, body }: Reply): boolean =>
  kind !== 'progress' && kind !== 'nudge' && template === null && unknownAt === null && !/https?:/.test(body);

const newestWindow = ({ windows }: State, scheme: string): State['windows'][number] | null =>
  windows.filter(({ sender }) => schemeOf(sender) === scheme).sort((a, b) => b.lastInboundAt - a.lastInboundAt)[0] ??
  null;
