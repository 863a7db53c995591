import type { State } from './state.ts';
import type { Threads } from './thread-rows.ts';

// The topics of a person's chat: which one a reply leaves to, and which project has it.

export const nameThread = (address: string, id: string): string => `${address}/${id}`;

/** Where a reply leaves: the topic of its turn's project, or the one in which the person wrote. Null: outside topics. */
export function threadOf(state: State, turn: string | null, to: string): string | null {
  const { here, general, of } = state.conversation.threads;
  const project = state.turns.find(({ id }) => id === turn)?.project ?? null;
  const own = project === null ? here : (of[project] ?? null);
  // The person writes to this project outside topics, too.
  const isGenerals = project !== null && project === (general ?? state.conversation.project) && here !== own;
  return own === null || isGenerals || !own.startsWith(`${to}/`) ? null : own.slice(to.length + 1);
}

export const withThreads = (state: State, change: Partial<Threads>): State => ({
  ...state,
  conversation: { ...state.conversation, threads: { ...state.conversation.threads, ...change } },
});

/** The topic is this project's from now on, and no other's. Archived projects have none. */
export function bindThread(state: State, thread: string, project: string): State {
  const isLive = (id: string): boolean => state.projects.some((p) => p.id === id && p.archivedAt === null);
  const others = Object.entries(state.conversation.threads.of).filter(
    ([id, its]) => its !== thread && id !== project && isLive(id),
  );
  return withThreads(state, { of: { ...Object.fromEntries(others), [project]: thread } });
}
