import type { Context } from 'hono';
import { directoryOf } from '../../objects/namespaces.ts';
import type { AppEnv } from '../configuration.ts';
import { askFirst } from './ask-first.ts';
import { isPress } from './press.ts';
import { goTo } from './views/layout.ts';
import { questionOf, showNow } from './views/now.ts';

// The operator's actions from the views about everybody. A second press, also another operator's, changes nothing.

type C = Context<AppEnv>;

export async function acknowledgeAlert(c: Context<AppEnv, '/alerts/:id/acknowledge'>): Promise<Response> {
  const isNew = await directoryOf(c.env, c.get('config')).acknowledge(c.req.param('id'), c.get('operator').id);
  return goTo(c, '/operator/now', isNew ? 'acknowledged' : 'nothing-to-do');
}

/** An admin's yes or no to a stranger, as /pair in their chat. */
export async function answerStranger(c: Context<AppEnv, '/strangers/:n/:answer'>): Promise<Response> {
  const [n, answer] = [c.req.param('n'), c.req.param('answer')];
  const op = (await c.req.parseBody()).op;
  const isAnswer =
    /^\d{1,9}$/.test(n) && (answer === 'yes' || answer === 'no') && typeof op === 'string' && isPress(op);
  if (!isAnswer) return goTo(c, '/operator/now', 'nothing-to-do');
  const directory = directoryOf(c.env, c.get('config'));
  const stranger = (await directory.strangers()).find((each) => each.n === Number(n));
  const question = stranger && questionOf(stranger, answer === 'yes');
  const asked = question ? await askFirst(c, question) : null;
  if (asked !== null) return asked;
  const { id, role } = c.get('operator');
  const wish = { op: 'pair', request: Number(n), code: null, yes: answer === 'yes' } as const;
  return showNow(c, (await directory.wish(wish, { id, role }, op)).text);
}

/** For a reload of the answer's address, which has no form. */
export async function showAnswered(c: C): Promise<Response> {
  return c.req.header('x-part') === 'main' ? showNow(c) : c.redirect('/operator/now', 303);
}

/** Can be pressed again if its answer is lost: a rollout that is under way isn't begun anew. */
export async function retryRollout(c: C): Promise<Response> {
  const hasBegun = await directoryOf(c.env, c.get('config')).beginRolloutAnew(c.get('operator').id);
  return goTo(c, '/operator/machines', hasBegun ? 'rollout-begun' : 'nothing-to-do');
}
