import { Unreachable } from '../accounts/ask.ts';
import { SANDBOX } from '../accounts/twilio.ts';
import { isSms } from '../accounts/twilio-lines.ts';
import type { Vars } from '../local/dev-vars.ts';
import { usesTwilio } from './channels.ts';
import { phoneWords as words } from './creation-words.ts';
import { exchangeSince } from './exchange.ts';
import { chatLink } from './links.ts';
import { qrLines } from './qr-code.ts';
import { type SetupContext, SetupProblem, type Step } from './step.ts';

// The first text through everything: shows a code to scan and a link, then waits for the answer.

const HELLO_MS = 180_000;
const LOOK_EVERY_MS = 2_000;
const NOTHING = { heard: false, answered: false };

/** A WhatsApp address if there is one. */
export function mainSender({ TWILIO_SENDERS = '' }: Vars): string {
  const senders = TWILIO_SENDERS.split(',');
  return senders.find((address) => !isSms(address)) ?? senders[0] ?? '';
}

/** The first admin with a number and our main address, as Twilio writes them. */
function helloPair({ answers }: Pick<SetupContext, 'answers'>): [person: string, sender: string] {
  const sender = mainSender(answers());
  const admins = (answers().ADMIN_SENDERS ?? '').split(',').map((one) => one.trim());
  const number = admins.find((one) => one.startsWith('+')) ?? '';
  return [isSms(sender) ? number : `whatsapp:${number}`, sender];
}

export const helloStep: Step = {
  name: 'hello',
  applies: usesTwilio,
  title: words.helloTitle,
  minutes: 3,
  changes: () => [words.helloChange],
  isNoted: (context) => context.record.done('hello') === helloPair(context).join(' '),
  isDone: async (context) => helloStep.isNoted?.(context) ?? false,
  async perform(context) {
    const [person, sender] = helloPair(context);
    if (!context.screen.asks || !person.includes('+')) return words.helloSkipped;
    const number = sender.replace('whatsapp:', '');
    invite(context, person.replace('whatsapp:', ''), sender);
    context.screen.note(`${words.byHand(number)} ${words.waiting}`);
    const since = new Date();
    let heard = false;
    for (const until = Date.now() + HELLO_MS; Date.now() < until; ) {
      // The person is texting meanwhile, so a short network failure does not end the wait.
      const seen = await exchangeSince(context.answers(), sender, person, since).catch((error: unknown) => {
        if (error instanceof Unreachable) return NOTHING;
        throw error;
      });
      if (seen.heard && !heard) context.screen.note(words.heard);
      heard ||= seen.heard;
      if (seen.answered) {
        context.record.markDone('hello', helloPair(context).join(' '));
        return words.answered;
      }
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    }
    throw new SetupProblem(heard ? words.unanswered : words.unheard(number));
  },
};

/** The first link for the person: in the sandbox it joins, elsewhere it says hello. */
export function inviteLink(answers: Vars): string {
  const sender = mainSender(answers);
  const code = (answers.SANDBOX_JOIN ?? '').replace(/^join\s+/i, '');
  return chatLink(sender, sender === SANDBOX ? `join ${code}` : 'hello');
}

function invite({ screen, answers }: SetupContext, person: string, sender: string): void {
  const link = inviteLink(answers());
  screen.note(words.scan(person));
  if (sender === SANDBOX) screen.note(answers().SANDBOX_JOIN ? words.join : words.joinUnknown);
  screen.copy([...qrLines(link, screen.hasColours), '', link]);
}
