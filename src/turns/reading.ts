import { type Reading, readText } from '../commands/parse.ts';
import { isWhatsApp, type Message, openTurn, type State } from './state.ts';

// What a text is in the situation its conversation is in: a command, a bare word, an option, words for the agent.

export const readMessage = (state: State, { text, from }: Message, options: string[]): Reading =>
  readText(text, {
    isRunning: openTurn(state) !== null,
    isDeep: state.conversation.deepProject !== null,
    isSms: !isWhatsApp(from),
    options,
  });
