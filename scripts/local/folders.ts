import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isZone } from '../../src/config/config.ts';
import { parseDevVars, type Vars, withMissing } from './dev-vars.ts';
import { localVars } from './generated-vars.ts';
import { PORTS_USED } from './port-base.ts';
import { freePorts, portIsFree } from './ports.ts';

// The folders of a local run, and .dev.vars on disk: created once, readable by its owner only, completed when names are
// missing, never overwritten.

const root = resolve(import.meta.dirname, '../..');

/** ROOST_STATE and ROOST_DEV_VARS let a test run beside the developer's own. */
export const folders = { root, state: resolve(root, process.env.ROOST_STATE ?? '.roost') };
const devVarsName = process.env.ROOST_DEV_VARS ?? '.dev.vars';
export const devVarsPath = resolve(root, devVarsName);

const text = (): string => (existsSync(devVarsPath) ? readFileSync(devVarsPath, 'utf8') : '');

export const readDevVars = (): Vars => parseDevVars(text());

export function completeDevVars(say: (line: string) => void): Vars {
  const before = text();
  const after = withMissing(before, localVars());
  if (after !== before) {
    // Written to a temporary file and renamed, so that a full disk can't leave half a file without keys.
    const next = `${devVarsPath}.next`;
    writeFileSync(next, after, { mode: 0o600 });
    chmodSync(next, 0o600);
    renameSync(next, devVarsPath);
    say(
      before === '' ? `Wrote ${devVarsName} with keys for this computer.` : `Added missing settings to ${devVarsName}.`,
    );
  }
  mkdirSync(folders.state, { recursive: true, mode: 0o700 });
  return parseDevVars(after);
}

/**
 * The same. When the file is new and another copy uses the usual ports, this copy gets free ones. A person with a file
 * has already chosen.
 */
export async function completeForThisComputer(say: (line: string) => void): Promise<Vars> {
  const isNew = text() === '';
  const vars = completeDevVars(say);
  // planRun judges a person's own values together with all others.
  if (!isNew) return vars;
  const usual = ['TWILIO_API_URL', 'PUBLIC_URL', 'MACHINE_URL', 'DEMO_MODEL_URL', 'GIT_API_URL'].map((name) =>
    Number(new URL(vars[name] ?? '').port),
  );
  if ((await Promise.all(usual.map(portIsFree))).every(Boolean)) return vars;
  const base = await freePorts(PORTS_USED);
  appendFileSync(
    devVarsPath,
    `# The default ports were in use: all local addresses use this port and the ones after it.\nPORT_BASE=${base}\n`,
  );
  say(`The default ports are in use, so this copy uses ${base} to ${base + PORTS_USED - 1} (PORT_BASE in .dev.vars).`);
  return readDevVars();
}

/**
 * People who use Roost on this computer share its time zone, unless .dev.vars names another. Some computers have none.
 */
export function withZone(vars: Vars, here: string | null = Intl.DateTimeFormat().resolvedOptions().timeZone): Vars {
  return vars.DEFAULT_TIMEZONE || !here || !isZone(here) ? vars : { ...vars, DEFAULT_TIMEZONE: here };
}

export const logFolder = (): string => join(folders.state, 'logs');
