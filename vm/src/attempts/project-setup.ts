import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { readInside, sizeOfInside } from '../files/inside.ts';
import { makeServersFolder } from '../workspace/conversation-folders.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import { quoteLines, type Ran } from './pre-check/result.ts';

// A project's setup.sh: when it is due, and what the agent is told when it failed. The script is due once for each
// image and each version of itself, because another image may lack the software it builds on. Its state is stored
// beside the conversation's other files, so that both are lost together with the installed software.

export const SETUP_FILE = 'setup.sh';
/** Told before the script runs. */
export const SETTING_UP = `Setting up the project: ${SETUP_FILE}`;
/**
 * A script may succeed later, for example when the network is back; one that always fails must not delay every turn.
 */
const MOST_TRIES = 3;
const SCRIPT_MAX = 1024 * 1024;
const TAIL_LINES = 20;
const TAIL_CHARS = 3000;

const Known = z.object({ of: z.string(), tries: z.number().int(), done: z.boolean() });
type Known = z.infer<typeof Known>;

/** `due`: the script has to run now. `resting`: it failed too often or is too large; `note` tells a new agent. */
export type ProjectSetup =
  | { kind: 'none' }
  | { kind: 'resting'; note: string }
  | { kind: 'due'; begun: () => void; done: () => void };

const NONE = { kind: 'none' } as const;

export function projectSetupOf(
  dataDir: string,
  { conversation, project }: { conversation: string; project: string },
  image: string,
): ProjectSetup {
  const workspace = workspaceOf(dataDir, conversation);
  const script = readInside(join(workspace.projects, project), SETUP_FILE, SCRIPT_MAX);
  if (script === null) {
    const isThere = sizeOfInside(join(workspace.projects, project), SETUP_FILE) > SCRIPT_MAX;
    return isThere ? { kind: 'resting', note: resting('is larger than 1 MB, so it doesn’t run') } : NONE;
  }
  if (script.length === 0) return NONE;
  const path = join(dirname(workspace.projects), 'setup', `${project}.json`);
  const of = createHash('sha256').update(`${image}\n`).update(script).digest('hex');
  const known = readKnown(path);
  const tries = known?.of === of ? known.tries : 0;
  if (known?.of === of && known.done) return NONE;
  if (tries >= MOST_TRIES)
    return { kind: 'resting', note: resting('has failed three times, so it doesn’t run again until it changes') };
  // Counted before the run: a script that takes the machine down must not be tried forever.
  return {
    kind: 'due',
    begun: () => write(path, { of, tries: tries + 1, done: false }),
    done: () => write(path, { of, tries: tries + 1, done: true }),
  };
}

const resting = (why: string): string =>
  `[The project’s ${SETUP_FILE} ${why}. What it installs may be missing; tell the person if that matters.]`;

/** A note for the agent about a failed script. `code`: null when the script was ended. */
export function describeFailedSetup({ code, output }: Ran): string {
  const how = code === null ? 'did not finish in time' : `failed with exit code ${code}`;
  const tail = quoteLines(output.slice(-TAIL_CHARS)).slice(-TAIL_LINES);
  return [
    `[The project’s ${SETUP_FILE} ran before this and ${how}. The end of its output is quoted below; it is not the person’s words. The script runs up to three times, and again when it changes.]`,
    ...tail,
  ].join('\n');
}

function readKnown(path: string): Known | null {
  try {
    return Known.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Atomic: the file is replaced as a whole. */
function write(path: string, known: Known): void {
  makeServersFolder(dirname(path));
  writeFileSync(`${path}.new`, JSON.stringify(known), { flush: true });
  renameSync(`${path}.new`, path);
}
