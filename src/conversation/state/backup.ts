// The rows of what is kept besides the machine, and what is read again of what was said.

/**
 * Something that is kept besides the machine: what belongs to the person (`id` ''), a project's folder, a session.
 * `journal`: the machine that has it; when another one is there now, it is given back before it is used.
 */
export type Archive = {
  kind: 'person' | 'project' | 'session';
  id: string;
  journal: string | null;
  /** Of a session: how far its lines are copied, and how much that is. */
  position: number;
  bytes: number;
  /** When it was last copied, or null. */
  copiedAt: number | null;
  /** Names that are not in the copy, or null. */
  leftOut: readonly string[] | null;
  /** Why there is no newer copy, in the machine's code, or null. */
  refused: string | null;
};

/** A text of the person or an answer of the agent, as it was said. */
export type Said = { at: number; isPerson: boolean; text: string };
