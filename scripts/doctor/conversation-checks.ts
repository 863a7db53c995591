import { type Check, type Finding, fail, LeftOut, ok, warn } from './check.ts';
import type { ConversationHealth } from './relay.ts';
import { count } from './relay-checks.ts';
import type { World } from './world.ts';

// Checks over all conversations: replies that nobody will send by themselves, and alarms that did not fire. Which there are
// is Cloudflare’s list; each is asked how it stands, a few at a time, as many as fit into the time.

const MOST = 500;
const AT_ONCE = 6;
const WITHIN_MS = 8_000;
const NAMED = 3;

type Standing = { id: string } & ConversationHealth;
type Survey = { standing: Standing[]; more: boolean };

const surveys = new WeakMap<World, Promise<Survey>>();

/** Asked once for all checks that need it. */
function survey(world: World): Promise<Survey> {
  const known = surveys.get(world) ?? look(world);
  surveys.set(world, known);
  return known;
}

async function look(world: World): Promise<Survey> {
  const until = Date.now() + WITHIN_MS;
  const { ids, more } = await world.cloudflare().conversations(MOST);
  const relay = world.relay();
  const standing: Standing[] = [];
  const left = [...ids];
  const worker = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined && Date.now() < until; id = left.shift()) {
      const health = await relay.conversation(id);
      if (health) standing.push({ id, ...health });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (standing.length === 0 && ids.length > 0) {
    throw new LeftOut('the relay knows none of the conversations that Cloudflare lists');
  }
  return { standing, more: more || left.length > 0 };
}

const seen = ({ standing, more }: Survey): string =>
  `${count(standing.length, 'conversation')} looked at${more ? ', and there are more' : ''}`;
const sum = (list: readonly Standing[], field: 'parked' | 'failed' | 'held' | 'overdue_timers'): number =>
  list.reduce((total, one) => total + one[field], 0);
const named = (list: readonly Standing[]): string =>
  `${list
    .slice(0, NAMED)
    .map(({ id }) => id)
    .join(', ')}${list.length > NAMED ? ' and others' : ''}`;

async function parkedReplies(world: World): Promise<Finding> {
  const all = await survey(world);
  const parked = all.standing.filter((one) => one.parked > 0);
  if (parked.length === 0) {
    const held = sum(all.standing, 'held');
    return ok(
      `none; ${held > 0 ? `${count(held, 'reply').replace('replys', 'replies')} wait for people to write; ` : ''}${seen(all)}`,
    );
  }
  const many = sum(parked, 'parked');
  return warn(
    `${many === 1 ? '1 reply waits' : `${many} replies wait`} for you in ${named(parked)}`,
    `See why: curl -H "Authorization: Bearer $OPERATOR_TOKEN" ${world.relay().url}/operator/conversations/<id>/replies. Then POST …/replies/<reply>/resend.`,
  );
}

async function overdueAlarms(world: World): Promise<Finding> {
  const all = await survey(world);
  const late = all.standing.filter((one) => one.alarm_overdue || one.overdue_timers > 0);
  if (late.length === 0) return ok(`none; ${seen(all)}`);
  return fail(
    `${count(late.length, 'conversation')} with work that is more than 2 minutes late: ${named(late)}`,
    'Look with `npx wrangler tail` for “timer-failed” or “lane-broke”. A text from that person wakes the conversation; `npm run deploy` restarts all of them.',
  );
}

export const conversationChecks: readonly Check[] = [
  { name: 'parked-replies', title: 'Parked replies', run: parkedReplies },
  { name: 'overdue-alarms', title: 'Overdue alarms', run: overdueAlarms },
];
