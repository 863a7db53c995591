import type { Context } from 'hono';
import { directoryOf } from '../../objects/namespaces.ts';
import type { AppEnv } from '../configuration.ts';
import { goTo } from './views/layout.ts';

// What an operator does from the views about everybody. A repeat, or another operator's press, changes nothing.

type C = Context<AppEnv>;

export async function acknowledgeAlert(c: Context<AppEnv, '/alerts/:id/acknowledge'>): Promise<Response> {
  const isNew = await directoryOf(c.env, c.get('config')).acknowledge(c.req.param('id'), c.get('operator').id);
  return goTo(c, '/operator/now', isNew ? 'acknowledged' : 'nothing-to-do');
}

/** Also when the answer is lost: a rollout that goes on is not begun anew. */
export async function retryRollout(c: C): Promise<Response> {
  const directory = directoryOf(c.env, c.get('config'));
  const hasBegun = await directory.beginRolloutAnew();
  if (hasBegun) {
    await directory.recordAudit({
      actor: c.get('operator').id,
      action: 'retried the rollout',
      subject: 'rollout',
      detail: '',
    });
  }
  return goTo(c, '/operator/machines', hasBegun ? 'rollout-begun' : 'nothing-to-do');
}
