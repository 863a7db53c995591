/**
 * machine-made, machine-woken: for this turn · other-machine: its disk is new · session-back, memory-back, folder-back:
 * restored from a backup · folder-lost: no backup of it could be restored · session-lost: the agent began a new one ·
 * session-seeded: the new one has the newest texts · compacted: the agent summarized its session.
 */
export type What =
  | 'machine-made'
  | 'machine-woken'
  | 'other-machine'
  | 'session-back'
  | 'memory-back'
  | 'folder-back'
  | 'folder-lost'
  | 'session-lost'
  | 'session-seeded'
  | 'compacted';
export type Happening = { what: What; at: number };
