import { flyApi } from '../../src/machines/fly/api.ts';
import { inventory } from '../../src/machines/fly/inventory.ts';
import type { Vars } from '../dev-vars.ts';
import type { Created, CreatedRecord } from '../setup/record.ts';
import { appPrefix } from '../setup/steps-machine.ts';
import { teardownWords } from '../setup/words.ts';

// What there is to remove, in the order of removing: first nobody calls the relay any more, then what costs most. Only what
// set-up noted, and the machines which that very relay made; whatever else stands beside them is left alone.

export type Item = { title: string; kind: Created['kind'] | 'fly-machine'; id: string; entry: Created | null };

const ORDER: readonly Created['kind'][] = ['webhook', 'fly-app', 'worker', 'bucket', 'template'];

export async function planTeardown(answers: Vars, record: CreatedRecord): Promise<Item[]> {
  const noted = (kind: Created['kind']): Item[] =>
    record
      .all()
      .filter((entry) => entry.kind === kind)
      .map((entry) => ({ title: titleOf(entry), kind, id: entry.id, entry }));
  const machines = (await machinesOf(answers)).map((name): Item => {
    return { title: teardownWords.flyMachine(name), kind: 'fly-machine', id: name, entry: null };
  });
  return ORDER.flatMap((kind) => (kind === 'fly-app' ? [...machines, ...noted(kind)] : noted(kind)));
}

/** Apps in which the relay at PUBLIC_URL has made machines. */
export async function machinesOf(answers: Vars): Promise<string[]> {
  const { MACHINE_PROVIDER, FLY_API_TOKEN, FLY_ORG, PUBLIC_URL } = answers;
  if (MACHINE_PROVIDER !== 'fly' || !FLY_API_TOKEN || !FLY_ORG || !PUBLIC_URL) return [];
  const api = flyApi({ apiUrl: answers.FLY_API_URL || 'https://api.machines.dev', token: FLY_API_TOKEN });
  const apps = await inventory(api, { org: FLY_ORG, prefix: appPrefix(answers) });
  const host = new URL(PUBLIC_URL).host;
  return apps.filter(({ deployment }) => deployment === host).map(({ name }) => name);
}

function titleOf({ kind, id }: Created): string {
  if (kind === 'webhook') return teardownWords.webhook(id);
  if (kind === 'fly-app') return teardownWords.flyApp(id);
  if (kind === 'worker') return teardownWords.worker(id);
  return kind === 'bucket' ? teardownWords.bucket(id) : teardownWords.template(id);
}
