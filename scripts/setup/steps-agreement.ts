import { isOnWhatsApp, NO_ADVICE, QUOTA, termsLines } from '../doctor/whatsapp-terms.ts';
import { botIdOf } from './channels.ts';
import { agreementWords as words } from './creation-words.ts';
import { priceLines } from './price.ts';
import { type SetupContext, SetupProblem, type Step } from './step.ts';

// Before anything is created: the list of new things, their price per month, and a yes.

/** The content of the agreement: the accounts, and the number of people. */
const subject = ({ answers }: Pick<SetupContext, 'answers'>): string => {
  const { CLOUDFLARE_ACCOUNT_ID, WORKER_NAME, PUBLIC_URL, TWILIO_SENDERS, MACHINE_PROVIDER, FLY_ORG } = answers();
  const where = [CLOUDFLARE_ACCOUNT_ID, WORKER_NAME, PUBLIC_URL, TWILIO_SENDERS, MACHINE_PROVIDER, FLY_ORG];
  const bot = botIdOf(answers());
  // The record has no phone numbers.
  const { ALLOWED_SENDERS = '', ADMIN_SENDERS = '', NUDGE_TEMPLATE } = answers();
  const people = ALLOWED_SENDERS.includes('*') ? '*' : `${ALLOWED_SENDERS},${ADMIN_SENDERS}`.split(',').length;
  return JSON.stringify([...where, people, NUDGE_TEMPLATE, ...(bot === '' ? [] : [bot])]);
};

/** `creating`: the steps after it. */
export function agreementStep(creating: readonly Step[]): Step {
  const changesLeft = (context: Pick<SetupContext, 'answers' | 'record'>): string[] =>
    creating
      .filter((step) => (step.applies?.(context.answers()) ?? true) && !step.isNoted?.(context))
      .flatMap((step) => step.changes?.(context.answers()) ?? []);
  const step: Step = {
    name: 'agreement',
    title: words.title,
    minutes: 1,
    isNoted: (context) => context.record.done('agreement') === subject(context) || changesLeft(context).length === 0,
    isDone: async (context) => step.isNoted?.(context) ?? false,
    async perform(context) {
      const { screen, record, answers } = context;
      screen.note(words.will(changesLeft(context)));
      if (answers().MACHINE_PROVIDER === 'fly') screen.note(words.later);
      screen.note(priceLines(answers()).join('\n'));
      if (isOnWhatsApp(answers())) screen.note([words.terms, ...termsLines(answers()), QUOTA, NO_ADVICE].join('\n'));
      if (!screen.asks) return words.unasked;
      if (!(await screen.confirm(words.agree, true))) throw new SetupProblem(words.declined);
      record.markDone('agreement', subject(context));
      return words.agreed;
    },
  };
  return step;
}
