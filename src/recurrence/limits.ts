import { scheduleRuleTexts } from '../texts/schedule-rules.ts';
import { nextAfter, shortestGap } from './occurrences.ts';
import { type Exceptions, NO_EXCEPTIONS, type Rule } from './rule.ts';

// How often a schedule may run, and the sentence for a rule that is not taken.

/** A run of the agent takes minutes and costs money; closer together they would only wait for each other. */
export const EVERY_AGENT_MS = 5 * 60_000;
/** A text costs no model, but each is a message on the person’s phone, and the carrier takes few a minute to one number. */
export const EVERY_TEXT_MS = 60_000;

/** Why the rule is not taken, in words; null when it is. */
export function refusalOf(
  rule: Rule,
  kind: 'agent' | 'text',
  zone: string,
  now: number,
  except: Exceptions = NO_EXCEPTIONS,
): string | null {
  if (rule.kind === 'once' && !(rule.at > now)) return scheduleRuleTexts.past;
  if (rule.kind === 'interval' && !(Number.isSafeInteger(rule.every) && rule.every > 0 && Number.isFinite(rule.anchor)))
    return scheduleRuleTexts.badInterval;
  if (nextAfter(rule, zone, now, except) === null)
    return nextAfter(rule, zone, now) === null ? scheduleRuleTexts.never : scheduleRuleTexts.neverWithExceptions;
  const gap = shortestGap(rule, zone, now);
  if (gap === null) return null;
  if (kind === 'agent' && gap < EVERY_AGENT_MS) return scheduleRuleTexts.tooOftenAgent(gap, EVERY_AGENT_MS);
  if (kind === 'text' && gap < EVERY_TEXT_MS) return scheduleRuleTexts.tooOftenText(EVERY_TEXT_MS);
  return null;
}
