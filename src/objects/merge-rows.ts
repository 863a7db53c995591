import type { MergedProject } from '../conversation/state/merge-events.ts';
import type { Staying } from '../conversation/state/merging.ts';
import type { ConversationStore } from './stores/conversation-store.ts';
import { listBackups, listMergedProjects, type Part, readPart, takePart } from './stores/merge-store.ts';
import { isKnownMessage } from './stores/message-store.ts';
import type { Signpost } from './stores/signpost-store.ts';

// The rows of a conversation as a merge of two homes reads and writes them.

export type MergeRows = {
  projects: () => MergedProject[];
  backups: () => { kind: 'project' | 'session'; id: string }[];
  /** The next rows after `cursor`. */
  read: (cursor: string | null) => Part;
  /** Whether this text was taken before. */
  knows: (providerId: string) => boolean;
  /** Writes rows of the other home, under the ids that they have here. */
  take: (part: Part, ids: Pick<Staying, 'projects' | 'schedules'>) => void;
  /** Deletes the rows, but those of the job and the machine. */
  empty: () => void;
  /** Deletes those too. `to`: the home that the object leads to from now on. */
  leave: (to: Signpost | null) => void;
};

export const mergeRowsOf = (sql: SqlStorage, store: () => ConversationStore): MergeRows => ({
  projects: () => listMergedProjects(sql),
  backups: () => listBackups(sql),
  read: (cursor) => readPart(sql, cursor),
  knows: (providerId) => isKnownMessage(sql, providerId),
  take: (part, ids) => store().writeRows(() => takePart(sql, part, ids)),
  empty: () => store().emptyRows(),
  leave: (to) => store().leaveRows(to),
});
