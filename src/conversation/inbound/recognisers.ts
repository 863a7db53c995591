import { type Reading, readText } from '../../input/command.ts';
import type { Message } from '../state/rows.ts';
import { isWhatsApp, openTurn, type State } from '../state/state.ts';

// Decides what a text is in its conversation's situation: a command, a bare word, an option, or words for the agent.

export const readMessage = (state: State, { text, from }: Message, options: string[]): Reading =>
  readText(text, {
    isRunning: openTurn(state) !== null,
    isDeep: state.conversation.deepProject !== null,
    isSms: !isWhatsApp(from),
    options,
  });
