import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { readInside, sizeOfInside } from '../files/inside.ts';
import { makeServersFolder } from '../workspace/conversation-folders.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import { quoteLines, type Ran } from './pre-check/result.ts';

// A project's setup.sh: when it is due, and what the agent is told when it failed. It is due once for each image and
// each version of the script, because another image may lack what the script builds on. Its state is kept beside the
// conversation's other files, so that it is lost exactly when the installed things are.

export const SETUP_FILE = 'setup.sh';
/** A script that is cut or fails may succeed later, as when the network was away; one that always fails delays no more. */
const MOST_TRIES = 3;
const SCRIPT_MAX = 1024 * 1024;
const TAIL_LINES = 20;
const TAIL_CHARS = 3000;

const Known = z.object({ of: z.string(), tries: z.number().int(), done: z.boolean() });
type Known = z.infer<typeof Known>;

/** `due`: it is to run now. `resting`: it has failed too often, or is too large; what an agent that begins is told of it. */
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
  const place = workspaceOf(dataDir, conversation);
  const script = readInside(join(place.projects, project), SETUP_FILE, SCRIPT_MAX);
  if (script === null) {
    const isThere = sizeOfInside(join(place.projects, project), SETUP_FILE) > SCRIPT_MAX;
    return isThere ? { kind: 'resting', note: resting('is larger than 1 MB, so it doesn’t run') } : NONE;
  }
  if (script.length === 0) return NONE;
  const path = join(dirname(place.projects), 'setup', `${project}.json`);
  const of = createHash('sha256').update(`${image}\n`).update(script).digest('hex');
  const known = readKnown(path);
  const tries = known?.of === of ? known.tries : 0;
  if (known?.of === of && known.done) return NONE;
  if (tries >= MOST_TRIES)
    return { kind: 'resting', note: resting('has failed three times, so it doesn’t run again until it changes') };
  // Counted before it runs: one that takes the machine down with it is not tried for ever.
  return {
    kind: 'due',
    begun: () => write(path, { of, tries: tries + 1, done: false }),
    done: () => write(path, { of, tries: tries + 1, done: true }),
  };
}

const resting = (why: string): string =>
  `[The project’s ${SETUP_FILE} ${why}. What it installs may be missing; tell the person if that matters.]`;

/** What the agent is told of one that failed: `code` null when it was ended. */
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

/** As a whole or not at all. */
function write(path: string, known: Known): void {
  makeServersFolder(dirname(path));
  writeFileSync(`${path}.new`, JSON.stringify(known), { flush: true });
  renameSync(`${path}.new`, path);
}
