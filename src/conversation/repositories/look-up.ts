import type { RepositoryAddress } from '../../git/repository-address.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { sendNotice } from '../outbox/replies.ts';
import { LOOK_UP_RETRY_MS, LOOK_UP_TRIES_MAX } from '../policy/connections.ts';
import type { LookUp } from '../state/connection-events.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';

// Asks a git host about a repository before a project is bound to it. The timer outlives a crash, and its ref has all
// that is needed to go on.

/** new: for a project with this name · clone: for the project with this id. */
export type LookUpAsk = RepositoryAddress & { use: 'new' | 'clone'; name: string };

const said = texts.connections;

/** Paths and hosts have no spaces; a name may. */
export const lookUpRef = ({ host, path, use, name }: LookUpAsk): string => `${use} ${host}/${path} ${name}`;

/** What a ref, or the pending part of a connecting account, stands for. */
export function readLookUp(ref: string): LookUpAsk | null {
  const [, use, host, path, name] = /^(?:\S{26} )?(new|clone) ([^\s/]+)\/(\S+) (.+)$/s.exec(ref) ?? [];
  if (host === undefined || path === undefined || name === undefined) return null;
  return { use: use === 'clone' ? 'clone' : 'new', host, path, name };
}

export const lookUp = (state: State, ask: LookUpAsk, ctx: Context): Decision =>
  call(state, { kind: 'look-up', ref: `${ctx.id()} ${lookUpRef(ask)}`, dueAt: ctx.now, attempts: 0 }, ctx);

/** The timer is due: the host hasn't answered. */
export function lookUpAgain(state: State, timer: Timer, ctx: Context): Decision {
  if (timer.attempts < LOOK_UP_TRIES_MAX) return call(state, timer, ctx);
  return giveUp(withoutTimer(state, 'look-up', timer.ref), timer.ref, 'down', ctx);
}

/** Null if nobody waits for this answer any more. Else the state without the timer, and the repository if it was found. */
export function settleLookUp(
  state: State,
  ref: string,
  answer: LookUp,
  ctx: Context,
): { decision: Decision } | { found: Extract<LookUp, { is: 'found' }>; ask: LookUpAsk; state: State } | null {
  const timer = state.timers.find((each) => each.kind === 'look-up' && each.ref === ref);
  const ask = readLookUp(ref);
  if (!timer || ask === null) return null;
  const settled = withoutTimer(state, 'look-up', ref);
  if (answer.is === 'found') return { found: answer, ask, state: settled };
  if (answer.is === 'refused') {
    if (answer.why === 'just-refused') return { decision: noEffects(settled) };
    return { decision: noEffects(sendNotice(settled, said.lookUpRefused(ask.host, ask.path, answer.why), ctx)) };
  }
  // The timer asks again, unless the host wants a longer pause than anybody waits for.
  const isLong = (answer.afterMs ?? 0) > (LOOK_UP_RETRY_MS.at(-1) ?? 0);
  if (timer.attempts < LOOK_UP_TRIES_MAX && !isLong) return null;
  return { decision: giveUp(settled, ref, answer.why, ctx) };
}

function giveUp(state: State, ref: string, why: 'down' | 'limited', ctx: Context): Decision {
  const { host = '' } = readLookUp(ref) ?? {};
  return noEffects(sendNotice(state, said.hostTrouble(host, why), ctx));
}

function call(state: State, { kind, ref, attempts }: Timer, ctx: Context): Decision {
  const dueAt = ctx.now + backoffOf(LOOK_UP_RETRY_MS, attempts);
  return {
    state: withTimer(state, { kind, ref, dueAt, attempts: attempts + 1 }),
    effects: [{ do: 'look-up', ref }],
    log: [],
  };
}
