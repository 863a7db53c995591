import type { Carrier, OpenedFile, Outgoing } from '../../channels/channel.ts';
import { capabilitiesOf } from '../../channels/registry.ts';
import { findDueLookUp, wantsSend } from '../../conversation/lanes.ts';
import { composeWords } from '../../conversation/outbox/carrier-outage.ts';
import { isWindowOpen } from '../../conversation/outbox/ends.ts';
import { findSendable } from '../../conversation/outbox/outbox.ts';
import { fileOf } from '../../conversation/outbox/outgoing-files.ts';
import { headOf } from '../../conversation/outbox/replies.ts';
import { CONTENT_TIMEOUT_MS, SEND_TIMEOUT_MS } from '../../conversation/policy/outbox.ts';
import type { Policy } from '../../conversation/policy/policy.ts';
import type { Event } from '../../conversation/state/events.ts';
import type { Reply } from '../../conversation/state/rows.ts';
import type { State } from '../../conversation/state/state.ts';

// The lane that hands replies to the carrier, one at a time. The intent is committed in the same tick as the request
// is made, so the request cannot leave before it is durable. A reply found in `sending` belongs to a sender that died.

export type SendDeps = {
  now: () => number;
  /** Converts conversation time to real time, as the carrier knows it. */
  toRealTime: (at: number) => number;
  load: () => State;
  apply: (event: Event) => State;
  carrierOf: (address: string) => Carrier;
  policy: Policy;
  /** The bytes of a file that the agent sends; null when the bucket no longer has it. */
  openFile: (link: string) => Promise<OpenedFile | null>;
  /** Whether a carrier id already belongs to a reply. */
  isBound: (sid: string) => boolean;
};

/** Runs until nothing in the outbox is due. */
export async function runSendLane(deps: SendDeps): Promise<void> {
  for (;;) {
    const state = deps.load();
    if (!wantsSend(state, deps.now())) return;
    const lookUpFor = findDueLookUp(state, deps.now());
    if (lookUpFor) await reconcile(deps, lookUpFor);
    else if (headOf(state)?.state === 'sending') deps.apply({ type: 'send-abandoned' });
    else await sendHead(deps);
  }
}

async function sendHead(deps: SendDeps): Promise<void> {
  const shown = await choicesOf(deps);
  const reply = headOf(deps.apply({ type: 'send-begin', shown }));
  if (reply?.state !== 'sending') return;
  const outcome = await deps.carrierOf(reply.to).send(composed(deps, reply), SEND_TIMEOUT_MS);
  const named = { reply: reply.id, attempt: reply.attempt };
  switch (outcome.kind) {
    case 'accepted':
      deps.apply({ type: 'send-accepted', ...named, sid: outcome.sid });
      return;
    case 'unknown':
      deps.apply({ type: 'send-unknown', ...named, retryAfterMs: outcome.retryAfterMs });
      return;
    case 'refused': {
      const { code, failure, retryAfterMs } = outcome;
      deps.apply({ type: 'send-refused', ...named, code, failure, retryAfterMs });
    }
  }
}

/**
 * The content that shows the next reply's choices. It is created before the intent: after an interruption nothing was
 * sent, and only unused content is left. Null: the reply leaves as plain text.
 */
async function choicesOf(deps: SendDeps): Promise<{ reply: string; content: string } | null> {
  const state = deps.load();
  const reply = findSendable(state, deps.now());
  const offer = reply?.choices;
  if (!offer || capabilitiesOf(reply.to).limits.choices === 0) return null;
  if (!isWindowOpen(state, reply.from, contextOf(deps))) return null;
  const content = offer.content ?? (await deps.carrierOf(reply.to).prepareChoices(offer, CONTENT_TIMEOUT_MS));
  return content === null ? null : { reply: reply.id, content };
}

async function reconcile(deps: SendDeps, reply: Reply): Promise<void> {
  const found = await deps.carrierOf(reply.to).lookUp(outgoing(deps, reply), SEND_TIMEOUT_MS);
  if (found.kind === 'failed') {
    const { reason, retryAfterMs } = found;
    deps.apply({ type: 'reconcile-failed', reply: reply.id, reason, retryAfterMs });
  } else {
    const listed = found.kind === 'listed' ? found.candidates : [];
    const ours = listed.find(({ sid }) => !deps.isBound(sid)) ?? null;
    deps.apply({ type: 'reconciled', reply: reply.id, found: ours });
  }
}

const contextOf = ({ now, policy }: SendDeps) => ({ now: now(), policy, channelOf: capabilitiesOf });

/** The look-up searches the carrier's list for the reply's words, so what leaves must end with them. */
function composed(deps: SendDeps, reply: Reply): Outgoing {
  const { body, shown, ...rest } = outgoing(deps, reply);
  const compose = (words: string): string => composeWords(deps.load(), { ...reply, body: words }, contextOf(deps));
  return { ...rest, body: compose(body), shown: shown === null ? null : compose(shown) };
}

function outgoing({ load, toRealTime, openFile }: SendDeps, reply: Reply): Outgoing {
  const { id, attempt, from, to, body, template, media, thread } = reply;
  const createdAt = toRealTime(reply.createdAt);
  const offer = reply.choices;
  const items = offer?.content == null ? [] : offer.items;
  const shown = offer && offer.items.length > 0 ? offer.text : null;
  const file = media === null ? null : fileOf(load(), media);
  const link = file?.link ?? null;
  const bytes =
    file && link !== null ? { name: file.name, type: file.type, size: file.size, open: () => openFile(link) } : null;
  const attached = { mediaUrl: link, file: bytes };
  const choices = { content: offer?.content ?? null, shown, items };
  return { id, attempt, from, to, body, template, thread, createdAt, ...choices, ...attached };
}
