import * as z from 'zod';
import { CloudflareRefusal } from './answers.ts';
import type { Binding, ClassOfObjects, Script, Version } from './store.ts';

// Reads and checks the multipart form in which wrangler uploads a Worker, as Cloudflare does: inherited bindings,
// targets of bindings, and the order of changes to Durable Object classes. Pure except for reading the form.

const Metadata = z.looseObject({
  main_module: z.string(),
  bindings: z.array(z.looseObject({ name: z.string(), type: z.string() })).default([]),
  keep_bindings: z.array(z.string()).default([]),
  compatibility_date: z.string().nullish(),
  compatibility_flags: z.array(z.string()).default([]),
  limits: z.unknown().optional(),
  assets: z.looseObject({ jwt: z.string() }).optional(),
  keep_assets: z.boolean().optional(),
  annotations: z.record(z.string(), z.string().optional()).nullish(),
  migrations: z
    .looseObject({
      old_tag: z.string().optional(),
      new_tag: z.string(),
      steps: z.array(
        z.strictObject({
          new_sqlite_classes: z.array(z.string()).default([]),
          new_classes: z.array(z.string()).default([]),
          deleted_classes: z.array(z.string()).default([]),
          renamed_classes: z.array(z.strictObject({ from: z.string(), to: z.string() })).default([]),
        }),
      ),
    })
    .optional(),
});

export type Metadata = z.infer<typeof Metadata>;
export type Upload = { metadata: Metadata; modules: { name: string; type: string; content: Uint8Array }[] };

export async function readUpload(request: Request): Promise<Upload> {
  const form = await request.formData().catch(() => null);
  const text = form?.get('metadata');
  if (!form || text === null || text === undefined)
    throw new CloudflareRefusal(400, 10021, 'The upload has no part "metadata".');
  const metadata = Metadata.safeParse(JSON.parse(typeof text === 'string' ? text : await text.text()));
  if (!metadata.success) throw new CloudflareRefusal(400, 10021, `metadata: ${z.prettifyError(metadata.error)}`);
  const modules = [];
  for (const [name, part] of form) {
    if (name === 'metadata' || typeof part === 'string') continue;
    modules.push({ name, type: part.type, content: new Uint8Array(await part.arrayBuffer()) });
  }
  if (!modules.some(({ name }) => name === metadata.data.main_module)) {
    throw new CloudflareRefusal(400, 10021, `No such module "${metadata.data.main_module}".`);
  }
  return { metadata: metadata.data, modules };
}

/** The version's bindings: the uploaded ones, and those kept from the previous version. */
export function boundTo({ bindings, keep_bindings }: Metadata, before: Version | undefined): Binding[] {
  const given = bindings.filter(({ type }) => type !== 'inherit');
  const names = new Set(given.map(({ name }) => name));
  const inherited = bindings
    .filter(({ type }) => type === 'inherit')
    .map(({ name }) => {
      const found = before?.bindings.find((one) => one.name === name);
      if (!found) throw new CloudflareRefusal(400, 10021, `binding ${name} of type inherit has nothing to inherit`);
      return found;
    });
  const kept = (before?.bindings ?? []).filter(
    ({ name, type }) => keep_bindings.includes(type) && !names.has(name) && !inherited.some((one) => one.name === name),
  );
  return [...given, ...inherited, ...kept];
}

/** The classes after the upload's migrations. */
export function migrated(script: Script, { migrations }: Metadata, draw: () => string): ClassOfObjects[] {
  if (!migrations) return script.classes;
  if ((migrations.old_tag ?? null) !== script.migrationTag) {
    throw new CloudflareRefusal(
      412,
      10079,
      `Migration tag precondition failed; expected migration tag to be '${migrations.old_tag ?? ''}', but it is '${script.migrationTag ?? ''}'.`,
    );
  }
  let classes = script.classes;
  for (const step of migrations.steps) {
    for (const name of [...step.new_sqlite_classes, ...step.new_classes]) {
      if (classes.some((one) => one.name === name)) {
        throw new CloudflareRefusal(
          400,
          10074,
          `Cannot apply new-class migration to class '${name}' that is already depended on by existing Durable Objects.`,
        );
      }
      classes = [...classes, { id: draw(), name, sqlite: step.new_sqlite_classes.includes(name) }];
    }
    classes = classes
      .filter(({ name }) => !step.deleted_classes.includes(name))
      .map((one) => ({ ...one, name: step.renamed_classes.find(({ from }) => from === one.name)?.to ?? one.name }));
  }
  return classes;
}

/** Checks that every binding has a target. */
export function checkBindings(
  bindings: readonly Binding[],
  classes: readonly ClassOfObjects[],
  buckets: readonly string[],
): void {
  for (const binding of bindings) {
    if (binding.type === 'durable_object_namespace' && !classes.some(({ name }) => name === binding.class_name)) {
      throw new CloudflareRefusal(
        400,
        10061,
        `Cannot create binding for class '${String(binding.class_name)}' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.`,
      );
    }
    if (binding.type === 'r2_bucket' && !buckets.includes(String(binding.bucket_name))) {
      throw new CloudflareRefusal(
        400,
        10085,
        `R2 bucket '${String(binding.bucket_name)}' not found. Please use a different name and try again.`,
      );
    }
  }
}

export const secretsOf = (version: Version): Map<string, string> =>
  new Map(version.bindings.filter(({ type }) => type === 'secret_text').map(({ name, text }) => [name, String(text)]));
