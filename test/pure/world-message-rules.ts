import type { Event } from '../../src/conversation/state/events.ts';
import { answerAddressOf, isLocked } from '../../src/conversation/state/person.ts';
import type { Message } from '../../src/conversation/state/rows.ts';
import { findOpenTurn, findUntoldTurns, type State } from '../../src/conversation/state/state.ts';
import type { Timer } from '../../src/conversation/state/timers.ts';
import { GAVE_UP, whyGivenUp } from '../../src/texts/given-up.ts';
import type { World } from './world.ts';
import type { Coverage } from './world-coverage.ts';

// The rules for texts: where each goes, how it ends, and that the person hears of it.

const MESSAGE_CHANGES: Record<Message['state'], readonly Message['state'][]> = {
  waiting: ['active', 'consumed', 'failed'],
  // Back to waiting: given to the turn, and the machine did not accept it any more.
  active: ['consumed', 'failed', 'waiting'],
  // Consumed: a later answer lists it, too.
  failed: ['waiting', 'active', 'consumed'],
  consumed: [],
};

/** They stand for a call whose answer is said. */
const ASKS: readonly Timer['kind'][] = ['recipients', 'let-go'];

const SENTENCES = GAVE_UP.map(whyGivenUp);

export class MessageRules {
  readonly #world: World;
  readonly #broken: (what: string) => never;
  readonly #coverage: Coverage;

  constructor(world: World, broken: (what: string) => never, coverage: Coverage) {
    this.#world = world;
    this.#broken = broken;
    this.#coverage = coverage;
  }

  step(before: State, after: State, event: Event): void {
    this.#projects(before, after, event);
    this.#messages(before, after, event);
    this.#recipients(before, after);
    this.#untold(before, after);
  }

  /** A person's texts stay in their project, and in their session after a new start there. An answer goes to its question's. */
  #projects(before: State, after: State, event: Event): void {
    const { project } = after.conversation;
    if (!after.projects.some((p) => p.id === project && p.archivedAt === null))
      this.#broken('the active project is archived');
    const arrived = event.type === 'message' ? after.messages.find((m) => m.seq === event.message.seq) : null;
    const isAnswer = event.type === 'message' && event.choice !== undefined;
    const isKept = !isAnswer && (arrived?.state === 'waiting' || arrived?.state === 'active');
    if (isKept && arrived.project !== before.conversation.project) this.#broken('a message went to another project');
    for (const now of after.projects) {
      const was = before.projects.find((p) => p.id === now.id);
      const isTold = event.type === 'machine' && was !== undefined && was.sessionId !== now.sessionId;
      if (isTold && findOpenTurn(before)?.generation !== now.generation)
        this.#broken('a turn of before put the project in its session');
    }
  }

  #messages(before: State, after: State, event: Event): void {
    const said = after.conversation.nextReplySeq > before.conversation.nextReplySeq;
    const isOut = after.conversation.optedOutAt !== null;
    const known =
      event.type === 'message' || event.type === 'linked' ? [...before.messages, event.message] : before.messages;
    for (const [index, message] of after.messages.entries()) {
      const was = known[index];
      if (was === message) continue;
      // Created by this decision.
      if (was === undefined && message.providerId.startsWith('own/')) continue;
      if (was?.seq !== message.seq) this.#broken('messages are not in their order');
      if (!was || was.state === message.state) continue;
      this.#coverage.changed('message', was.state, message.state, event);
      // The words of an answer that the machine did not take become a separate text.
      const isUntaken = event.type === 'answer-refused' || (event.type === 'timer' && event.timer.kind === 'answer');
      const isAllowed = MESSAGE_CHANGES[was.state].includes(message.state) || (was.state === 'consumed' && isUntaken);
      if (!isAllowed) {
        this.#broken(`message ${message.seq}: ${was.state} → ${message.state}`);
      }
      if (message.state === 'consumed' && was.state === 'active') {
        const isListed =
          event.type === 'machine' &&
          event.event.type === 'result' &&
          event.event.user_message_uuids.includes(message.uuid);
        // The task of a run that was given up is not asked again.
        if (!isListed && message.run === null)
          this.#broken(`message ${message.seq} was consumed without a result that lists it`);
      }
      // The agent hears of it.
      const isAnswer = event.type === 'message' && before.questions !== after.questions;
      // Of several failed runs in a row the person hears of the first; the others are in the log.
      const isKeptBack = findUntoldTurns(after).includes(message.turn ?? '');
      // The person hears of it when the recipients' homes have answered, or the object of an address.
      const isAsked = after.timers.some((t) => ASKS.includes(t.kind) && !before.timers.includes(t));
      // Nobody is told at an address that may be somebody else's; /retry brings the work back.
      const isOutside = isLocked(after, answerAddressOf(after.conversation));
      const isSaid = said || isOut || isOutside || isAnswer || isKeptBack || isAsked || message.run !== null;
      const isTold = isSaid || this.#isTold(before, event);
      if ((message.state === 'consumed' || message.state === 'failed') && !isTold) {
        this.#broken(`message ${message.seq} became ${message.state} and nothing was said`);
      }
      if (
        message.state === 'waiting' &&
        was.state === 'active' &&
        event.type === 'machine' &&
        event.event.type !== 'ended'
      ) {
        this.#broken(`message ${message.seq} was taken back while its attempt runs`);
      }
    }
  }

  /**
   * One message says that a turn was given up, at a time when no attempt may still answer it, and only if there is
   * something to say.
   */
  #untold(before: State, after: State): void {
    // Below the sentence may be that a key was removed.
    const isSaid = (turn: string): boolean =>
      after.replies.some(
        (r) =>
          r.turn === turn && SENTENCES.some((s) => r.body.includes(s)) && !before.replies.some((b) => b.id === r.id),
      );
    const isLeft = (turn: string): boolean =>
      after.messages.some((m) => m.turn === turn && m.state === 'failed' && m.stoppedAt === null);
    for (const { id, state } of after.turns) {
      if (state !== 'failed' || before.turns.find((t) => t.id === id)?.state !== 'open') continue;
      if (isSaid(id) && findOpenTurn(after)) this.#broken('a turn is said to have failed that the next one may answer');
    }
    for (const turn of findUntoldTurns(before)) {
      if (findUntoldTurns(after).includes(turn)) continue;
      if (isLeft(turn) !== isSaid(turn)) this.#broken(isSaid(turn) ? 'it is told of nothing' : 'nobody hears of it');
    }
  }

  /** Earlier words cover it: the turn was stopped, the queue is full, or the carrier answers such a word itself. */
  #isTold(before: State, event: Event): boolean {
    const turn = findOpenTurn(before);
    return (
      turn?.stopping != null || turn?.toldFull === true || (event.type === 'message' && event.optOut !== undefined)
    );
  }

  /** A person who asked for a schedule for others hears whether it was created. */
  #recipients(before: State, after: State): void {
    const open = ({ timers }: State): string[] => timers.filter((t) => t.kind === 'recipients').map(({ ref }) => ref);
    const isOver = open(before).some((ref) => !open(after).includes(ref));
    const said = after.conversation.nextReplySeq > before.conversation.nextReplySeq;
    if (isOver && !said) this.#broken('nothing was said of a schedule for others');
  }

  atRest(): void {
    const { rows } = this.#world;
    const open = rows.all.messages.find((m) => m.state !== 'consumed' && m.state !== 'failed');
    if (open) this.#broken(`message ${open.seq} is ${open.state} for ever`);
  }
}
