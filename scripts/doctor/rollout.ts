import { type Check, type Finding, fail, ok, warn } from './check.ts';
import type { DoctorContext } from './context.ts';
import { count } from './relay-checks.ts';

// Reports how far the newest image and settings have reached the existing machines, and retries a rollout that failed.
// Talks only to the relay.

const AGAIN = 'npm run doctor -- --fix rollout';

async function rollout(context: DoctorContext): Promise<Finding> {
  context.fly();
  const { machines, rollout } = await context.relay().health();
  // A machine that went back from settings that are no longer wanted is fine.
  const isReverted = ({ reverted_from: from }: { reverted_from: string | null }) => from === rollout?.settings;
  const reverted = (machines ?? []).filter(isReverted).length;
  if (rollout?.state === 'failed' || reverted > 0) {
    return fail(
      `the newest image or settings didn’t start${reverted > 0 ? ` on ${count(reverted, 'machine')}` : ''}; machines went back to their previous ones`,
      `Try the image by hand (\`docker run\`), set FLY_IMAGE to one that works, then run \`npm run deploy\`. If Fly had a problem at the time, try the same again: \`${AGAIN}\`.`,
    );
  }
  if (rollout?.state === 'stuck') {
    return warn(
      'for 15 minutes the first machine has neither started with the newest image or settings nor gone back',
      `It is retried automatically. To start with another machine: \`${AGAIN}\`.`,
    );
  }
  return ok(rollout?.state === 'first' ? 'one machine is trying it first' : 'no change of machines is stuck');
}

export const rolloutCheck: Check = { name: 'rollout', title: 'Rollout', run: rollout };

export type Begun = { kind: 'done' | 'failed'; told: string } | { kind: 'declined' | 'unasked' };

/** `agree` asks the person to type these words. Without a yes nothing changes. */
export async function beginRolloutAnew(
  context: DoctorContext,
  agree: (question: string, words: string) => Promise<'yes' | 'no' | 'unasked'>,
): Promise<Begun> {
  const { rollout } = await context.relay().health();
  if (!['failed', 'stuck'].includes(rollout?.state ?? '')) {
    return { kind: 'done', told: 'No rollout has failed or is stuck, so there is nothing to retry.' };
  }
  const question = `One idle machine will change to ${rollout?.image} again, then the others. Type retry to start: `;
  const agreed = await agree(question, 'retry');
  if (agreed !== 'yes') return { kind: agreed === 'no' ? 'declined' : 'unasked' };
  const { status } = await context.relay().retryRollout();
  return status === 202
    ? { kind: 'done', told: '✓ it starts again within five minutes' }
    : {
        kind: 'failed',
        told: `✗ the relay answered with status ${status}. Run \`npm run doctor -- --only rollout\` and try again.`,
      };
}
