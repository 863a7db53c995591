import type { GitKind } from '../../git/git-request.ts';
import { errorPacket } from '../../git/packet-lines.ts';
import type { Push } from '../../git/push-commands.ts';
import { refusePush } from '../../git/push-report.ts';
import type { GitRefusal } from '../../objects/git-requests.ts';
import { texts } from '../../texts/index.ts';

// Refusals in the form in which each program shows them to the agent: git's own report of a push, git's error packet,
// and the errors of LFS, REST and GraphQL.

/** `words`: a sentence for the agent. `reason`: a few words beside each ref of a push. */
export type Refused = { status: number; words: string; reason?: string; retryAfter?: number };

const sentences = texts.git.toAgent;

export function refusalOf(why: GitRefusal): Refused {
  const words = sentences[why];
  return why === 'too-many' ? { status: 429, words, retryAfter: 30 } : { status: 403, words };
}

const AS_REFUSED = 'refused by Roost';

/** `push`: its commands, if they were read. `service`: what a request for refs is about. */
export function refuse(kind: GitKind | null, refused: Refused, push: Push | null = null): Response {
  const response = responseOf(kind, refused, push);
  response.headers.set('cache-control', 'no-store');
  if (refused.retryAfter !== undefined) response.headers.set('retry-after', `${refused.retryAfter}`);
  return response;
}

function responseOf(kind: GitKind | null, { status, words, reason }: Refused, push: Push | null): Response {
  switch (kind) {
    case 'push':
      // git shows no words of an answer with another status than 200.
      if (push === null) return new Response(words, { status, headers: PLAIN });
      return new Response(refusePush(push, reason ?? AS_REFUSED, words), {
        headers: { 'content-type': 'application/x-git-receive-pack-result' },
      });
    case 'fetch':
      return new Response(errorPacket(words), { headers: { 'content-type': 'application/x-git-upload-pack-result' } });
    case 'lfs':
      return json(status, { message: words }, 'application/vnd.git-lfs+json');
    case 'rest':
      return json(status, { message: words });
    case 'graphql':
      return json(200, { data: null, errors: [{ type: 'FORBIDDEN', message: words }] });
    default:
      // git shows plain words as `remote: …` when it asks for refs.
      return new Response(`${words}\n`, { status, headers: PLAIN });
  }
}

const PLAIN = { 'content-type': 'text/plain; charset=utf-8' };

const json = (status: number, body: unknown, type = 'application/json; charset=utf-8'): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
