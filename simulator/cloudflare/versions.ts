import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import * as z from 'zod';
import { CloudflareRefusal, ok } from './answers.ts';
import type { AssetList } from './assets.ts';
import { type CloudflareState, deployed, scriptOf } from './state.ts';
import {
  type Annotations,
  activeVersion,
  type Binding,
  type Deployment,
  etagOf,
  type Script,
  type Version,
} from './store.ts';
import { boundTo, checkBindings, type Metadata, migrated, readUpload, secretsOf, type Upload } from './upload.ts';
import { annotationsOf, deploymentResource, drawId, versionResource, versionSummary } from './version-resources.ts';

// Uploads, versions and deployments of a Worker. A change of classes needs an upload that deploys at once. Going back
// past such a change is refused, and so is going back to other secrets without confirmation.

const DeploymentRequest = z.looseObject({
  strategy: z.literal('percentage'),
  versions: z.array(z.object({ version_id: z.string(), percentage: z.number() })).length(1),
  annotations: z.record(z.string(), z.string().optional()).nullish(),
});

export function versionRoutes(state: CloudflareState): Hono {
  const app = new Hono();

  app.put('/:name', async (c) => {
    const upload = await readUpload(c.req.raw);
    const known = state.store.script(c.req.param('name'));
    const script = known ?? state.store.createScript(c.req.param('name'));
    const { migrationTag, classes: classesBefore, versions } = script;
    const before = { migrationTag, classes: classesBefore, versions: [...versions] };
    try {
      const classes = migrated(script, upload.metadata, drawId);
      script.migrationTag = upload.metadata.migrations?.new_tag ?? script.migrationTag;
      script.classes = classes;
      const version = addVersion(state, script, upload);
      await deploy(state, script, version, annotationsOf(upload.metadata.annotations), 'upload');
      return ok(c, {
        id: script.name,
        tag: script.tag,
        etag: etagOf(version),
        deployment_id: version.id.replaceAll('-', ''),
        startup_time_ms: 20,
        created_on: script.createdOn,
        modified_on: version.createdOn,
        handlers: ['fetch', 'scheduled'],
        migration_tag: script.migrationTag,
        compatibility_date: version.compatibilityDate,
        usage_model: 'standard',
      });
    } catch (error) {
      Object.assign(script, before);
      if (!known) state.store.removeScript(script);
      state.store.save();
      throw error;
    }
  });

  app.post('/:name/versions', async (c) => {
    const script = scriptOf(state, c.req.param('name'));
    const upload = await readUpload(c.req.raw);
    if (upload.metadata.migrations) {
      throw new CloudflareRefusal(
        400,
        10211,
        'Version upload failed. You attempted to upload a version of a Worker that includes a Durable Object migration, but migrations must be fully applied via a non-versioned deployment.',
      );
    }
    const version = addVersion(state, script, upload);
    state.store.save();
    return ok(c, { ...versionResource(script, version), startup_time_ms: 20 });
  });

  app.get('/:name/versions', (c) => {
    const script = scriptOf(state, c.req.param('name'));
    const newestFirst = script.versions.toReversed().slice(0, c.req.query('deployable') === 'true' ? 100 : 10);
    return ok(
      c,
      { items: newestFirst.map((version) => versionSummary(version)) },
      { page: 1, per_page: 10, total_count: script.versions.length },
    );
  });

  app.get('/:name/versions/:id', (c) => {
    const script = scriptOf(state, c.req.param('name'));
    return ok(c, versionResource(script, versionOf(script, c.req.param('id'))));
  });

  app.get('/:name/deployments', (c) => {
    const script = scriptOf(state, c.req.param('name'));
    return ok(c, { deployments: script.deployments.toReversed().slice(0, 10).map(deploymentResource) });
  });

  app.post('/:name/deployments', async (c) => {
    const script = scriptOf(state, c.req.param('name'));
    const wanted = DeploymentRequest.safeParse(await c.req.json());
    if (!wanted.success) throw new CloudflareRefusal(400, 10021, z.prettifyError(wanted.error));
    const version = versionOf(script, wanted.data.versions[0]?.version_id ?? '');
    checkWayBack(script, version, c.req.query('force') === 'true');
    checkBindings(
      version.bindings,
      script.classes,
      state.store.buckets.map(({ name }) => name),
    );
    return ok(
      c,
      deploymentResource(await deploy(state, script, version, annotationsOf(wanted.data.annotations), 'deployment')),
    );
  });

  return app;
}

