import type { AgentMessage } from '../../../src/protocol/index.ts';
import { type Actions, isPerformed, type Performed } from '../actions/actions.ts';
import { type FileAction, type FilesHost, isFileAction, performFileAction } from '../actions/file-actions.ts';
import type { OpenAgent, Signal } from '../agent/agent.ts';
import { hasCheck } from './preparation.ts';

// Messages that are done without asking the model, and by whom.

export const isWithoutModel = (message: AgentMessage): message is Performed | FileAction =>
  isPerformed(message) || isFileAction(message);

/** Is alone in its attempt, where nobody is yet to give others to. */
export const beginsAlone = (message: AgentMessage): boolean => isWithoutModel(message) || hasCheck(message);

/** Does it and lets `heard` know what an agent that did it would. */
export const performed = (
  message: Performed | FileAction,
  open: OpenAgent,
  actions: Actions,
  host: FilesHost,
  heard: (signal: Signal) => void,
): Promise<void> =>
  isFileAction(message) ? performFileAction(message, host, heard) : actions.perform(open, message, heard);
