// The rows of archives (copies kept outside the machine), and of texts that are read again.

/**
 * A copy kept outside the machine: the person's own files (`id` ''), a project's folder, or a session. `journal`: the
 * machine that has the original. Another machine gets the copy back before it uses it.
 */
export type Archive = {
  kind: 'person' | 'project' | 'session';
  id: string;
  journal: string | null;
  /** Of a session: how far its lines are copied. */
  position: number;
  /** The size of the copy. 0: of a folder that a release before copied. */
  bytes: number;
  /** When it was last copied, or null. */
  copiedAt: number | null;
  /** Names left out of the copy, or null. */
  leftOut: readonly string[] | null;
  /** The machine's code for why there is no newer copy, or null. */
  refused: string | null;
};

/** The journal of a backup that came with a person from another home: no machine here has the original. */
export const MERGED_JOURNAL = 'merged';
/** The journal of a home that has such backups and never had a machine: any machine is another one. */
export const NO_JOURNAL = 'none';

/** A text of the person or an answer of the agent, word for word. */
export type Said = { at: number; isPerson: boolean; text: string };
