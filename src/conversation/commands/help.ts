import { COMMANDS } from '../../input/command.ts';
import { HELP_TOPICS, listFirstLines, listHelpLines, readHelp, TOPICS } from '../../input/help-topics.ts';
import { texts } from '../../texts/index.ts';
import { excerpt } from '../../texts/phrasing.ts';
import { enqueue } from '../outbox/replies.ts';
import { wordsChoiceOf } from '../state/choices.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { Offer } from '../state/offer.ts';
import { isWhatsApp, type State } from '../state/state.ts';

// /help in one message: the list of topics, or help on one topic or command.

const said = texts.help;

export function onHelp(state: State, rest: string, ctx: Context): Decision {
  const wish = readHelp(rest);
  const say = (text: string): Decision => noEffects(enqueue(state, 'notice', [text], ctx));
  switch (wish.kind) {
    case 'overview':
      return noEffects(overview(state, ctx, null));
    case 'topic': {
      const heading = HELP_TOPICS[wish.topic];
      const shown = isWhatsApp(state.conversation.address) ? `*${heading}*` : heading;
      return say(said.topic(shown, listHelpLines(wish.topic), wish.topic));
    }
    case 'command': {
      const { use, help } = COMMANDS[wish.name];
      return say(said.command(use, help, wish.name, wish.topic));
    }
    case 'unknown':
      if (wish.meant !== null) return say(said.didYouMean(excerpt(wish.named, 40), wish.meant));
      return noEffects(overview(state, ctx, excerpt(wish.named, 40)));
  }
}

/** The text names the topics too, for channels without lists. */
function overview(state: State, ctx: Context, unknown: string | null): State {
  const items = TOPICS.map((topic) => ({ id: wordsChoiceOf(`/help ${topic}`), title: HELP_TOPICS[topic] }));
  const words = (hasList: boolean): string => said.overview(listFirstLines(), hasList, unknown);
  const offer: Offer = { question: ctx.id(), text: words(true), items, content: null };
  return enqueue(state, 'notice', [words(false)], ctx, { choices: offer });
}
