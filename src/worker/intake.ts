import { addressesOf, isExternalAddress } from '../addresses.ts';
import type { InboundMessage } from '../channels/channel.ts';
import { channelOf, otherAddressesOf, sendersOf } from '../channels/registry.ts';
import type { Config } from '../config/config.ts';
import { KEPT_TEXT_CHARS } from '../conversation/policy/access.ts';
import { readLinkWord } from '../input/link-code.ts';
import { directoryOf, nameObject, retryOnce } from '../objects/namespaces.ts';
import { alerts, type Raised } from '../objects/operator-alerts.ts';
import type { Arrival, Opening, Took } from '../objects/received-calls.ts';
import { agentUuidOf } from '../protocol/agent-uuid.ts';
import { mayKnock, mayRaise } from './stranger-limit.ts';
import { isClosed, mayOpen, reportStranger } from './strangers.ts';

// The only way for an inbound message into its conversation, from the webhook and from the carrier's list. Strangers
// are turned away here, so that no caller can forget to.

/** When this resolves the message is stored or refused. A known message changes nothing. */
export async function handOver(env: Env, config: Config, arrival: InboundMessage): Promise<'kept' | 'refused'> {
  const { from, externalId = null } = arrival;
  const message = { ...arrival, uuid: await agentUuidOf(arrival.providerId) };
  const give: Give = (address, opening) =>
    retryOnce(() => nameObject(env, config, address).accept(address, message, opening));
  const isShut = isClosed(config, from);
  const names = { names: namesOf(from, externalId), others: otherNamesOf(config, from) };
  const opens = mayOpen(config, from);
  // A code of /link begins no conversation, nor does the answer to the question about it.
  const word = isShut ? null : readLinkWord(arrival.text);
  // A carrier's list shows every text again that no object has stored. On other channels a late text was only delayed.
  const isListed = arrival.late && channelOf(from).capabilities.reconcile === 'list';
  // Its writer may have a conversation by now, to which it would be new.
  const isWordAgain = word !== null && isListed;
  if (isWordAgain && (await retryOnce(() => directoryOf(env, config).hasAnsweredLink(arrival.providerId))))
    return 'kept';
  let took = isShut ? REFUSED : await giveToPerson(give, names, opens && word === null);
  if (took.state === 'kept') return 'kept';
  if (word !== null && (took.state === 'unset' || took.state === 'out')) {
    const knock = { from, name: arrival.name ?? null, arrival: keptOf(message) };
    const isHeard = mayKnock({ PAIRING: 'on' }, from, arrival.text, Date.now());
    const heard = isHeard ? await retryOnce(() => directoryOf(env, config).link(knock)) : 'none';
    if (heard === 'taken') return 'kept';
    if (took.state === 'unset' && opens) took = await giveToPerson(give, names, true);
    if (took.state === 'kept') return 'kept';
  }
  reportStranger(from);
  // Nobody who may write is refused in silence.
  const alert = isShut || took.state === 'unset' ? findAlert(config, from, isShut) : null;
  if (alert !== null && mayRaise(alert.cause, Date.now())) await directoryOf(env, config).raise(alert);
  const isStranger = took.state === 'unset' || took.state === 'out';
  if (isStranger && !isListed && mayKnock(config, from, arrival.text, Date.now())) {
    await retryOnce(() =>
      directoryOf(env, config).knock({ from, name: arrival.name ?? null, arrival: keptOf(message) }),
    );
  }
  return 'refused';
}

/** The alert about a text that was refused although its sender may be on the list, or null. */
function findAlert(config: Config, from: string, isShut: boolean): Raised | null {
  if (isShut) return mayOpen(config, from) ? alerts.channelOff(from, sendersOf(config)) : null;
  // On a channel with ids of its own no stranger has a number.
  const isHidden = channelOf(from).capabilities.identity === 'number' && isExternalAddress(from);
  return isHidden && config.PAIRING === 'off' ? alerts.senderUnknown(from) : null;
}

/** A stranger's text, short enough to keep until an admin has answered. */
const keptOf = (message: InboundMessage & { uuid: string }): Arrival => ({
  ...message,
  text: message.text.slice(0, KEPT_TEXT_CHARS),
});

const REFUSED: Took = { state: 'refused' };

/** The addresses under which the sender may be known, the written one first. */
const namesOf = (from: string, externalId: string | null): string[] => [
  ...new Set([...addressesOf(from), ...(externalId === null ? [] : [externalId])]),
];

/** The sender's number on the other channels that are on, in each spelling. */
const otherNamesOf = (config: Config, from: string): string[] =>
  otherAddressesOf(from)
    .filter((address) => channelOf(address).isOn(config))
    .flatMap(addressesOf);

type Give = (address: string, opening: Required<Opening>) => Promise<Took>;

/**
 * The first address that leads to a conversation takes the message, so nobody has two and none is lost. The written
 * address begins one if none does. A locked address keeps the message for a while if no other takes it. A person with
 * one address costs one call; the first text from it may cost one more, on the sender's other channel.
 */
async function giveToPerson(
  give: Give,
  { names, others }: { names: readonly string[]; others: readonly string[] },
  opens: boolean,
): Promise<Took> {
  const [written = ''] = names;
  const isOnly = names.length === 1 && others.length === 0;
  const refused: Took[] = [];
  let locked: string | null = null;
  for (const address of names) {
    const took = await give(address, { opens: opens && isOnly, keeps: isOnly });
    if (took.state === 'kept') return took;
    if (took.state === 'refused' || took.state === 'out') refused.push(took);
    if (took.state === 'locked') locked ??= address;
  }
  if (locked !== null) return give(locked, { opens: false, keeps: true });
  // A block counts for every address of the person.
  const [out] = refused;
  if (out !== undefined) return refused.find(({ state }) => state === 'refused') ?? out;
  for (const address of others) {
    const took = await give(address, { opens: false, keeps: true });
    if (took.state !== 'unset') return took;
  }
  return opens && !isOnly ? give(written, { opens: true, keeps: true }) : { state: 'unset' };
}
