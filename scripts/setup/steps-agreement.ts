import { agreementWords as words } from './creation-words.ts';
import { priceLines } from './price.ts';
import { SetupProblem, type Step, type World } from './step.ts';

// Before anything is created: the list of new things, their price per month, and a yes.

/** The content of the agreement: the accounts, and the number of people. */
const subject = ({ answers }: Pick<World, 'answers'>): string => {
  const { CLOUDFLARE_ACCOUNT_ID, WORKER_NAME, PUBLIC_URL, TWILIO_SENDERS, MACHINE_PROVIDER, FLY_ORG } = answers();
  const where = [CLOUDFLARE_ACCOUNT_ID, WORKER_NAME, PUBLIC_URL, TWILIO_SENDERS, MACHINE_PROVIDER, FLY_ORG];
  // The record has no phone numbers.
  const { ALLOWED_SENDERS = '', ADMIN_SENDERS = '', NUDGE_TEMPLATE } = answers();
  const people = ALLOWED_SENDERS.includes('*') ? '*' : `${ALLOWED_SENDERS},${ADMIN_SENDERS}`.split(',').length;
  return JSON.stringify([...where, people, NUDGE_TEMPLATE]);
};

/** `creating`: the steps after it. */
export function agreementStep(creating: readonly Step[]): Step {
  const changesLeft = (world: Pick<World, 'answers' | 'record'>): string[] =>
    creating
      .filter((step) => (step.applies?.(world.answers()) ?? true) && !step.isNoted?.(world))
      .flatMap((step) => step.changes?.(world.answers()) ?? []);
  const step: Step = {
    name: 'agreement',
    title: words.title,
    minutes: 1,
    isNoted: (world) => world.record.done('agreement') === subject(world) || changesLeft(world).length === 0,
    isDone: async (world) => step.isNoted?.(world) ?? false,
    async perform(world) {
      const { screen, record, answers } = world;
      screen.note(words.will(changesLeft(world)));
      if (answers().MACHINE_PROVIDER === 'fly') screen.note(words.later);
      screen.note(priceLines(answers()).join('\n'));
      if (!screen.asks) return words.unasked;
      if (!(await screen.confirm(words.agree, true))) throw new SetupProblem(words.declined);
      record.markDone('agreement', subject(world));
      return words.agreed;
    },
  };
  return step;
}
