import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { JWK } from 'jose';
import { publicPartOf } from '../../src/protocol/tokens.ts';
import type { Vars } from '../local/dev-vars.ts';
import { prodVarsPath } from '../production/prod-vars.ts';

// Writes .prod.agent.env beside .prod.vars: the settings of an agent server that people run themselves, as NAME=VALUE
// without quotes, which `docker run --env-file` and `fly secrets import` can read. It has no secrets: the relay keeps
// the private key.

export const AGENT_ENV = '.prod.agent.env';
const path = (): string => resolve(dirname(prodVarsPath()), AGENT_ENV);

/** The file's name in commands. */
export const agentEnvName = (): string => relative(process.cwd(), path()) || AGENT_ENV;

function textOf({ PUBLIC_URL = '', MACHINE_SIGNING_KEY = '{}' }: Vars): string {
  const keys = [publicPartOf(JSON.parse(MACHINE_SIGNING_KEY) as JWK)];
  return `RELAY_URL=${PUBLIC_URL}\nRELAY_PUBLIC_KEYS=${JSON.stringify(keys)}\nMACHINE_AUDIENCE=static\n`;
}

export function isAgentEnvWritten(answers: Vars): boolean {
  try {
    return readFileSync(path(), 'utf8') === textOf(answers);
  } catch {
    return false;
  }
}

export function writeAgentEnv(answers: Vars): void {
  const next = `${path()}.next`;
  writeFileSync(next, textOf(answers), { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, path());
}

export const removeAgentEnv = (): void => rmSync(path(), { force: true });
