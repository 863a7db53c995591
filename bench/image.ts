import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleAgentServer } from '../vm/bundle.ts';

/** Bundles the agent server and returns the command that the image starts it with. */
export async function commandOfImage(): Promise<[string, ...string[]]> {
  const main = await bundleAgentServer();
  const script = readFileSync(join(import.meta.dirname, '../vm/entrypoint.sh'), 'utf8');
  const flags = /^set -- node (.*) vm\/dist\/main\.mjs$/m.exec(script)?.[1];
  if (flags === undefined) throw new Error('vm/entrypoint.sh starts the server in another way');
  return [process.execPath, ...flags.split(' '), main];
}
