// Moving everybody from one of our senders to another: what happens to one person.

/** `works`: the old sender can still send. */
export type SenderMove = { from: string; to: string; works: boolean };

/**
 * How the person hears of it. none: they don't use that sender, or are out · old: from the old sender · other: on another
 * channel or sender of theirs that is open · new: from the new sender, which may write at any time · asked: a template
 * asks them to write, and the rest follows · nobody: nothing reaches them.
 */
export type MoveWay = 'none' | 'old' | 'other' | 'new' | 'asked' | 'nobody';

/** `hasCode`: they need a code to be themselves at the new sender, and may get one. `micros`: what the messages cost, in micro-dollars. */
export type MovePlan = { way: MoveWay; hasCode: boolean; micros: number };

/** `chat`: a link to the chat with the new sender; null: there is none. `code`: makes the writer there this person. */
export type SenderMoved = SenderMove & { chat: string | null; code: string | null };
