// Topics of a chat, where the channel has them: each is for a project. A topic is named by its chat's address and its
// own id there: `telegram:4815162342/17`.

export type Threads = {
  /** The topic of the person's newest text; null: it came from outside topics. */
  here: string | null;
  /** The active project outside topics, while a topic's project is the active one. */
  general: string | null;
  /** The topic of a project, by the project's id. */
  of: Readonly<Record<string, string>>;
};

/**
 * Where a text was written. `id` null: outside topics. `name`: of the topic, where it is known. `isNew`: it was made now.
 * `isRenamed`: it got the name now, and nothing was written.
 */
export type WrittenIn = { id: string | null; name: string | null; isNew: boolean; isRenamed?: boolean };

export const NO_THREADS: Threads = { here: null, general: null, of: {} };
