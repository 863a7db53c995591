import { texts } from '../../texts/index.ts';
import { HOUR } from '../../units.ts';
import { sendNotice } from '../outbox/replies.ts';
import type { ConnectionEvent } from '../state/connection-events.ts';
import type { Connection } from '../state/connections.ts';
import type { Context } from '../state/events.ts';
import { findConnection } from '../state/repositories.ts';
import type { State } from '../state/state.ts';

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

export const withConnection = (state: State, connection: Connection): State => ({
  ...state,
  connections: [...state.connections.filter(({ host }) => host !== connection.host), connection],
});
