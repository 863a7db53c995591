// What an operator does to a conversation from their page. An act that is done already, or can't be done, changes
// nothing.

export type OperatorAct =
  | { do: 'stop' }
  | { do: 'retry' }
  /** Null: the session of the active project. */
  | { do: 'reset-session'; project: string | null }
  | { do: 'pause-schedule'; schedule: number }
  | { do: 'resume-schedule'; schedule: number }
  | { do: 'wake-machine' }
  /** The provider has stopped it. */
  | { do: 'restart-machine' };
