import type { Standing } from './agent/agent.ts';

// Which of a cut turn's messages the agent is not given again when it resumes. Pure; what counts is the transcript.

/**
 * What the transcript holds is not pushed again, or the model would read it twice; only the newest prompt is, because the
 * agent recognises it and lists it in its answer. The others ride along and are answered with it.
 */
export function ridingAlong(standings: ReadonlyMap<string, Standing>): string[] {
  const open: string[] = [];
  let prompt: string | undefined;
  let isAnyUnknown = false;
  for (const [uuid, standing] of standings) {
    if (standing.state === 'unknown') isAnyUnknown = true;
    if (standing.state !== 'open') continue;
    open.push(uuid);
    if (standing.isKnown) prompt = uuid;
  }
  // With nothing to push the agent might not answer: better read twice than not at all.
  const pushed = prompt ?? (isAnyUnknown ? undefined : open.at(-1));
  return open.filter((uuid) => uuid !== pushed);
}
