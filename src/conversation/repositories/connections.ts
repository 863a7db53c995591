import { texts } from '../../texts/index.ts';
import { HOUR } from '../../units.ts';
import { sendNotice } from '../outbox/replies.ts';
import { TOKEN_ENDS_MS } from '../policy/connections.ts';
import type { ConnectionEvent } from '../state/connection-events.ts';
import type { Connection } from '../state/connections.ts';
import type { Context } from '../state/events.ts';
import { findConnection } from '../state/repositories.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';

// The accounts at git hosts that a person has connected.

/** The last use is exact to an hour, so that a turn of many requests writes one row. */
const USED_EVERY_MS = HOUR;

type Told = Extract<ConnectionEvent, { type: 'connection' }>;

export function onConnection(state: State, { host, what }: Told, ctx: Context): State {
  const known = findConnection(state, host);
  if (known === null) return state;
  switch (what.is) {
    case 'used': {
      const isNew = ctx.now - (known.usedAt ?? -Infinity) >= USED_EVERY_MS;
      return isNew ? withConnection(state, { ...known, usedAt: ctx.now }) : state;
    }
    case 'sealed':
      // Another account may have been connected meanwhile.
      if (known.sealed !== what.was) return state;
      return withConnection(state, { ...known, sealed: what.sealed });
    case 'refused':
      if (known.sealed !== what.was || known.state === 'refused') return state;
      return sendNotice(
        withConnection(state, { ...known, state: 'refused' }),
        texts.connections.refusedByHost(host),
        ctx,
      );
  }
}

/** Wakes before the end of a token that Roost doesn't renew, unless that is near already: the person has just read it. */
export function withEndTold(state: State, { host, expiresAt }: Connection, now: number): State {
  const dueAt = (expiresAt ?? 0) - TOKEN_ENDS_MS;
  return dueAt > now ? withTimer(state, { kind: 'token-ends', ref: host, dueAt, attempts: 0 }) : state;
}

/** The timer is due. The account may be another one by now, or gone. */
export function tellTokenEnds(state: State, timer: Timer, ctx: Context): State {
  const settled = withoutTimer(state, timer.kind, timer.ref);
  const { expiresAt = null, state: is } = findConnection(state, timer.ref) ?? {};
  const isSoon = expiresAt !== null && expiresAt - ctx.now <= TOKEN_ENDS_MS && is === 'good';
  return isSoon ? sendNotice(settled, texts.connections.tokenEnds(timer.ref, expiresAt), ctx) : settled;
}

export const withConnection = (state: State, connection: Connection): State => ({
  ...state,
  connections: [...state.connections.filter(({ host }) => host !== connection.host), connection],
});
