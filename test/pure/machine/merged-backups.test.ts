import { expect, test } from 'vitest';
import { type Archive, MERGED_JOURNAL, NO_JOURNAL } from '../../../src/conversation/state/backup.ts';
import type { FolderRestore } from '../../../src/conversation/state/events.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// Backups that came over from another home: the machine here gets them with the first turn in their project, and nobody
// hears of a lost disk.

const ARCHIVE: Archive = {
  kind: 'project',
  id: 'main',
  journal: MERGED_JOURNAL,
  position: 0,
  bytes: 9,
  copiedAt: 1,
  leftOut: null,
  refused: null,
};

/** The first turn after a merge, up to its restore. */
function turnIn(journal: string): { talk: Talk; restored: (folder: FolderRestore) => void } {
  const talk = new Talk();
  talk.state = {
    ...talk.state,
    archives: [ARCHIVE],
    conversation: { ...talk.state.conversation, journal },
  };
  talk.text('what is the plan?');
  const restored = (folder: FolderRestore): void => {
    const { journal: now } = talk.state.conversation;
    const got = { journal: now ?? '', project: 'main', folder, session: { id: 's', position: 3 }, person: false };
    talk.on({ type: 'restored', attempt: talk.ref, restored: got });
  };
  return { talk, restored };
}

test('the files come, with one sentence', () => {
  const { talk, restored } = turnIn('J1');
  restored({ state: 'given', at: 1, leftOut: ['.env'] });
  expect(talk.bodies).toEqual([`${texts.merging.projectBack('main')} ${texts.archive.leftOut(['.env'])}`]);
  expect(talk.state.archives[0]?.journal).toBe('J1');
});

test('a home that never had a machine gives them twice, and says it once', () => {
  const { talk, restored } = turnIn(NO_JOURNAL);
  restored({ state: 'given', at: 1, leftOut: [] });
  talk.on({ type: 'other-journal', attempt: talk.ref, journal: 'J1' });
  restored({ state: 'kept' });
  expect(talk.bodies).toEqual([texts.merging.projectBack('main')]);
  expect(talk.state.archives[0]?.journal).toBe('J1');
});

test('files that had no backup are named', () => {
  const { talk, restored } = turnIn('J1');
  restored({ state: 'none' });
  expect(talk.bodies).toEqual([texts.archive.folderLost('main', 'none')]);
});
