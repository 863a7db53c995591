import { COMMANDS } from '../../input/command.ts';
import { HELP_TOPICS, listHelpLines, readHelp, summariseTopic, TOPICS } from '../../input/help-topics.ts';
import type { Role } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { excerpt } from '../../texts/phrasing.ts';
import { enqueue, sendWordButtons } from '../outbox/replies.ts';
import { awaitsWelcome, welcome } from '../outbox/welcome.ts';
import { DESCRIPTION_CHARS } from '../policy/questions.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { answerAddressOf } from '../state/person.ts';
import { roleOf } from '../state/standing.ts';
import type { State } from '../state/state.ts';

// /help in one message: the list of topics, or help on one topic or command. Shows what this person may do.

const said = texts.help;

export function onHelp(state: State, rest: string, ctx: Context): Decision {
  const reader = {
    hasBold: ctx.channelOf(answerAddressOf(state.conversation)).markup !== 'plain',
    role: roleOf(state, ctx),
  };
  const wish = readHelp(rest);
  const say = (text: string): Decision => noEffects(enqueue(state, 'notice', [text], ctx));
  switch (wish.kind) {
    case 'overview':
      return noEffects(awaitsWelcome(state, ctx) ? welcome(state, ctx) : sendOverview(state, reader, ctx, null));
    case 'topic':
      return say(said.topic(HELP_TOPICS[wish.topic], listHelpLines(wish.topic, reader.role), wish.topic, reader));
    case 'command':
      return say(said.command(COMMANDS[wish.name], wish.name, wish.topic, reader));
    case 'unknown':
      if (wish.meant !== null) return say(said.didYouMean(excerpt(wish.named, 40), wish.meant));
      return noEffects(sendOverview(state, reader, ctx, excerpt(wish.named, 40)));
  }
}

/** The text names the topics too, for channels without lists. */
function sendOverview(
  state: State,
  reader: { hasBold: boolean; role: Role },
  ctx: Context,
  unknown: string | null,
): State {
  const buttons = TOPICS.map((topic) => ({
    title: HELP_TOPICS[topic],
    says: `/help ${topic}`,
    description: summariseTopic(topic, reader.role, DESCRIPTION_CHARS),
  }));
  const [text, plain] = [said.overview(true, unknown, reader), said.overview(false, unknown, reader)];
  return sendWordButtons(state, { text, plain, buttons, opens: said.topics }, ctx);
}
