// What an operator does to a conversation from their page. An act that is done already, can't be done, or means what was
// current only when the page was read, changes nothing.

import type { SenderMoved } from './sender-move.ts';

export type OperatorAct =
  /** Null: no turn runs, but texts wait. */
  | { do: 'stop'; turn: string | null }
  /** The turn that failed last; the uuid of the last text when it had none. */
  | { do: 'retry'; failed: string }
  /** The session of the active project. */
  | { do: 'reset-session'; session: string }
  | { do: 'pause-schedule'; schedule: number }
  | { do: 'resume-schedule'; schedule: number }
  /** Takes the person's account at this git host away. */
  | { do: 'disconnect'; host: string }
  /** One of our senders is given up, and everybody is told. */
  | ({ do: 'move-sender' } & SenderMoved)
  | { do: 'make-copy' }
  | { do: 'wake-machine' }
  /** The provider has stopped it. */
  | { do: 'restart-machine' };
