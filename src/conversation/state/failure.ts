/**
 * The carrier's reason for a refusal or failure, sorted by what to do about it (its codes are in the channel's table).
 */
export type Failure =
  /** The 24-hour window is closed, or the person shut us out: wait until they write. */
  | 'window'
  /** Too fast for any recipient, or the carrier's queue is full: try later. */
  | 'rate'
  /** Our account or address is at fault: nothing leaves until an operator fixes it. */
  | 'account'
  /** Too fast for this person: try later. */
  | 'pair'
  /** Our account may not write to this person: try later, after an operator has fixed it. */
  | 'barred'
  /** The person opted out. */
  | 'opted-out'
  /** This person can't be reached. */
  | 'recipient'
  /** The carrier refuses these words. */
  | 'content'
  /** Against the channel's rules: these words, or all that our sender does. The next reply decides. */
  | 'policy'
  /** The channel has shut out our sender: nothing leaves from it until an operator has seen to it. */
  | 'blocked'
  /** Anything else: never retried automatically. */
  | 'other';
