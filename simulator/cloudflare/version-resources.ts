import { randomUUID } from 'node:crypto';
import { type Annotations, type Deployment, etagOf, type Script, type Version } from './store.ts';

// Versions and deployments as the API shows them. Pure except for the authors' ids, which nobody reads.

export const drawId = (): string => randomUUID().replaceAll('-', '');

export const versionSummary = ({ id, number, createdOn, annotations }: Version) => ({
  id,
  number,
  metadata: {
    created_on: createdOn,
    modified_on: createdOn,
    source: 'wrangler',
    author_id: drawId(),
    author_email: 'operator@example.com',
    hasPreview: false,
  },
  annotations,
});

export const versionResource = (script: Script, version: Version) => ({
  ...versionSummary(version),
  resources: {
    script: { etag: etagOf(version), handlers: ['fetch', 'scheduled'], last_deployed_from: 'wrangler' },
    script_runtime: {
      compatibility_date: version.compatibilityDate,
      compatibility_flags: version.compatibilityFlags,
      limits: version.limits,
      usage_model: 'standard',
      ...(version.migrationTag === null ? {} : { migration_tag: version.migrationTag }),
    },
    bindings: shownBindings(script, version),
  },
});

/** Secrets are named, never shown. */
export const shownBindings = (script: Script, version: Version): Record<string, unknown>[] =>
  version.bindings.map((binding) => {
    if (binding.type === 'secret_text') return { name: binding.name, type: 'secret_text' };
    if (binding.type !== 'durable_object_namespace') return binding;
    return { ...binding, namespace_id: script.classes.find(({ name }) => name === binding.class_name)?.id };
  });

export const deploymentResource = ({ id, createdOn, annotations, versionId }: Deployment) => ({
  id,
  source: 'wrangler',
  strategy: 'percentage',
  author_email: 'operator@example.com',
  created_on: createdOn,
  annotations,
  versions: [{ version_id: versionId, percentage: 100 }],
});

export const annotationsOf = (given: Readonly<Record<string, string | undefined>> | null | undefined): Annotations =>
  Object.fromEntries(
    Object.entries(given ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
