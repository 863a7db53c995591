import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CONFIGURATION_NAMES } from '../../src/config/config.ts';
import { assignment, parseDevVars, type Vars } from '../local/dev-vars.ts';

// The operator's answers for production: .prod.vars, in the format of .dev.vars, readable by its owner only and never
// in git. Existing lines are kept. Values in the environment override the file, so that CI needs no file.

const root = resolve(import.meta.dirname, '../..');

/** The Worker's values. All of them are secrets, because numbers and addresses are private too. */
export const RELAY_NAMES: readonly string[] = CONFIGURATION_NAMES.filter((name) => name !== 'LOCAL_MODE');

/** Values for this computer only. */
export const ACCOUNT_NAMES: readonly string[] = [
  'CLOUDFLARE_API_TOKEN',
  'CLOUDFLARE_ACCOUNT_ID',
  'CLOUDFLARE_API_BASE_URL',
  'WORKER_NAME',
];

/** Values that are never printed, not even in part. */
export const SECRET_NAMES: readonly string[] = [
  'CLOUDFLARE_API_TOKEN',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_AUTH_TOKEN_PREVIOUS',
  'TWILIO_API_KEY_SECRET',
  'TELEGRAM_BOT_TOKEN',
  'TELEGRAM_WEBHOOK_SECRET',
  'MACHINE_SIGNING_KEY',
  'SECRETS_KEY',
  'SECRETS_KEY_PREVIOUS',
  'GITHUB_APP_PRIVATE_KEY',
  'GITHUB_CLIENT_SECRET',
  'GITHUB_WEBHOOK_SECRET',
  'FLY_API_TOKEN',
  'ANTHROPIC_API_KEY',
  'OPERATOR_TOKEN',
  'ALERT_WEBHOOK_URL',
];

export const WORKER_NAME = 'roost';

/** ROOST_PROD_VARS names another file; read at each call, so that a test can set it. */
export const prodVarsPath = (): string => resolve(root, process.env.ROOST_PROD_VARS || '.prod.vars');

export const NO_PROD_VARS = 'There is no .prod.vars: run `npm run setup` first.';

/** Without the file, everything may still be in the environment. */
export const hasProdVars = (vars: Vars): boolean => existsSync(prodVarsPath()) || Boolean(vars.PUBLIC_URL);

const text = (): string => (existsSync(prodVarsPath()) ? readFileSync(prodVarsPath(), 'utf8') : '');

/** The file, with the environment over it. LOCAL_MODE is read too, so that it can be refused. */
export function readProdVars(environment: NodeJS.ProcessEnv = process.env): Vars {
  return { ...parseDevVars(text()), ...setIn(environment) };
}

/** Names whose value differs from the file: a shell may have a key for another purpose. */
export function namesFromEnvironment(environment: NodeJS.ProcessEnv = process.env): string[] {
  const inFile = parseDevVars(text());
  return Object.entries(setIn(environment)).flatMap(([name, value]) => (value === inFile[name] ? [] : [name]));
}

function setIn(environment: NodeJS.ProcessEnv): Vars {
  const known = [...RELAY_NAMES, ...ACCOUNT_NAMES, 'LOCAL_MODE'];
  return Object.fromEntries(known.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}

/** Merges into the file; lines of other names and comments stay as they are. */
export function writeProdVars(changes: Vars): void {
  const path = prodVarsPath();
  // Written to a temporary file and renamed, so that a full disk can't leave half a file without keys.
  const next = `${path}.next`;
  writeFileSync(next, withChanges(text(), changes), { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, path);
}

/** The relay's values without empty ones, which the relay would treat as missing. */
export const relayVars = (vars: Vars): Vars =>
  Object.fromEntries(Object.entries(vars).filter(([name, value]) => RELAY_NAMES.includes(name) && value !== ''));

/** The text with each changed name in its old place, or at the end. Pure. */
export function withChanges(before: string, changes: Vars): string {
  const wanted = { ...parseDevVars(before), ...changes };
  const left = new Map(Object.entries(changes));
  const lines = before.split('\n').flatMap((line) => {
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1];
    if (name === undefined || !(name in changes)) return [line];
    const value = left.get(name);
    left.delete(name);
    // When a name stands twice, its second value wins.
    return value === undefined ? [] : [assignment(name, value)];
  });
  const kept = lines.join('\n').replace(/\n*$/, '');
  const added = [...left].map(([name, value]) => assignment(name, value));
  const after = `${[...(kept === '' ? [] : [kept]), ...added].join('\n')}\n`;
  // Values over several lines cannot be changed line by line: then the values stay, and the comments are lost.
  return sameVars(parseDevVars(after), wanted)
    ? after
    : `${Object.entries(wanted)
        .map((one) => assignment(...one))
        .join('\n')}\n`;
}

const sameVars = (one: Vars, other: Vars): boolean =>
  Object.keys({ ...one, ...other }).every((name) => one[name] === other[name]);
