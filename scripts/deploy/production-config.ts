import { isAbsolute, relative, resolve } from 'node:path';
import { parse } from 'smol-toml';
import * as z from 'zod';

// wrangler.toml for production: with the Worker's own name, its own domain, and Workers AI for voice notes, which local
// runs lack because it needs a login. Pure.

export const PRODUCTION_ENTRY = 'src/worker/index.ts';

const Toml = z.looseObject({
  main: z.string(),
  migrations: z.array(z.looseObject({ tag: z.string() })).min(1),
  assets: z.looseObject({ directory: z.string() }),
  r2_buckets: z.array(z.looseObject({ binding: z.string(), bucket_name: z.string() })),
});

export type ProductionConfig = {
  /** For `wrangler --config`, as JSON. */
  config: Record<string, unknown>;
  /** The name in wrangler.toml. */
  main: string;
  lastMigration: string;
  buckets: string[];
};

export function productionConfig(toml: string, root: string, worker: string, publicUrl: string): ProductionConfig {
  const source = Toml.parse(parse(toml));
  const host = new URL(publicUrl).hostname;
  return {
    config: {
      ...source,
      name: worker,
      main: isAbsolute(source.main) ? source.main : resolve(root, source.main),
      // Wrangler looks for it beside this file.
      assets: { ...source.assets, directory: resolve(root, source.assets.directory) },
      ai: { binding: 'AI' },
      ...(isOwnDomain(host) ? { routes: [{ pattern: host, custom_domain: true }] } : { workers_dev: true }),
    },
    main: relative(root, resolve(root, source.main)),
    lastMigration: source.migrations.at(-1)?.tag ?? '',
    buckets: source.r2_buckets.map(({ bucket_name }) => bucket_name),
  };
}

/** A domain of the account; Cloudflare creates the DNS entry. */
const isOwnDomain = (host: string): boolean => !host.endsWith('.workers.dev') && !isLoopbackHost(host);

export const isLoopbackHost = (host: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(host);
