import type { Vars } from '../local/dev-vars.ts';
import { reportRelayHealth } from './relay-check.ts';
import { deployWords as words } from './words.ts';
import { activeVersion, goBack, migrationOf, production } from './worker.ts';

// Goes back to the version before when the new one doesn't work.

export async function rollBack(
  vars: Vars,
  before: string | null,
  waitMs: number,
  say: (line: string) => void,
): Promise<number> {
  if (before === null) return end(say, words.nothingBefore);
  const known = await migrationOf(vars, before);
  // When Cloudflare does not say which classes a version knew, going back is tried.
  if (known.ok && known.value !== null && known.value !== production(vars).lastMigration)
    return end(say, words.otherClasses);
  say(words.goingBack(before));
  const went = await goBack(vars, before);
  const active = went.ok ? await activeVersion(vars) : went;
  if (!active.ok) return end(say, words.noWayBack(active.reason));
  if (active.value !== before) return end(say, words.noWayBack(words.notActive(before, active.value ?? 'none')));
  const works = await reportRelayHealth(vars, { own: false }, waitMs);
  return end(say, works.ok ? words.wentBack(before) : words.wentBackInVain(before, words.silent(works.reason)));
}

export function end(say: (line: string) => void, line: string, code = 1): number {
  say(line);
  return code;
}
