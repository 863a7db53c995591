import type { JWK } from 'jose';
import * as z from 'zod/mini';
import { readBounded } from '../../objects/bounded-copy.ts';

// The keys with which Cloudflare Access signs for a team. Any stranger can cause a request for them, so there is one
// request at a time, and one in half a minute, even if it gets no answer.

const KEYS_FOR_MS = 10 * 60_000;
const KEYS_AGAIN_MS = 30_000;
const ANSWER_MS = 5000;
const CERTS_MAX_BYTES = 65_536;
const LOOK_MS = 50;

const Certs = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });
type Key = JWK & { kid: string };

/** `isAsking`: a request is under way. `gotAt`: when the keys came. */
type Known = { domain: string; isAsking: boolean; askedAt: number; gotAt: number; keys: readonly Key[] };

const never = Number.NEGATIVE_INFINITY;
let known: Known | undefined;

/** Keeps work going after its request has ended. */
export type GoOn = (work: Promise<unknown>) => void;

/** Null: the team has no key of this name. Throws if the keys can't be fetched. */
export async function findKey(domain: string, kid: string | undefined, goOn: GoOn): Promise<JWK | null> {
  if (known?.domain !== domain) known = { domain, isAsking: false, askedAt: never, gotAt: never, keys: [] };
  const team = known;
  const isFresh = (): boolean => isWithin(team.gotAt, KEYS_FOR_MS);
  const find = (): Key | undefined => (isFresh() ? team.keys.find((key) => key.kid === kid) : undefined);
  if (find() === undefined && !isWithin(team.askedAt, KEYS_AGAIN_MS)) {
    Object.assign(team, { isAsking: true, askedAt: Date.now() });
    const asking = ask(team);
    // Other requests wait for this answer, even if the request that began it has ended.
    goOn(asking.catch(() => undefined));
    await asking;
  }
  // A promise belongs to its request, so other requests poll.
  for (let waited = 0; find() === undefined && team.isAsking && waited <= ANSWER_MS; waited += LOOK_MS)
    await scheduler.wait(LOOK_MS);
  const key = find();
  const hasAll = isFresh() && team.gotAt >= team.askedAt;
  if (key === undefined && !hasAll) throw new Error('Cloudflare Access didn’t give its keys');
  return key ?? null;
}

/** A clock may step back. */
const isWithin = (at: number, ms: number): boolean => Date.now() >= at && Date.now() - at < ms;

async function ask(team: Known): Promise<void> {
  try {
    const answer = await fetch(`https://${team.domain}/cdn-cgi/access/certs`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!answer.ok || answer.body === null)
      throw new Error(`Cloudflare Access answered ${answer.status} instead of its keys`);
    const bytes = await readBounded(answer.body, CERTS_MAX_BYTES);
    if (bytes === null) throw new Error('Cloudflare Access broke off, or gave more than keys');
    const { keys } = Certs.parse(JSON.parse(new TextDecoder().decode(bytes)));
    Object.assign(team, { keys, gotAt: Date.now() });
  } finally {
    team.isAsking = false;
  }
}
