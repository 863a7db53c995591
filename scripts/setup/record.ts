import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { WebhookSettings } from '../accounts/twilio-lines.ts';
import { prodVarsPath } from '../production/prod-vars.ts';

// Records what setup created in other people's systems, in .prod.created.json beside .prod.vars. Teardown removes
// exactly that. An entry is written before its thing is created, so that nothing can be missing. No secrets.

/** `account`: the owner, in case the answers change later. `before`: the old value, for restoring. */
const Created = z.strictObject({
  kind: z.enum(['webhook', 'bot-webhook', 'fly-app', 'worker', 'bucket', 'template', 'file']),
  id: z.string(),
  account: z.string(),
  at: z.string(),
  before: WebhookSettings.optional(),
});
const File = z.strictObject({
  created: z.array(Created),
  /** Steps done without a visible result. */
  done: z.record(z.string(), z.string()),
});

export type Created = z.infer<typeof Created>;

export type CreatedRecord = {
  all(): readonly Created[];
  has(kind: Created['kind'], id: string, account: string): boolean;
  /** Each thing is recorded once; a repetition keeps the first entry. */
  add(entry: Omit<Created, 'at'>): void;
  remove(entry: Pick<Created, 'kind' | 'id' | 'account'>): void;
  done(step: string): string | undefined;
  markDone(step: string, value: string): void;
};

const same = (a: Pick<Created, 'kind' | 'id' | 'account'>, b: Pick<Created, 'kind' | 'id' | 'account'>): boolean =>
  a.kind === b.kind && a.id === b.id && a.account === b.account;

const recordPath = (): string => resolve(dirname(prodVarsPath()), '.prod.created.json');

export function openRecord(path = recordPath()): CreatedRecord {
  let file = read(path);
  const write = (next: z.infer<typeof File>): void => {
    file = next;
    const aside = `${path}.next`;
    writeFileSync(aside, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
    chmodSync(aside, 0o600);
    renameSync(aside, path);
  };
  return {
    all: () => file.created,
    has: (kind, id, account) => file.created.some((one) => same(one, { kind, id, account })),
    add(entry) {
      if (file.created.some((one) => same(one, entry))) return;
      write({ ...file, created: [...file.created, { ...entry, at: new Date().toISOString() }] });
    },
    remove(entry) {
      write({ ...file, created: file.created.filter((one) => !same(one, entry)) });
    },
    done: (step) => file.done[step],
    markDone(step, value) {
      write({ ...file, done: { ...file.done, [step]: value } });
    },
  };
}

function read(path: string): z.infer<typeof File> {
  if (!existsSync(path)) return { created: [], done: {} };
  const parsed = File.safeParse(json(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(
    `${path} is damaged. Restore it from a backup, or move it away: then \`npm run teardown\` no longer knows what setup created.`,
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
