import { GITHUB } from '../../git/repository-address.ts';
import { readCode } from '../../input/access-code.ts';
import { mayUse } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { CONNECT_FOR_MS, CONNECT_TRIES_MAX, DEVICE_CALL_MS } from '../policy/connections.ts';
import type { ConnectStep } from '../state/connection-events.ts';
import type { Connecting, Connection, FoundAccount } from '../state/connections.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { answerAddressOf } from '../state/person.ts';
import { findConnection } from '../state/repositories.ts';
import { roleOf } from '../state/standing.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import { withConnection, withEndTold } from './connections.ts';
import { lookUp, readLookUp } from './look-up.ts';

// Connects a person's account at a git host. The page at the end of the link shows a code that the person texts back,
// so an account gets only into the chat of the person who looked at that page. The device flow needs no such code: its
// own goes from the chat to GitHub.

const said = texts.connections;

/** `pending`: the look-up that goes on once the account is connected; without one, that of the link before. */
export function beginConnecting(state: State, host: string, pending: string | null, ctx: Context): Decision {
  const way = wayTo(host, ctx);
  if (way === null) return say(state, said.noKey, ctx);
  const { isSecret, name } = ctx.channelOf(answerAddressOf(state.conversation));
  if (!isSecret) return say(state, said.notHere(name), ctx);
  const before = openConnecting(state, ctx.now);
  const goesOn = pending ?? (before?.host === host ? before.pending : null);
  const begun = newConnecting(host, way, way === 'device' ? 'polling' : 'link', goesOn, ctx);
  return andThen(dropConnecting(state), (dropped) => {
    if (way !== 'device') {
      const waiting = wakeAt(withConnecting(dropped, begun), begun.expiresAt);
      return say(waiting, said.link(host, ctx.accountUrl(begun.id, begun.expiresAt)), ctx);
    }
    // The timer repeats the call if the object dies meanwhile.
    const polling = wakeAt(withConnecting(dropped, begun), ctx.now + DEVICE_CALL_MS);
    return { state: polling, effects: [{ do: 'poll-device', id: begun.id }], log: [] };
  });
}

/** An account is needed, and connecting one needs the PIN first: `/github PIN` then begins, and goes on with `pending`. */
export function askForPin(state: State, host: string, pending: string, ctx: Context): Decision {
  const way = wayTo(host, ctx);
  if (way === null) return say(state, said.noKey, ctx);
  const waiting = newConnecting(host, way, 'pin', pending, ctx);
  return andThen(dropConnecting(state), (dropped) =>
    say(wakeAt(withConnecting(dropped, waiting), waiting.expiresAt), said.connectFirst(host, true), ctx),
  );
}

const wayTo = (host: string, { policy: { connects } }: Context): Connecting['way'] | null =>
  (host === GITHUB ? connects : connects && 'form') ?? null;

const newConnecting = (
  host: string,
  way: Connecting['way'],
  step: Connecting['step'],
  pending: string | null,
  ctx: Context,
): Connecting => ({
  id: ctx.id(),
  host,
  way,
  step,
  at: ctx.now,
  expiresAt: ctx.now + CONNECT_FOR_MS,
  device: null,
  found: null,
  tries: 0,
  pending,
});

/** The account that is being connected now, or null. */
export function openConnecting({ conversation: { connecting } }: State, now: number): Connecting | null {
  return connecting !== null && now < connecting.expiresAt ? connecting : null;
}

export function onConnectStep(state: State, id: string, step: ConnectStep, ctx: Context): Decision {
  const connecting = openConnecting(state, ctx.now);
  if (connecting?.id !== id) return noEffects(state);
  // As for /github: a person may have become a guest meanwhile.
  if (!mayUse(roleOf(state, ctx), 'github')) return refuseStep(state, connecting, step);
  switch (step.is) {
    case 'away':
      return noEffects(withConnecting(state, { ...connecting, step: 'away' }));
    case 'found':
      return noEffects(withConnecting(state, { ...connecting, step: 'found', found: step.found, tries: 0 }));
    case 'wrong':
      return withWrong(state, connecting);
    case 'code': {
      const { code, address, sealed, intervalMs } = step;
      // Meanwhile the person may have texted on a channel that others can read, where answers now go.
      const { isSecret, name } = ctx.channelOf(answerAddressOf(state.conversation));
      if (!isSecret) return say(stopConnecting(state), said.notHere(name), ctx);
      const expiresAt = Math.max(connecting.expiresAt, step.expiresAt);
      const next = withConnecting(state, { ...connecting, expiresAt, device: { sealed, intervalMs } });
      return say(wakeAt(next, ctx.now + intervalMs), said.deviceCode(code, address), ctx);
    }
    case 'wait': {
      if (connecting.device === null) return noEffects(wakeAt(state, ctx.now + step.intervalMs));
      const device = { ...connecting.device, intervalMs: step.intervalMs };
      return noEffects(wakeAt(withConnecting(state, { ...connecting, device }), ctx.now + step.intervalMs));
    }
    case 'account':
      return finish(state, connecting, step.found, ctx);
    case 'failed':
      return say(stopConnecting(state), said.failed(connecting.host, step.why), ctx);
  }
}

