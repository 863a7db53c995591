import type { Context } from 'hono';
import { readGitRequest } from '../../git/git-request.ts';
import { reasonOf, report } from '../../log.ts';
import { getConversation } from '../../objects/namespaces.ts';
import { CONNECT_AUDIENCE, checkToken } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import type { AppEnv } from '../configuration.ts';
import { reportRefusal } from '../refusal-log.ts';
import { Exchange } from './exchange.ts';
import { refuse } from './refusal.ts';

// The connect gateway: takes the requests of git and gh on a machine with the machine's short-lived token, and passes
// them on with the person's credential, which never enters a machine. The token allows one open attempt, the repository
// of its project, and what the person allowed there. Bodies stream through, and never through the object.

const PREFIX = '/connect/';
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
    reportRefusal({ level: 'warn', event: 'connect-not-available', conversation });
    return refuse(pathname.startsWith(`${PREFIX}api.`) ? 'rest' : null, { status: 403, words: words.unknown });
  }
  const object = getConversation(c.env, config, conversation);
  const exchange = new Exchange({ c, config, object, conversation, attempt, request });
  try {
    return await exchange.run();
  } catch (error) {
    report({ level: 'warn', event: 'git-host-unreachable', attempt, reason: reasonOf(error) }, conversation);
    return exchange.fail();
  }
}