function addVersion(state: CloudflareState, script: Script, { metadata, modules }: Upload): Version {
  const bindings = boundTo(metadata, script.versions.at(-1));
  checkBindings(
    bindings,
    script.classes,
    state.store.buckets.map(({ name }) => name),
  );
  const id = randomUUID();
  const version: Version = {
    id,
    number: script.versions.length + 1,
    createdOn: new Date().toISOString(),
    annotations: annotationsOf(metadata.annotations),
    mainModule: metadata.main_module,
    modules: state.store.writeModules(id, modules),
    bindings: bindings as Binding[],
    compatibilityDate: metadata.compatibility_date ?? null,
    compatibilityFlags: metadata.compatibility_flags,
    limits: metadata.limits ?? {},
    migrationTag: script.migrationTag,
    assets: assetsOf(state, metadata, script.versions.at(-1)),
    broken: state.nextIsBroken,
  };
  state.nextIsBroken = false;
  script.versions.push(version);
  return version;
}

function assetsOf(
  state: CloudflareState,
  { assets, keep_assets }: Metadata,
  before: Version | undefined,
): AssetList | null {
  if (assets) return state.assets.listOf(assets.jwt);
  return keep_assets ? (before?.assets ?? null) : null;
}

/** A changed secret makes a new version with the previous version's code. */
export async function deployWithSecrets(
  state: CloudflareState,
  script: Script,
  secrets: Readonly<Record<string, string | null>>,
): Promise<void> {
  const before = script.versions.at(-1);
  if (!before) return;
  if (before !== activeVersion(script)) {
    throw new CloudflareRefusal(
      400,
      10215,
      "Secret edit failed. You attempted to modify a secret, but the latest version of your Worker isn't currently deployed.",
    );
  }
  const kept = before.bindings.filter(({ name }) => !(name in secrets));
  const set = Object.entries(secrets).flatMap(([name, text]) =>
    text === null ? [] : [{ name, type: 'secret_text', text }],
  );
  const version = {
    ...before,
    id: randomUUID(),
    number: script.versions.length + 1,
    createdOn: new Date().toISOString(),
    annotations: { 'workers/triggered_by': 'secret' },
    bindings: [...kept, ...set],
  };
  script.versions.push(version);
  await deploy(state, script, version, {}, 'secret');
}

async function deploy(
  state: CloudflareState,
  script: Script,
  version: Version,
  annotations: Annotations,
  by: string,
): Promise<Deployment> {
  const deployment: Deployment = {
    id: randomUUID(),
    createdOn: new Date().toISOString(),
    annotations: { 'workers/triggered_by': by, ...annotations },
    versionId: version.id,
  };
  script.deployments.push(deployment);
  await deployed(state, () => {
    script.deployments = script.deployments.filter((other) => other !== deployment);
  });
  return deployment;
}

function checkWayBack(script: Script, version: Version, force: boolean): void {
  if (version.migrationTag !== script.migrationTag) {
    throw new CloudflareRefusal(
      400,
      10210,
      'Deployment failed. A Durable Object migration has occurred between the version in the active deployment and this version.',
    );
  }
  const current = activeVersion(script);
  if (!current || force || script.deployments.every(({ versionId }) => versionId !== version.id)) return;
  const [now, then] = [secretsOf(current), secretsOf(version)];
  const changed = [...new Set([...now.keys(), ...then.keys()])].filter((name) => now.get(name) !== then.get(name));
  if (changed.length === 0) return;
  throw new CloudflareRefusal(
    400,
    10220,
    `Deployment failed. The following secrets have changed: ${changed.join(', ')}`,
  );
}

function versionOf(script: Script, id: string): Version {
  const version = script.versions.find((one) => one.id === id);
  if (!version) throw new CloudflareRefusal(404, 10024, `Version ${id} of this Worker was not found.`);
  return version;
}
