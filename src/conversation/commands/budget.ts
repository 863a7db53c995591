import { type BudgetWish, readBudget } from '../../input/budget-command.ts';
import { hasRight } from '../../input/roles.ts';
import { type Budgets, type Limits, limitsOf, linesOf, NO_LIMITS, UNLIMITED } from '../../money/budget.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { spendingNow } from '../spending/limits.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { Project } from '../state/rows.ts';
import { roleOf } from '../state/standing.ts';
import { activeProjectOf, type State } from '../state/state.ts';
import { goOnWithBudget } from '../turn/budget-stop.ts';
import { pickByNameOrNumber } from './pick.ts';

// /budget: shows the budgets and changes them. Everybody may spend less than they are allowed, and give a project a
// budget inside their own. To be allowed more takes an admin.

type Wish = Extract<BudgetWish, { kind: 'set' }>;

export function onBudget(state: State, rest: string, ctx: Context): Decision {
  const say = (text: string): Decision => noEffects(sendNotice(state, text, ctx));
  const wish = readBudget(rest);
  if (wish.kind === 'show') return say(describe(state, ctx));
  if (wish.kind === 'unclear') return say(texts.spending.unclear(wish.why));
  if (wish.project === null) return setOwn(state, wish, ctx);
  const project = pickByNameOrNumber(state.projects, wish.project, ({ label }) => label);
  return project ? setOfProject(state, wish, project, ctx) : say(texts.spending.noProject(wish.project));
}

function describe(state: State, ctx: Context): string {
  const { label, id } = activeProjectOf(state);
  const usual = ctx.policy.limits ?? NO_LIMITS;
  const spending = spendingNow(state, ctx);
  const lines = linesOf(spending, state.conversation.budgets, usual, { turn: spending.turn?.id ?? null, project: id });
  return texts.spending.budgets(lines, label, mayRaise(state, ctx));
}

const mayRaise = (state: State, ctx: Context): boolean => hasRight(roleOf(state, ctx), 'raise budgets');

function setOwn(state: State, wish: Wish, ctx: Context): Decision {
  const { budgets } = state.conversation;
  const usual = ctx.policy.limits ?? NO_LIMITS;
  const { day } = spendingNow(state, ctx);
  const next = withLimit(budgets, wish, day);
  const kind = wish.per === 'today' ? 'day' : wish.per;
  const [now, then] = [limitsOf(budgets, usual, day)[kind], limitsOf(next, usual, day)[kind]];
  const isRaised = (then ?? UNLIMITED) > (now ?? UNLIMITED);
  if (isRaised && !mayRaise(state, ctx)) return noEffects(sendNotice(state, texts.spending.askAdmin(wish.per), ctx));
  return changed(state, next, texts.spending.set(wish.per, then === UNLIMITED ? null : then, null), ctx);
}

function setOfProject(state: State, wish: Wish, { id, label }: Project, ctx: Context): Decision {
  const { budgets } = state.conversation;
  if (wish.per === 'today') return noEffects(sendNotice(state, texts.spending.unclear('period'), ctx));
  const before = Object.hasOwn(budgets.projects, id) ? (budgets.projects[id] ?? NO_LIMITS) : NO_LIMITS;
  const micros = wish.micros === 'usual' ? null : wish.micros;
  const limits: Limits = { ...before, [wish.per]: micros };
  // An archived project's budget goes with it.
  const others = Object.entries(budgets.projects).filter(([other]) => state.projects.some((p) => p.id === other));
  const next = { ...budgets, projects: { ...Object.fromEntries(others), [id]: limits } };
  return changed(state, next, texts.spending.set(wish.per, micros, label), ctx);
}

function withLimit(budgets: Budgets, { micros, per }: Wish, day: string): Budgets {
  const limit = micros === 'usual' ? null : (micros ?? UNLIMITED);
  if (per === 'today') return { ...budgets, today: limit === null ? null : { day, micros: limit } };
  // A day's own budget would hide the new one until tomorrow.
  const today = per === 'day' ? null : budgets.today;
  return { ...budgets, today, person: { ...budgets.person, [per]: limit } };
}

/** What a budget stopped goes on if there is money now. */
function changed(state: State, budgets: Budgets, text: string, ctx: Context): Decision {
  const spending = spendingNow(state, ctx);
  // The warning is about the budget before.
  const conversation = { ...state.conversation, budgets, spending: { ...spending, warned: [], warning: null } };
  const told = sendNotice({ ...state, conversation }, text, ctx);
  return andThen(noEffects(told), (next) => goOnWithBudget(next, ctx));
}
