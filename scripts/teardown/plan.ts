import { listInventory } from '../../src/machines/fly/inventory.ts';
import { flyOf } from '../accounts/fly.ts';
import { relayAt } from '../doctor/relay.ts';
import type { Vars } from '../local/dev-vars.ts';
import type { Created, CreatedRecord } from '../setup/record.ts';
import { appPrefix } from '../setup/steps-machine.ts';
import { teardownWords } from './words.ts';

// Lists what to remove, in order: first the webhooks, so that nobody calls the relay any more, then what costs most.
// Only what setup recorded, and the machines which that relay created; everything else is left alone.

/** `title`: what will happen to it; `thing`: what it is. */
export type Item = {
  title: string;
  thing: string;
  kind: Created['kind'] | 'fly-machine';
  id: string;
  entry: Created | null;
};

const ORDER: readonly Created['kind'][] = ['webhook', 'bot-webhook', 'fly-app', 'worker', 'bucket', 'template', 'file'];

export async function planTeardown(answers: Vars, record: CreatedRecord, withData = false): Promise<Item[]> {
  const noted = (kind: Created['kind']): Item[] =>
    record
      .all()
      .filter((entry) => entry.kind === kind)
      .map((entry) => ({ ...wordsOf(entry, withData), kind, id: entry.id, entry }));
  const machines = (await machinesOf(answers)).map(machineItem);
  return ORDER.flatMap((kind) => (kind === 'fly-app' ? [...machines, ...noted(kind)] : noted(kind)));
}

export function machineItem(name: string): Item {
  const title = teardownWords.flyMachineTitle(name);
  return { title, thing: teardownWords.flyApp(name), kind: 'fly-machine', id: name, entry: null };
}

/** The apps of the relay at PUBLIC_URL: by their machines' metadata, and by the relay's ledger. */
export async function machinesOf(answers: Vars): Promise<string[]> {
  const { MACHINE_PROVIDER, FLY_API_TOKEN, FLY_ORG, PUBLIC_URL } = answers;
  if (MACHINE_PROVIDER !== 'fly' || !FLY_API_TOKEN || !FLY_ORG || !PUBLIC_URL) return [];
  const known = await ledgerOf(answers);
  const apps = await listInventory(flyOf(answers), { org: FLY_ORG, prefix: appPrefix(answers) }).catch(() => {
    throw new Error(teardownWords.flyIsSilent(FLY_ORG));
  });
  const host = new URL(PUBLIC_URL).host;
  return apps.filter(({ name, deployment }) => deployment === host || known.includes(name)).map(({ name }) => name);
}

/** With machines from a former address, and apps without a machine yet. Empty when the relay is gone. */
async function ledgerOf({ PUBLIC_URL = '', OPERATOR_TOKEN }: Vars): Promise<string[]> {
  const relay = relayAt(PUBLIC_URL.replace(/\/+$/, ''), OPERATOR_TOKEN || undefined);
  const health = await relay.health().catch(() => null);
  return health?.machines?.map(({ name }) => name) ?? [];
}

function wordsOf({ kind, id }: Created, withData: boolean): Pick<Item, 'title' | 'thing'> {
  const said = (thing: string, title = thing) => ({ thing, title });
  if (kind === 'webhook') return said(teardownWords.webhook(id), teardownWords.webhookTitle(id));
  if (kind === 'bot-webhook') return said(teardownWords.botWebhook(id), teardownWords.botWebhookTitle(id));
  if (kind === 'fly-app') return said(teardownWords.flyApp(id));
  if (kind === 'worker') return said(teardownWords.worker(id), teardownWords.workerTitle(id));
  if (kind === 'bucket') return said(teardownWords.bucket(id), teardownWords.bucketTitle(id, withData));
  return said(kind === 'file' ? teardownWords.file(id) : teardownWords.template(id));
}
