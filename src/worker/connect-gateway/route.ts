import type { Context } from 'hono';
import { readGitRequest } from '../../git/git-request.ts';
import { reasonOf, report } from '../../log.ts';
import { getConversation } from '../../objects/namespaces.ts';
import { CONNECT_AUDIENCE, checkToken } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import type { AppEnv } from '../configuration.ts';
import { reportRefusal } from '../refusal-log.ts';
import { Exchange } from './exchange.ts';
import { refusalOf, refuse } from './refusal.ts';
import { READ_MS } from './transfer.ts';

// The connect gateway: takes the requests of git and gh on a machine with the machine's short-lived token, and passes
// them on with the person's credential, which never enters a machine. The token allows one open attempt, the repository
// of its project, and what the person allowed there. Bodies stream through, and never through the object. Keeps only how
// many requests are under way.

const PREFIX = '/connect/';
/**
 * Of one conversation in one isolate, whose memory they take: while their bodies are read and the host hasn't answered.
 * How many an attempt has had in all is the object's to count.
 */
const REQUESTS_MAX = 32;
/** By conversation, when each began. A request whose machine went away may never be taken out. */
const underWay = new Map<string, readonly { at: number }[]>();
const words = texts.git.toAgent;

export async function onConnectRequest(c: Context<AppEnv>): Promise<Response> {
  const config = c.get('config');
  const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
  const check = await checkToken(token, [config.MACHINE_SIGNING_KEY], CONNECT_AUDIENCE, Date.now());
  if (!check.ok || check.attempt === null) {
    reportRefusal({ level: 'warn', event: 'connect-token-refused', reason: check.ok ? 'no attempt' : check.reason });
    return c.text('This machine’s token is missing, wrong or expired.', 401);
  }
  const { conversation, attempt } = check;
  const { pathname, search } = new URL(c.req.url);
  const request = readGitRequest(c.req.method, pathname.slice(PREFIX.length) + search);
  if (request === null) {
    reportRefusal({ level: 'warn', event: 'connect-not-available', attempt, conversation });
    return refuse(pathname.startsWith(`${PREFIX}api.`) ? 'rest' : null, { status: 403, words: words.unknown });
  }
  const one = { at: Date.now() };
  const others = (underWay.get(conversation) ?? []).filter(({ at }) => one.at - at < READ_MS);
  if (others.length >= REQUESTS_MAX) return refuse(request.kind, refusalOf('too-many'));
  underWay.set(conversation, [...others, one]);
  const object = getConversation(c.env, config, conversation);
  const exchange = new Exchange({ c, config, object, conversation, attempt, request });
  try {
    return await exchange.run();
  } catch (error) {
    report({ level: 'warn', event: 'git-host-unreachable', attempt, reason: reasonOf(error) }, conversation);
    return exchange.fail();
  } finally {
    const left = (underWay.get(conversation) ?? []).filter((each) => each !== one);
    if (left.length > 0) underWay.set(conversation, left);
    else underWay.delete(conversation);
  }
}
