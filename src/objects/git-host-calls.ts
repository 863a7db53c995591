import { DEVICE_SLOWER_MS } from '../conversation/policy/connections.ts';
import { openConnecting } from '../conversation/repositories/connect.ts';
import { readLookUp } from '../conversation/repositories/look-up.ts';
import type { ConnectStep, GitHostEffect, LookUp } from '../conversation/state/connection-events.ts';
import type { Connecting } from '../conversation/state/connections.ts';
import { GITHUB } from '../git/repository-address.ts';
import { readAccount } from '../git-hosts/account.ts';
import { askDeviceCode, pollDevice } from '../git-hosts/device-flow.ts';
import type { UserToken } from '../git-hosts/github-app.ts';
import { findRepository, listRepositories } from '../git-hosts/repository.ts';
import { revokeTokens } from '../git-hosts/revoke.ts';
import { connectionsOf } from './connections.ts';
import type { LaneContext } from './lanes/lane-context.ts';

// Short calls to git hosts. Each ends as an event; timers repeat those that have to have an answer.

/** The device flow: asks for a code, then whether the person has typed it. */
export async function performPollDevice(id: string, context: LaneContext): Promise<void> {
  const step = await pollOnce(id, context);
  if (step !== null && context.isHome()) context.apply({ type: 'connect-step', id, step });
}

async function pollOnce(id: string, context: LaneContext): Promise<ConnectStep | null> {
  const { services, load, now, realNow } = context;
  const connecting = context.isHome() ? openConnecting(load(), now()) : null;
  const { gitHubClientId: clientId, gitHosts, secrets } = services();
  if (connecting?.id !== id || connecting.step !== 'polling') return null;
  if (clientId === null || secrets === null) return { is: 'failed', why: 'no-key' };
  if (connecting.device === null) {
    const asked = await askDeviceCode(gitHosts, clientId);
    if (typeof asked === 'string') return { is: 'failed', why: 'down' };
    const { code, address, intervalMs, forMs, device } = asked;
    const sealed = await secrets.seal(connecting.host, device);
    return { is: 'code', code, address, sealed, intervalMs, expiresAt: now() + forMs };
  }
  const { sealed, intervalMs } = connecting.device;
  const device = await connectionsOf(context).open(connecting.host, sealed);
  if (device === null) return { is: 'failed', why: 'no-key' };
  const answer = await pollDevice(gitHosts, clientId, device, realNow());
  switch (answer.is) {
    case 'wait':
    case 'down':
      return { is: 'wait', intervalMs };
    case 'slower':
      return { is: 'wait', intervalMs: intervalMs + DEVICE_SLOWER_MS };
    case 'over':
    case 'denied':
      return { is: 'failed', why: answer.is };
    case 'token':
      return foundBy(answer.token, connecting, context);
  }
}

async function foundBy(token: UserToken, { host }: Connecting, context: LaneContext): Promise<ConnectStep> {
  const read = await readAccount(context.services().gitHosts, host, token.token, null);
  if ('refused' in read) {
    const { refused } = read;
    return { is: 'failed', why: refused === 'broad' || refused === 'narrow' ? refused : 'down' };
  }
  const sealed = await connectionsOf(context).seal(host, token);
  if (sealed === null) return { is: 'failed', why: 'no-key' };
  const { login, name, email } = read.account;
  return { is: 'account', found: { kind: 'device', login, name, email, sealed, expiresAt: null, code: '' } };
}

export async function performLookUp(ref: string, context: LaneContext): Promise<void> {
  const ask = readLookUp(ref);
  if (ask === null) return;
  const answer = await lookUpOnce(ask, context);
  if (context.isHome()) context.apply({ type: 'looked-up', ref, answer });
}

async function lookUpOnce(at: { host: string; path: string }, context: LaneContext): Promise<LookUp> {
  const keeper = connectionsOf(context);
  const headers = await keeper.accountHeaders(at.host);
  if ('refused' in headers) {
    if (headers.refused === 'unavailable') return { is: 'later', why: 'down', afterMs: null };
    return { is: 'refused', why: headers.refused === 'expired' ? 'refused' : headers.refused };
  }
  const found = await findRepository(context.services().gitHosts, at, headers);
  if ('repository' in found) return { is: 'found', repository: found.repository };
  const { refused, retryAfterMs } = found;
  if (refused === 'down' || refused === 'limited') return { is: 'later', why: refused, afterMs: retryAfterMs };
  return { is: 'refused', why: refused };
}

/** Best effort: without a list the person names the repository. */
export async function performListRepositories(context: LaneContext): Promise<void> {
  const { services, load, isHome, apply } = context;
  const headers = await connectionsOf(context).accountHeaders(GITHUB);
  if ('refused' in headers || !isHome()) return;
  const kind = load().connections.find(({ host }) => host === GITHUB)?.kind;
  const paths = await listRepositories(services().gitHosts, headers.api, kind === 'app');
  if (isHome()) apply({ type: 'repositories-listed', paths });
}

export async function performRevoke(
  { host, sealed }: Extract<GitHostEffect, { do: 'revoke' }>,
  context: LaneContext,
): Promise<void> {
  const tokens = await connectionsOf(context).tokensToEnd(host, sealed);
  const isEnded = tokens.length > 0 && (await revokeTokens(context.services().gitHosts, host, tokens));
  if (!isEnded) context.report({ level: 'warn', event: 'credential-not-revoked', host });
}
