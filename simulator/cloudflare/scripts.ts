import { Hono } from 'hono';
import * as z from 'zod';
import { CloudflareRefusal, noWorker, ok } from './answers.ts';
import { type CloudflareState, scriptOf } from './state.ts';
import { activeVersion, etagOf, type Script } from './store.ts';
import { shownBindings } from './version-resources.ts';
import { deployWithSecrets } from './versions.ts';

// A Worker's routes except its versions: secrets, settings, schedules, address, deletion.

const Secret = z.looseObject({ name: z.string().min(1), text: z.string(), type: z.literal('secret_text') });
const SecretsPatch = z.object({ secrets: z.record(z.string(), Secret.nullable()) });
const SECRETS_MAX = 128;
const SECRET_BYTES_MAX = 5 * 1024;

export function scriptRoutes(state: CloudflareState): Hono {
  const app = new Hono();

  app.get('/', (c) => ok(c, state.store.scripts.map(scriptResource)));

  app.delete('/:name', async (c) => {
    await remove(state, scriptOf(state, c.req.param('name')));
    return ok(c, null);
  });

  app.get('/:name/secrets', (c) => {
    const version = activeVersion(scriptOf(state, c.req.param('name')));
    const secrets = (version?.bindings ?? []).filter(({ type }) => type === 'secret_text');
    return ok(
      c,
      secrets.map(({ name, type }) => ({ name, type })),
    );
  });

  app.put('/:name/secrets', async (c) => {
    const script = scriptOf(state, c.req.param('name'));
    const { name, text } = valid(Secret, await c.req.json());
    await putSecrets(state, script, { [name]: text });
    return ok(c, { name, type: 'secret_text' });
  });

  app.patch('/:name/secrets-bulk', async (c) => {
    const script = scriptOf(state, c.req.param('name'));
    if (c.req.header('content-type') !== 'application/merge-patch+json') {
      throw new CloudflareRefusal(415, 10021, 'Send application/merge-patch+json.');
    }
    const { secrets } = valid(SecretsPatch, await c.req.json());
    await putSecrets(
      state,
      script,
      Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret?.text ?? null])),
    );
    return ok(c, null);
  });

  app.delete('/:name/secrets/:secret', async (c) => {
    const script = scriptOf(state, c.req.param('name'));
    const secret = c.req.param('secret');
    if (!activeVersion(script)?.bindings.some(({ name, type }) => name === secret && type === 'secret_text')) {
      throw new CloudflareRefusal(404, 10056, `Binding '${secret}' not found.`);
    }
    await putSecrets(state, script, { [secret]: null });
    return ok(c, null);
  });

  app.get('/:name/settings', (c) => ok(c, settingsOf(scriptOf(state, c.req.param('name')))));
  app.get('/:name/script-settings', (c) => ok(c, settingsOf(scriptOf(state, c.req.param('name')))));
  app.patch('/:name/script-settings', async (c) => {
    const script = scriptOf(state, c.req.param('name'));
    script.settings = { ...script.settings, ...valid(z.record(z.string(), z.unknown()), await c.req.json()) };
    state.store.save();
    return ok(c, settingsOf(script));
  });

  app.get('/:name/references', (c) => {
    scriptOf(state, c.req.param('name'));
    return ok(c, {});
  });

  app.get('/:name/schedules', (c) => ok(c, { schedules: scriptOf(state, c.req.param('name')).schedules }));
  app.put('/:name/schedules', async (c) => {
    const script = scriptOf(state, c.req.param('name'));
    const now = new Date().toISOString();
    const crons = valid(z.array(z.object({ cron: z.string().regex(/^\S+( \S+){4}$/) })), await c.req.json());
    script.schedules = crons.map(({ cron }) => ({ cron, created_on: now, modified_on: now }));
    state.store.save();
    return ok(c, { schedules: script.schedules });
  });

  app.get('/:name/subdomain', (c) => ok(c, scriptOf(state, c.req.param('name')).subdomain));
  app.post('/:name/subdomain', async (c) => {
    const script = scriptOf(state, c.req.param('name'));
    const wanted = valid(
      z.object({ enabled: z.boolean(), previews_enabled: z.boolean().optional() }),
      await c.req.json(),
    );
    script.subdomain = { enabled: wanted.enabled, previews_enabled: wanted.previews_enabled ?? false };
    state.store.save();
    return ok(c, script.subdomain);
  });

  return app;
}

/** Wrangler reads a few fields of the older and of the newer resource of the same Worker. */
export function workerRoutes(state: CloudflareState): Hono {
  const app = new Hono();

  app.get('/services/:name', (c) => {
    const script = serviceOf(state, c.req.param('name'));
    const at = { created_on: script.createdOn, modified_on: script.deployments.at(-1)?.createdOn ?? script.createdOn };
    const environment = { environment: 'production', ...at, script: scriptResource(script) };
    return ok(c, { id: script.name, ...at, default_environment: environment, environments: [environment] });
  });

  app.delete('/services/:name', async (c) => {
    await remove(state, serviceOf(state, c.req.param('name')));
    return ok(c, null);
  });

  app.get('/workers/:name', (c) => {
    const script = scriptOf(state, c.req.param('name'));
    const url = `https://${script.name}.${state.subdomain}.workers.dev`;
    return ok(c, {
      id: script.tag,
      name: script.name,
      created_on: script.createdOn,
      subdomain: { ...script.subdomain, url },
    });
  });

  app.get('/subdomain', (c) => ok(c, { subdomain: state.subdomain }));
  app.get('/tails/by-consumer/:name', (c) => ok(c, []));

  return app;
}

function serviceOf(state: CloudflareState, name: string): Script {
  const script = state.store.script(name);
  if (!script) throw new CloudflareRefusal(404, 10090, noWorker().message);
  return script;
}

/** Deletes the Worker with its objects and their storage. */
async function remove(state: CloudflareState, script: Script): Promise<void> {
  state.store.removeScript(script);
  state.store.save();
  await state.runtime.refresh();
  state.runtime.forget(script);
}

async function putSecrets(
  state: CloudflareState,
  script: Script,
  secrets: Readonly<Record<string, string | null>>,
): Promise<void> {
  const values = Object.values(secrets).filter((text) => text !== null);
  if (values.some((text) => Buffer.byteLength(text) > SECRET_BYTES_MAX))
    throw new CloudflareRefusal(400, 10054, 'Secret text exceeds 5 kB.');
  if (values.length > SECRETS_MAX) throw new CloudflareRefusal(400, 10055, 'Too many secrets.');
  await deployWithSecrets(state, script, secrets);
}

function valid<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new CloudflareRefusal(400, 10021, z.prettifyError(parsed.error));
  return parsed.data;
}

const scriptResource = (script: Script) => {
  const version = activeVersion(script);
  return {
    id: script.name,
    tag: script.tag,
    etag: version ? etagOf(version) : '',
    created_on: script.createdOn,
    modified_on: version?.createdOn ?? script.createdOn,
    usage_model: 'standard',
    handlers: ['fetch', 'scheduled'],
    last_deployed_from: 'wrangler',
    compatibility_date: version?.compatibilityDate ?? null,
    ...(script.migrationTag === null ? {} : { migration_tag: script.migrationTag }),
    ...('tags' in script.settings ? { tags: script.settings.tags } : {}),
  };
};

const settingsOf = (script: Script) => {
  const version = activeVersion(script);
  return {
    bindings: version ? shownBindings(script, version) : [],
    compatibility_date: version?.compatibilityDate ?? null,
    compatibility_flags: version?.compatibilityFlags ?? [],
    usage_model: 'standard',
    ...script.settings,
  };
};
