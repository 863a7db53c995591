import { GIT_PERMISSIONS, type GitPermission, ruleOf } from '../../git/permissions.ts';
import type { PermissionState } from '../../texts/git.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { mayApprove } from '../questions/consent-verdict.ts';
import { askPermissionOf, openAskingOf, withAsking } from '../questions/own-prompts.ts';
import { makeVisible } from '../questions/visible-text.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { grantsOf, withGrant } from '../state/grants.ts';
import type { Turn } from '../state/rows.ts';
import { findOpenTurn, findTimer, projectOf, type State } from '../state/state.ts';
import { withOwnMessage } from '../state/synthetic-messages.ts';
import { startTurn } from '../turn/queue.ts';

// What the agent may do in a project's repository beyond work of its own. The person is asked when a request was
// refused; a yes counts for the project until it is removed in /approvals, and a no for the turn.

type Asked = Extract<Event, { type: 'git-permission-asked' }>;

/** What the person has allowed in the project. */
export function permissionsOf(state: State, project: string): GitPermission[] {
  const rules = grantsOf(state).filter((g) => g.project === project && g.decision === 'allow');
  return GIT_PERMISSIONS.filter((permission) => rules.some(({ rule }) => rule === ruleOf(permission)));
}

/** Where the question stands in the open turn. */
export function stateOfPermission(state: State, turn: Turn, permission: GitPermission, now: number): PermissionState {
  const { project, openedAt } = turn;
  if (permissionsOf(state, project).includes(permission)) return 'allowed';
  const rule = ruleOf(permission);
  const no = grantsOf(state).find((g) => g.project === project && g.rule === rule && g.decision === 'deny');
  if (no !== undefined && no.createdAt >= openedAt) return 'denied';
  const open = openAskingOf(state, now);
  const isOpen = open?.ask === 'permission' && open.project === project && open.permission === permission;
  return isOpen ? 'asked' : 'cannot';
}

/** Asks the person, unless they can't be asked now: another prompt is open, or a guest decides nothing. */
export function askPermission(state: State, { turn: id, permission, of }: Asked, ctx: Context): Decision {
  const turn = findOpenTurn(state);
  if (turn?.id !== id || stateOfPermission(state, turn, permission, ctx.now) !== 'cannot') return noEffects(state);
  if (openAskingOf(state, ctx.now) !== null || !mayApprove(state, ctx)) return noEffects(state);
  const { label } = projectOf(state, turn.project);
  const text = texts.git.mayI(permission, label, makeVisible(of));
  return noEffects(askPermissionOf(state, { project: turn.project, permission }, text, ctx));
}

/** The person has answered. The agent hears of a yes in a turn, and goes on. */
export function answerPermission(
  state: State,
  { project, permission, allows }: { project: string; permission: GitPermission; allows: boolean },
  ctx: Context,
): Decision {
  const settled = withAsking(state, null);
  const known = settled.projects.find(({ id, archivedAt }) => id === project && archivedAt === null);
  const rule = ruleOf(permission);
  const isYes = allows && known !== undefined && mayApprove(state, ctx);
  if (!isYes) {
    const no = withGrant(settled, { project, rule, decision: 'deny', createdAt: ctx.now });
    const words = allows && known !== undefined ? texts.access.guestsApproveNothing : texts.git.notPermitted;
    return noEffects(sendNotice(no, words, ctx));
  }
  const granted = withGrant(settled, { project, rule, decision: 'allow', createdAt: ctx.now });
  const told = sendNotice(granted, texts.git.permitted(permission, known.label), ctx);
  const asked = withOwnMessage(told, { text: texts.git.toAgent.nowAllowed(permission), project, action: null }, ctx);
  return findOpenTurn(asked) || findTimer(asked, 'gather') ? noEffects(asked) : startTurn(asked, ctx);
}
