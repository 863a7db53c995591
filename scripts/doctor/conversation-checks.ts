import { type Check, type Finding, fail, ok, warn } from './check.ts';
import type { DoctorContext } from './context.ts';
import { type Standing, SURVEY_MS, type Survey, survey } from './conversation-survey.ts';
import { count } from './relay-checks.ts';

// Checks over all conversations: replies that won't be sent without help, and alarms that did not fire.

const NAMED = 3;

const seen = ({ standing, untold, more }: Survey): string =>
  `${count(standing.length, 'conversation')} checked${untold > 0 ? `, ${untold} didn’t answer` : ''}${more ? ', and there are more' : ''}`;
const sum = (list: readonly Standing[], field: 'parked' | 'failed' | 'held' | 'overdue_timers'): number =>
  list.reduce((total, one) => total + one[field], 0);
const named = (list: readonly Standing[]): string =>
  `${list
    .slice(0, NAMED)
    .map(({ id }) => id)
    .join(', ')}${list.length > NAMED ? ' and others' : ''}`;

async function parkedReplies(context: DoctorContext): Promise<Finding> {
  const all = await survey(context);
  const parked = all.standing.filter((one) => one.parked > 0);
  if (parked.length === 0) {
    const held = sum(all.standing, 'held');
    return ok(
      `none; ${held > 0 ? `${count(held, 'reply').replace('replys', 'replies')} waiting until people write; ` : ''}${seen(all)}`,
    );
  }
  const many = sum(parked, 'parked');
  return warn(
    `${many === 1 ? '1 reply waits' : `${many} replies wait`} for you in ${named(parked)}`,
    `See why: curl -H "Authorization: Bearer $OPERATOR_TOKEN" ${context.relay().url}/operator/conversations/<id>/replies. Then POST …/replies/<reply>/resend.`,
  );
}

async function overdueAlarms(context: DoctorContext): Promise<Finding> {
  const all = await survey(context);
  const late = all.standing.filter((one) => one.alarm_overdue || one.overdue_timers > 0);
  if (late.length === 0) return ok(`none; ${seen(all)}`);
  return fail(
    `${count(late.length, 'conversation')} with work more than 2 minutes late: ${named(late)}`,
    'Look for “timer-failed” or “lane-broke” with `npx wrangler tail`. A text from that person wakes the conversation; `npm run deploy` restarts all of them.',
  );
}

export const conversationChecks: readonly Check[] = [
  { name: 'parked-replies', title: 'Parked replies', withinMs: SURVEY_MS, run: parkedReplies },
  { name: 'overdue-alarms', title: 'Overdue alarms', withinMs: SURVEY_MS, run: overdueAlarms },
];
