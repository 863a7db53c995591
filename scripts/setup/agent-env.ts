import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { JWK } from 'jose';
import { publicPart } from '../../src/protocol/tokens.ts';
import type { Vars } from '../dev-vars.ts';
import { prodVarsPath } from '../prod-vars.ts';

// The settings of an agent server that somebody runs themselves, beside .prod.vars as .prod.agent.env: NAME=VALUE without
// quotes, as `docker run --env-file` and `fly secrets import` read it. No secrets: the relay keeps the private key.

export const AGENT_ENV = '.prod.agent.env';
const path = (): string => resolve(dirname(prodVarsPath()), AGENT_ENV);

/** As it is named in a command. */
export const agentEnvName = (): string => relative(process.cwd(), path()) || AGENT_ENV;

function textOf({ PUBLIC_URL = '', MACHINE_SIGNING_KEY = '{}' }: Vars): string {
  const keys = [publicPart(JSON.parse(MACHINE_SIGNING_KEY) as JWK)];
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
