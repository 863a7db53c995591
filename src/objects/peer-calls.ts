import { addressesOf, numberOf, schemeOf } from '../addresses.ts';
import { otherAddressesOf } from '../channels/registry.ts';
import { maskAddress } from '../conversation/access/change.ts';
import { addressOfRef, findBelonging } from '../conversation/access/links.ts';
import { LEAD_TIMEOUT_MS } from '../conversation/policy/persons.ts';
import { ASK_TIMEOUT_MS, GIVE_TIMEOUT_MS } from '../conversation/policy/schedules.ts';
import { findNextDelivery } from '../conversation/schedules/fan-out.ts';
import { reportOf } from '../conversation/schedules/received-runs.ts';
import type { Effect } from '../conversation/state/events.ts';
import { findAddress } from '../conversation/state/person.ts';
import type { Became, RunReport } from '../conversation/state/schedule-rows.ts';
import { reasonOf } from '../log.ts';
import { withTimeout } from '../timeout.ts';
import type { LaneContext } from './lanes/lane-context.ts';
import type { Services } from './services.ts';

// Calls between two conversations about a run: its message for a recipient, and the result. Content is read from the
// rows at that moment. Both calls can be repeated, and the timers of conversation/schedules/{fan-out,received-runs}.ts
// do so.

type Told<Kind extends Effect['do']> = Extract<Effect, { do: Kind }>;

type Find = Services['conversation'];
type Known = Awaited<ReturnType<Find>>;

/**
 * Gives a text to the person's conversation, which may be on another channel than the owner's. `opens`: a conversation
 * may begin at this address.
 */
async function giveToHome(
  address: string,
  opens: boolean,
  find: Find,
  give: (known: Known) => Promise<Became>,
): Promise<Became> {
  const known = await find(address);
  if (!opens && (await known.object.standing()) !== 'served') {
    const there = await findOnOtherChannel(address, find);
    return there === null ? { state: 'skipped', note: 'access', code: null } : give(there);
  }
  const became = await give(known);
  const isElsewhere = became.note === 'access' && (await known.object.standing()) === 'nobody';
  const other = isElsewhere ? await findOnOtherChannel(address, find) : null;
  return other === null ? became : give(other);
}

/** The conversation of a person who is served on another channel, or null. */
async function findOnOtherChannel(address: string, find: Find): Promise<Known | null> {
  for (const other of otherAddressesOf(address)) {
    const known = await find(other);
    if ((await known.object.standing()) === 'served') return known;
  }
  return null;
}

export async function performDeliver({ run, address }: Told<'deliver'>, context: LaneContext): Promise<void> {
  const state = context.load([{ rows: 'run', id: run }]);
  const next = findNextDelivery(state, run, address);
  const schedule = state.runs.find((r) => r.id === run)?.schedule;
  if (next?.text == null || schedule === undefined) return;
  const { address: owner, sender } = state.conversation;
  const { part, text } = next;
  try {
    const { conversation } = context.services();
    const give = ({ address: known, object }: Known) =>
      object.takeRun({ address: known, sender, owner, run, schedule, part, text });
    // A conversation may begin there only if our sender is on the recipient's channel.
    const opens = schemeOf(sender) === schemeOf(address);
    const became = await withTimeout(GIVE_TIMEOUT_MS, giveToHome(address, opens, conversation, give));
    context.apply({ type: 'run-taken', run, address, part, ...became });
  } catch (error) {
    context.report({ level: 'warn', event: 'run-not-given', run, reason: reasonOf(error) });
  }
}

/** Their homes answer; of somebody who has none, the configuration's list says whether they may begin a conversation. */
export async function performAskRecipients(
  { ref, addresses }: Told<'ask-recipients'>,
  context: LaneContext,
): Promise<void> {
  const { conversation, isAllowed } = context.services();
  const mayText = async (address: string): Promise<boolean> => {
    const standing = await (await conversation(address)).object.standing();
    if (standing !== 'nobody' || isAllowed(numberOf(address))) return standing !== 'known';
    return (await findOnOtherChannel(address, conversation)) !== null;
  };
  try {
    const all = await withTimeout(ASK_TIMEOUT_MS, Promise.all(addresses.map(mayText)));
    context.apply({ type: 'recipients-answered', ref, mayAll: all.every(Boolean) });
  } catch (error) {
    context.report({ level: 'warn', event: 'recipients-unknown', reason: reasonOf(error) });
  }
}

export async function performReport({ run, owner }: Told<'report'>, context: LaneContext): Promise<void> {
  const report = reportOf(context.load([{ rows: 'run', id: run }]), { run, owner });
  try {
    const tell = async (told: RunReport) => (await context.services().conversation(owner)).object.runReported(told);
    if (report) await withTimeout(GIVE_TIMEOUT_MS, tell(report));
    context.apply({ type: 'report-taken', run, owner, state: report?.state ?? 'given' });
  } catch (error) {
    context.report({ level: 'warn', event: 'run-not-reported', run, reason: reasonOf(error) });
  }
}

/** The schedule may name another address of the person, their number on another channel, or spell it differently. */
export function expandAddresses({ also = [], ...report }: RunReport): RunReport[] {
  const known = [report.address, ...also].flatMap((address) => [address, ...otherAddressesOf(address)]);
  return [...new Set(known.flatMap(addressesOf))].map((address) => ({ ...report, address }));
}

/** Asks the object of an address to lead to this person's home. */
export async function performLead({ address }: Told<'lead'>, context: LaneContext): Promise<void> {
  const row = findAddress(context.load(), address);
  if (row?.state !== 'leading') return;
  try {
    const became = await withTimeout(LEAD_TIMEOUT_MS, context.services().lead(address, row.boundAt));
    context.apply({ type: 'led', address, became });
  } catch (error) {
    context.report({ level: 'warn', event: 'address-not-led', reason: reasonOf(error) });
  }
}

/** Takes an address from the person, as they wished: its object no longer leads here. The audit has it. */
export async function performLetGo({ ref }: Told<'let-go'>, context: LaneContext): Promise<void> {
  const state = context.load();
  if (!state.timers.some((timer) => timer.kind === 'let-go' && timer.ref === ref)) return;
  const { letGo, audit, id, channelOf } = context.services();
  const address = addressOfRef(ref);
  const addresses = findBelonging(state, address);
  try {
    const detail = maskAddress(address, channelOf);
    const entry = { actor: id, action: 'unlinked an address', subject: id, detail, op: ref.slice(0, ref.indexOf(' ')) };
    const call = async () => {
      for (const each of addresses) await letGo(each, context.tombstone().marks());
      await audit([entry]);
    };
    await withTimeout(LEAD_TIMEOUT_MS, call());
    context.apply({ type: 'unlinked', ref, addresses });
  } catch (error) {
    context.report({ level: 'warn', event: 'address-not-let-go', reason: reasonOf(error) });
  }
}
