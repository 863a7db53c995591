import { findNextAfter, findShortestGap } from './occurrences.ts';
import type { Refusal } from './refusal.ts';
import { type Exceptions, NO_EXCEPTIONS, type Rule } from './rule.ts';

// How often a schedule may run, and why a rule is refused.

/** A run of the agent takes minutes and costs money; closer together they would only wait for each other. */
export const EVERY_AGENT_MS = 5 * 60_000;
/** A text costs no model, but each is a message on the person’s phone, and the carrier takes few a minute to one number. */
export const EVERY_TEXT_MS = 60_000;

/** Null when the rule may run. */
export function refusalOfRule(
  rule: Rule,
  kind: 'agent' | 'text',
  zone: string,
  now: number,
  except: Exceptions = NO_EXCEPTIONS,
): Refusal | null {
  if (rule.kind === 'once' && !(rule.at > now)) return { why: 'past' };
  if (rule.kind === 'interval' && !(Number.isSafeInteger(rule.every) && rule.every > 0 && Number.isFinite(rule.anchor)))
    return { why: 'badInterval' };
  if (findNextAfter(rule, zone, now, except) === null)
    return { why: findNextAfter(rule, zone, now) === null ? 'never' : 'neverWithExceptions' };
  const gap = findShortestGap(rule, zone, now);
  if (gap === null) return null;
  if (kind === 'agent' && gap < EVERY_AGENT_MS) return { why: 'tooOftenForAgent', gap, least: EVERY_AGENT_MS };
  if (kind === 'text' && gap < EVERY_TEXT_MS) return { why: 'tooOftenForText', least: EVERY_TEXT_MS };
  return null;
}
