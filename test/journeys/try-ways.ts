import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { say, use } from '../../simulator/model/script.ts';
import { WAYS_ROUND } from '../fixtures/ways-round.ts';
import { type RepositoryStand, SHOP } from './repository-stand.ts';
import type { Stack } from './stack.ts';

// An agent tries every way round what its person allowed (fixtures/ways-round.ts), in a project that has the shop.

const OPEN = ['git checkout -q -b own', 'git commit -q --allow-empty -m own', 'git push -q origin own'];
/** One program, because git's push would ask the person, as a courtesy; a program that runs it doesn't. */
const programFor = (places: string): string =>
  [
    `export PLACES='${places}'`,
    ...OPEN,
    'echo "the way is open: $?"',
    'gh pr create --head own --title Own --body Own',
    ...Object.values(WAYS_ROUND).flatMap(({ command }, n) => [
      `echo "== ${n} =="`,
      `timeout 15 bash <<'WAY'\n${command}\nWAY`,
    ]),
    'echo "== the end =="',
  ].join('\n');

export const atHost = (stand: RepositoryStand, ...args: string[]): string =>
  execFileSync('git', ['-C', stand.host.world.bareFolder(SHOP), ...args], { encoding: 'utf8' }).trim();

/**
 * Returns all that the agent read. `folder`: where the machine keeps its projects. `places`: folders of the machine's
 * disk in which the agent looks for credentials, beside its own.
 */
export async function tryWays(
  stack: Stack,
  { who, folder, places = '/tmp /run /var/tmp' }: { who: string; folder: string; places?: string },
): Promise<string> {
  stack.script('try everything', (_, asked) => {
    if (asked === 1) return use('Write', { file_path: 'try.sh', content: programFor(places) });
    return asked === 2
      ? use('Bash', { command: 'bash try.sh > found 2>&1; wc -c found', timeout: 120_000 })
      : say('Tried');
  });
  stack.text(who, 'try everything');
  await stack.until(() => stack.sentTo(who).includes('Tried'), 'the end of the tries', 240_000);
  return filesBelow(folder)
    .filter((path) => /\/projects\/shop-\w+\/found$/.test(path))
    .map((path) => readFileSync(path, 'utf8'))
    .join();
}

/** The ways after which the agent didn't read what it should have. */
export const waysThatSayOther = (found: string): string[] =>
  Object.entries(WAYS_ROUND).flatMap(([way, { says }], n) =>
    says.test(found.split(`== ${n} ==`)[1]?.split(/^== /m)[0] ?? '') ? [] : [way],
  );

/** What names a credential of Robin's. */
export const secretsOf = ({ token }: RepositoryStand): string[] => [token, btoa(`x-access-token:${token}`)];

/** The files below `folder` that hold one of the secrets. */
export const filesWith = (secrets: readonly string[], folder: string): string[] =>
  filesBelow(folder).filter((path) => {
    const bytes = contentOf(path);
    return secrets.some((secret) => bytes.includes(secret));
  });

export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map((path) => join(folder, String(path)))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());

/** Nothing of a file that went meanwhile. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
