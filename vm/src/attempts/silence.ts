import type { StartAttempt } from '../../../src/protocol/index.ts';
import type { Signal } from '../agent/agent.ts';

// How long an agent may be silent, depending on its occupation, and the other waiting times of an attempt. Pure; the
// timers are in clocks.ts, stalled-turn.ts and running-attempt.ts.

/** A start reads the session and the project's settings; the largest takes seconds. */
const START_MS = 90_000;
/** The model reads the whole conversation and writes the summary in one silent call. */
const COMPACTING_MS = 10 * 60_000;
/** A tool may use all of its declared time, and this much more until its end is reported. */
const TOOL_MARGIN_MS = 30_000;
/** The longest timer of Node: a longer one fires at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** How long a message may wait while the agent is idle, before the transcript is searched for it. */
export const LYING_MS = 5000;
/** How long an interrupted agent may take to become idle before its process is ended. */
export const STOP_MS = 5000;
/** How long an answered turn waits for its background commands. */
export const SHELLS_MS = 60_000;

export type Occupation = {
  begun: boolean;
  compacting: boolean;
  /** Declared time of each running tool. */
  tools: ReadonlyMap<string, number>;
};

export const STARTING: Occupation = { begun: false, compacting: false, tools: new Map() };

export function updateOccupation(now: Occupation, signal: Signal): Occupation {
  switch (signal.type) {
    case 'alive':
    case 'state':
    case 'closed':
    case 'last_word':
      return now;
    case 'message':
      return signal.state === 'queued' ? now : { ...now, begun: true };
    case 'compacting':
      return { ...now, begun: true, compacting: true };
    case 'tool_started':
      return { begun: true, compacting: false, tools: new Map([...now.tools, [signal.id, signal.declaredMs]]) };
    case 'tool_ended':
      return { ...now, tools: new Map([...now.tools].filter(([id]) => id !== signal.id)) };
    case 'answer':
      return { begun: true, compacting: false, tools: new Map() };
    default:
      return { ...now, begun: true, compacting: false };
  }
}

export function silenceLimitOf(now: Occupation, limits: StartAttempt['limits']): { ms: number; reason: string } {
  if (!now.begun) {
    const ms = limits.start_ms ?? START_MS;
    return { ms, reason: `the agent did not start within ${formatSeconds(ms)}` };
  }
  // The model declares the time, so it is bounded by the attempt's own limit.
  const declared = Math.min(Math.max(0, ...now.tools.values()), limits.turn_ms);
  const tool = declared > 0 ? declared + TOOL_MARGIN_MS : 0;
  const compacting = now.compacting ? COMPACTING_MS : 0;
  const ms = Math.min(Math.max(limits.silence_ms, tool, compacting), TIMER_MAX_MS);
  return { ms, reason: `the agent showed no activity for ${formatSeconds(ms)}` };
}

export function formatSeconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`;
}
