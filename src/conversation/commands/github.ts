import { GITHUB, isHostName } from '../../git/repository-address.ts';
import { readCode } from '../../input/access-code.ts';
import { texts } from '../../texts/index.ts';
import { DAY } from '../../units.ts';
import { PIN_FORM, withPin } from '../access/pin.ts';
import { sendNotice } from '../outbox/replies.ts';
import { beginConnecting, confirmAccount, disconnect, openConnecting } from '../repositories/connect.ts';
import { accessOf } from '../state/access.ts';
import type { Connection } from '../state/connections.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findConnection } from '../state/repositories.ts';
import type { State } from '../state/state.ts';

// /github, and /git HOST for other hosts: the accounts that are connected, a link to connect one, the code that ends
// it, and /github off. With a PIN set, connecting asks for it; disconnecting never does.

const said = texts.connections;

export function onGitHub(state: State, rest: string, ctx: Context): Decision {
  const words = rest
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 5);
  const [first = ''] = words;
  if (first === 'off') return onOff(state, words.slice(1), ctx);
  const isWaiting = openConnecting(state, ctx.now)?.found != null;
  if (readCode(rest) !== null && (isWaiting || !PIN_FORM.test(rest))) return confirmAccount(state, rest, ctx);
  const pin = words.find((word) => PIN_FORM.test(word)) ?? null;
  const host = words.find((word) => word !== pin && word !== 'new') ?? GITHUB;
  const isRead = words.every((word) => word === pin || word === host || word === 'new') && isHostName(host);
  if (!isRead) return say(state, said.use, ctx);
  const isListed = words.length === 0 && state.connections.length > 0;
  if (isListed) return say(state, said.list(state.connections.map((each) => describe(each, ctx.now))), ctx);
  return connect(state, host, pin, ctx);
}

function connect(state: State, host: string, pin: string | null, ctx: Context): Decision {
  if (accessOf(state).pin === null) return beginConnecting(state, host, null, ctx);
  if (pin === null) return say(state, said.pin, ctx);
  return withPin(state, { pin, admin: texts.access.pinAdmin }, ctx, (next) => beginConnecting(next, host, null, ctx));
}

/** Needs no PIN: an account that is taken away can be connected again. */
function onOff(state: State, [named]: string[], ctx: Context): Decision {
  const { connections } = state;
  const host = named ?? (connections.length === 1 ? connections[0]?.host : GITHUB) ?? GITHUB;
  const connection = findConnection(state, host);
  if (connection !== null) {
    const off = disconnect(state, connection);
    const log = { level: 'info' as const, event: 'account-disconnected', host, by: 'person' };
    return andThen({ ...off, log: [log] }, (next) => say(next, said.off(host, connection.login), ctx));
  }
  if (connections.length === 0) return say(state, said.noneConnected, ctx);
  return say(state, named ? said.notConnected(named) : said.whichOff(connections.map((each) => each.host)), ctx);
}

const describe = ({ host, login, state, expiresAt }: Connection, now: number) => ({
  host,
  login,
  state,
  endsInDays: expiresAt === null ? null : Math.ceil((expiresAt - now) / DAY),
});

const say = (state: State, text: string, ctx: Context): Decision => noEffects(sendNotice(state, text, ctx));
