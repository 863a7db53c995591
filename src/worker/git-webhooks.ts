import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { type HostEvent, readHostEvent } from '../git/host-event.ts';
import { GITHUB } from '../git/repository-address.ts';
import { reasonOf, report } from '../log.ts';
import { directoryOf, getConversation, retryOnce } from '../objects/namespaces.ts';
import { parseJson } from '../parse-json.ts';
import { boundedText } from './bounded-text.ts';
import type { AppEnv } from './configuration.ts';
import { reportRefusal } from './refusal-log.ts';

// The git host's webhook: verify, read, hand it to every home that has a project of the repository, answer. The host
// repeats nothing by itself; whoever sends again by hand sends the same body, which a home takes once.

/** The host's own limit is 25 MB. Events that are told have a hundredth of that, even with a long description. */
export const EVENT_BYTES_MAX = 1_000_000;
const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

type C = Context<AppEnv>;

export async function onGitEvent(c: C): Promise<Response> {
  const { GITHUB_WEBHOOK_SECRET: secret } = c.get('config');
  const signature = c.req.header('x-hub-signature-256');
  // The cheapest checks come first: strangers cost no work.
  if (secret === undefined || signature === undefined || !SIGNATURE.test(signature)) return unsigned(c);
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) return c.text('Send application/json.', 415);
  const body = await boundedText(c.req.raw, EVENT_BYTES_MAX);
  if (body === null)
    return c.text(`The request body is larger than ${EVENT_BYTES_MAX} bytes, or came too slowly.`, 413);
  const bytes = new TextEncoder();
  const digest = createHmac('sha256', bytes.encode(secret)).update(body).digest('hex');
  if (!timingSafeEqual(bytes.encode(`sha256=${digest}`), bytes.encode(signature))) return unsigned(c);
  const name = c.req.header('x-github-event') ?? '';
  const said = readHostEvent(name, parseJson(body), GITHUB, Date.now());
  if (said === 'malformed') {
    report({ level: 'warn', event: 'git-event-malformed', name: name.slice(0, 40) });
    return c.text('The event isn’t one of GitHub’s.', 400);
  }
  if (said === null) return c.body(null, 204);
  // The name of a delivery isn't signed, so the digest of the body tells a repeat.
  return (await tellHomes(c, said, digest))
    ? c.body(null, 204)
    : c.text('Not everybody could be told. Send it again.', 503);
}

/** False when a home didn't answer: the host shows the delivery as failed, and it can be sent again. */
async function tellHomes(c: C, said: HostEvent, digest: string): Promise<boolean> {
  const config = c.get('config');
  try {
    const homes = await retryOnce(() => directoryOf(c.env, config).homesOf([said.repository, said.id]));
    const tell = (home: string) => retryOnce(() => getConversation(c.env, config, home).hearHost(said, digest));
    await Promise.all(homes.map(tell));
    return true;
  } catch (error) {
    report({ level: 'error', event: 'git-event-not-told', what: said.what, reason: reasonOf(error) });
    return false;
  }
}

function unsigned(c: C): Response {
  reportRefusal({ level: 'warn', event: 'git-signature-refused' });
  return c.text('The signature is missing or does not match.', 403);
}
