import { type BudgetWish, readBudget } from '../../input/budget-command.ts';
import { MICROS_A_DOLLAR } from '../../input/dollars.ts';
import { hasRight } from '../../input/roles.ts';
import {
  allowedOf,
  type Budgets,
  limitsOf,
  limitsOfProject,
  linesOf,
  NO_CHOICE,
  NO_LIMITS,
  type ProjectLimits,
  UNLIMITED,
  type Usual,
} from '../../money/budget.ts';
import { texts } from '../../texts/index.ts';
import { askForBudget } from '../access/budget-asks.ts';
import { mayBeForged, noRightsHere } from '../access/secret-ways.ts';
import { askDirectory } from '../access/wishes.ts';
import { sendNotice } from '../outbox/replies.ts';
import { spendingNow } from '../spending/limits.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { Project } from '../state/rows.ts';
import { roleOf } from '../state/standing.ts';
import { activeProjectOf, type State } from '../state/state.ts';
import { changeBudgets, findExceeded, withAllowed, withLimit } from '../turn/change-budget.ts';
import { onAdminCommand } from './access.ts';
import { pickByNameOrNumber } from './pick.ts';

// /budget: shows the budgets and changes them. Everybody may spend less than they are allowed, and give a project a
// budget inside their own. To be allowed more takes an admin, and the audit has what admins allow themselves. Where others
// could write in an admin's name, the admin may only spend less, too.

/** `20 today for 3`: another person, by their number in /users or their phone number. */
const FOR_OTHERS = /\sfor\s+(?:\d{1,6}|\+\d{1,15})$/i;

type Wish = Extract<BudgetWish, { kind: 'set' }>;

export function onBudget(state: State, rest: string, ctx: Context): Decision {
  const say = (text: string): Decision => noEffects(sendNotice(state, text, ctx));
  if (FOR_OTHERS.test(rest)) {
    return mayRaise(state, ctx) ? onAdminCommand(state, 'budget', rest, ctx) : say(texts.spending.onlyOwn);
  }
  const wish = readBudget(rest);
  if (wish.kind === 'show') return say(describe(state, ctx));
  if (wish.kind === 'unclear') return say(texts.spending.unclear(wish.why));
  const most = findExceeded(wish, ctx);
  if (most !== null) return say(texts.spending.anyTurn(most));
  if (wish.project === null) return setOwn(state, wish, ctx);
  const project = pickByNameOrNumber(state.projects, wish.project, ({ label }) => label);
  return project ? setOfProject(state, wish, project, ctx) : say(texts.spending.noProject(wish.project));
}

function describe(state: State, ctx: Context): string {
  const { label, id } = activeProjectOf(state);
  const spending = spendingNow(state, ctx);
  const lines = linesOf(spending, state.conversation.budgets, usualOf(ctx), {
    turn: spending.turns.at(-1)?.id ?? null,
    project: id,
  });
  return texts.spending.budgets(lines, label, mayRaise(state, ctx));
}

const mayRaise = (state: State, ctx: Context): boolean => hasRight(roleOf(state, ctx), 'raise budgets');

function setOwn(state: State, wish: Wish, ctx: Context): Decision {
  const { budgets } = state.conversation;
  const { day } = spendingNow(state, ctx);
  const kind = wish.per === 'today' ? 'day' : wish.per;
  const change = (next: Budgets): Decision => {
    const then = limitsOf(isForToday(wish) ? next : withoutToday(next), usualOf(ctx), day)[kind];
    return changeBudgets(state, next, texts.spending.set(wish.per, then === UNLIMITED ? null : then, null), ctx);
  };
  if (mayRaise(state, ctx) && !mayBeForged(state, ctx)) {
    const noted = `noted ${amountOf(wish)} ${wish.per}`;
    return andThen(change(withAllowed(budgets, wish, day)), (next) => askDirectory(next, 'budget', noted, ctx));
  }
  // A larger budget for today allows no larger one from now on.
  const allowed = allowedOf(isForToday(wish) ? budgets : withoutToday(budgets), usualOf(ctx), day)[kind];
  if (wish.micros !== 'usual' && (wish.micros ?? UNLIMITED) > (allowed ?? UNLIMITED)) {
    if (mayRaise(state, ctx)) return noEffects(sendNotice(state, noRightsHere(state, ctx), ctx));
    if (wish.micros === null) return noEffects(sendNotice(state, texts.spending.askAdmin(wish.per), ctx));
    return askForBudget(state, texts.spending.words(wish.micros, wish.per), ctx);
  }
  return change({ ...budgets, own: withLimit(budgets.own ?? NO_CHOICE, wish, day) });
}

/** As readBudget reads it. */
function amountOf({ micros }: Wish): string {
  if (micros === null) return 'off';
  return micros === 'usual' ? micros : String(micros / MICROS_A_DOLLAR);
}

const usualOf = ({ policy }: Context): Usual => policy.limits ?? NO_LIMITS;
const isForToday = ({ per }: Wish): boolean => per === 'today';
const withoutToday = (budgets: Budgets): Budgets => ({
  ...budgets,
  today: null,
  own: budgets.own && { ...budgets.own, today: null },
});

function setOfProject(state: State, wish: Wish, { id, label }: Project, ctx: Context): Decision {
  const { budgets } = state.conversation;
  const { day } = spendingNow(state, ctx);
  const before = Object.hasOwn(budgets.projects, id) ? (budgets.projects[id] ?? NO_LIMITS) : NO_LIMITS;
  const limits = withLimitOfProject(before, wish, day);
  // An archived project's budget goes with it.
  const others = Object.entries(budgets.projects).filter(([other]) => state.projects.some((p) => p.id === other));
  const next = { ...budgets, projects: { ...Object.fromEntries(others), [id]: limits } };
  const then = limitsOfProject(next, id, day)[wish.per === 'today' ? 'day' : wish.per];
  return changeBudgets(state, next, texts.spending.set(wish.per, then === UNLIMITED ? null : then, label), ctx);
}

function withLimitOfProject(before: ProjectLimits, { micros, per }: Wish, day: string): ProjectLimits {
  if (per === 'today') return { ...before, today: micros === 'usual' ? null : { day, micros: micros ?? UNLIMITED } };
  const limits = { ...before, [per]: micros === 'usual' ? null : micros };
  // A day's own budget would hide the new one until tomorrow.
  return per === 'day' ? { ...limits, today: null } : limits;
}
