import type { AccessChange } from '../../input/access-command.ts';
import { hasRight, isAtLeast } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { GUEST_DAY_MICROS } from '../policy/access.ts';
import type { ChannelOf } from '../policy/channel.ts';
import { spendingNow } from '../spending/limits.ts';
import { lookForBudget } from '../spending/stops.ts';
import { accessOf, withAccess } from '../state/access.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { grantsOf } from '../state/grants.ts';
import { answerAddressOf, isLocked, listedNamesOf } from '../state/person.ts';
import type { Read } from '../state/reads.ts';
import { roleOf, standingOf } from '../state/standing.ts';
import type { State } from '../state/state.ts';
import type { Actor, ChangeRefusal, PersonEntry } from '../state/wishes.ts';
import { changeBudgets, findExceeded, withAllowed } from '../turn/change-budget.ts';
import { readsOfRetry } from '../turn/retry.ts';
import { haltWork } from '../turn/stop.ts';
import { hasLockedAddress, unlockAddresses } from './addresses.ts';
import { withoutAsk } from './budget-asks.ts';
import { lock, unlock } from './lock.ts';
import { needsAdmin } from './pin.ts';

// An admin changes this person's access. Their home decides, because it alone knows their role.

const said = texts.access;

/** Null: the change is allowed. `isSelf`: the person changes themself. */
export function refusalOfChange(
  state: State,
  change: AccessChange,
  by: Actor & { isSelf: boolean },
  ctx: Pick<Context, 'isAdmin' | 'isOwner' | 'policy'>,
): ChangeRefusal | null {
  const isOwner = listedNamesOf(state).some(ctx.isOwner);
  const isAdmin = isAtLeast(roleOf(state, ctx), 'admin');
  const mayMakeAdmins = hasRight(by.role, 'make, change and block admins');
  switch (change.to) {
    case 'block':
      if (by.isSelf) return 'self';
      if (isOwner) return 'owner-fixed';
      return isAdmin && !mayMakeAdmins ? 'needs-owner' : null;
    case 'role':
      if (isOwner) return change.role === 'owner' ? null : 'owner-fixed';
      if (by.isSelf && !isAtLeast(change.role, by.role)) return null;
      return (isAdmin || isAtLeast(change.role, 'admin')) && !mayMakeAdmins ? 'needs-owner' : null;
    case 'unblock':
      if (accessOf(state).state !== 'blocked') return 'not-blocked';
      return isAdmin && !mayMakeAdmins ? 'needs-owner' : null;
    case 'unlock':
      return accessOf(state).state === 'locked' || hasLockedAddress(state) || needsAdmin(state) ? null : 'not-locked';
    case 'budget':
      return findExceeded(change, ctx) === null ? null : 'any-turn';
    case 'lock':
    case 'no-budget':
      return null;
  }
}

/** Carries out a change that is allowed. A change that is already so changes nothing. */
export function changeAccess(state: State, change: AccessChange, ctx: Context): Decision {
  const { state: standing } = accessOf(state);
  switch (change.to) {
    case 'block':
      if (standing === 'blocked') return noEffects(state);
      return haltWork(withAccess(state, { state: 'blocked', because: null, word: null }), ctx);
    case 'unblock':
      return noEffects(lookForBudget(withAccess(state, { state: 'in' }), ctx));
    case 'lock':
      return standing === 'in' ? lock(state, 'asked', ctx) : noEffects(state);
    case 'unlock': {
      const confirmed = unlockAddresses(state, ctx);
      return noEffects(standing === 'blocked' ? confirmed : unlock(confirmed, ctx));
    }
    case 'budget': {
      const answered = withoutAsk(state);
      const limited = withAllowed(state.conversation.budgets, change, spendingNow(state, ctx).day);
      const amount = typeof change.micros === 'number' ? change.micros : null;
      const text = change.micros === 'usual' ? texts.spending.usualAgain : texts.spending.set(change.per, amount, null);
      return changeBudgets(answered, limited, `${texts.spending.byAdmin} ${text}`, ctx);
    }
    case 'no-budget':
      return noEffects(enqueue(withoutAsk(state), 'notice', [texts.spending.adminSaidNo], ctx));
    case 'role':
      if (roleOf(state, ctx) === change.role) return noEffects(state);
      return noEffects(becomes(state, change.role, ctx));
  }
}

/** The reads of a change of access. */
export function readsOfChange({ to }: AccessChange): Read[] {
  if (to === 'budget') return readsOfRetry();
  return to === 'role' ? [{ rows: 'grants' }] : [];
}

/** A guest gets a budget of their own, unless they have one, and loses what was allowed for good. */
function becomes(state: State, role: PersonEntry['role'], ctx: Context): State {
  const hasBudget = state.conversation.budgets.person.day !== null;
  const bare = role === 'guest' && grantsOf(state).length > 0 ? { ...state, grants: [] } : state;
  const limited = role === 'guest' && !hasBudget ? withDayBudget(bare, GUEST_DAY_MICROS) : bare;
  return enqueue(withAccess(limited, { role }), 'notice', [said.roleIs(role)], ctx);
}

function withDayBudget(state: State, day: number): State {
  const { budgets } = state.conversation;
  const limited = { ...budgets, person: { ...budgets.person, day } };
  return { ...state, conversation: { ...state.conversation, budgets: limited } };
}

/** Lets a stranger in, or somebody who was taken off the list. Blocked people stay blocked. */
export function admit(
  state: State,
  { role, name, budget }: Pick<PersonEntry, 'role' | 'name'> & { budget: number | null },
): Decision {
  const access = accessOf(state);
  if (access.state === 'blocked') return noEffects(state);
  const limited = role === 'guest' || budget !== null ? withDayBudget(state, budget ?? GUEST_DAY_MICROS) : state;
  // A member has the role that the configuration gives, as if they were listed.
  const given = role === 'member' ? null : role;
  return noEffects(withAccess(limited, { admitted: true, role: given, name: access.name ?? name }));
}

/** The person's entry in the directory's index. `id`: of this home. */
export function entryOf(
  state: State,
  id: string,
  ctx: Pick<Context, 'isAllowed' | 'isAdmin' | 'isOwner' | 'channelOf'>,
): PersonEntry {
  const { name } = accessOf(state);
  const answer = answerAddressOf(state.conversation);
  const own = standingOf(state, ctx);
  const standing = own === 'in' && isLocked(state, answer) ? 'locked' : own;
  return { id, name, role: roleOf(state, ctx), standing, masked: maskAddress(answer, ctx.channelOf) };
}

/** The channel and the last digits: enough to tell people apart, and no number. */
export const maskAddress = (address: string, channelOf: ChannelOf): string =>
  `${channelOf(address).name} …${address.slice(-4)}`;