/** The timer is due: asks for the device flow's token again, or forgets what wasn't done in time. */
export function onConnectTimer(state: State, ctx: Context): Decision {
  const { connecting } = state.conversation;
  if (connecting === null) return noEffects(withoutTimer(state, 'connect'));
  const isOpen = openConnecting(state, ctx.now) !== null;
  if (connecting.step !== 'polling') return isOpen ? noEffects(state) : dropConnecting(state);
  if (!isOpen) return say(stopConnecting(state), said.failed(connecting.host, 'over'), ctx);
  const effects = [{ do: 'poll-device' as const, id: connecting.id }];
  return {
    state: wakeAt(state, ctx.now + Math.max(DEVICE_CALL_MS, connecting.device?.intervalMs ?? 0)),
    effects,
    log: [],
  };
}

/** The person texts what the page shows. */
export function confirmAccount(state: State, typed: string, ctx: Context): Decision {
  const connecting = openConnecting(state, ctx.now);
  const found = connecting?.found ?? null;
  if (connecting === null || found === null) return say(state, said.noCode, ctx);
  if (readCode(typed) === found.code) return finish(state, connecting, found, ctx);
  return andThen(withWrong(state, connecting), (next) =>
    say(next, next.conversation.connecting === null ? said.codesOver : said.wrongCode, ctx),
  );
}

/** Deletes the account here, and asks the host to end its credential. */
export function disconnect(state: State, { host, sealed }: Connection): Decision {
  const connections = state.connections.filter((each) => each.host !== host);
  return { state: { ...state, connections }, effects: [{ do: 'revoke', host, sealed }], log: [] };
}

const stopConnecting = (state: State): State => withoutTimer(withConnecting(state, null), 'connect');

/** Forgets the account that is being connected. If it was found, its host is asked to end the credential. */
export function dropConnecting(state: State): Decision {
  const { connecting } = state.conversation;
  return connecting === null ? noEffects(state) : drop(state, connecting.host, connecting.found);
}

function drop(state: State, host: string, found: FoundAccount | null): Decision {
  const effects = found === null ? [] : [{ do: 'revoke' as const, host, sealed: found.sealed }];
  return { state: stopConnecting(state), effects, log: [] };
}

const refuseStep = (state: State, { host, found }: Connecting, step: ConnectStep): Decision =>
  drop(state, host, step.is === 'account' || step.is === 'found' ? step.found : found);

function withWrong(state: State, connecting: Connecting): Decision {
  const tries = connecting.tries + 1;
  return tries >= CONNECT_TRIES_MAX
    ? dropConnecting(state)
    : noEffects(withConnecting(state, { ...connecting, tries }));
}

function finish(
  state: State,
  { host, pending }: Connecting,
  { code: _, ...account }: FoundAccount,
  ctx: Context,
): Decision {
  const before = findConnection(state, host);
  const connection: Connection = { host, ...account, state: 'good', connectedAt: ctx.now, usedAt: null };
  const connected = withEndTold(stopConnecting(withConnection(state, connection)), connection, ctx.now);
  const ask = pending === null ? null : readLookUp(pending);
  const told = sendNotice(connected, said.connected(host, account, before !== null, ask === null), ctx);
  const log = [{ level: 'info' as const, event: 'account-connected', host, kind: account.kind }];
  const decision = ask === null ? noEffects(told) : lookUp(told, ask, ctx);
  return { ...decision, log: [...decision.log, ...log] };
}

const withConnecting = (state: State, connecting: Connecting | null): State => ({
  ...state,
  conversation: { ...state.conversation, connecting },
});

const wakeAt = (state: State, dueAt: number): State =>
  withTimer(state, { kind: 'connect', ref: '', dueAt, attempts: 0 });

const say = (state: State, text: string, ctx: Context): Decision => noEffects(sendNotice(state, text, ctx));
