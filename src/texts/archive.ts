import { formatList } from '../recurrence/calendar-names.ts';

// Texts about backups: a machine was lost, these things are back, these were not saved.

function ago(minutes: number): string {
  if (minutes < 2) return 'just before';
  if (minutes < 120) return `${minutes} minutes ago`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours ago` : `${Math.round(minutes / 1440)} days ago`;
}

export const archiveTexts = {
  newMachine: 'Your machine lost its disk, so I’m working on a new one.',
  sessionBack: 'Our conversation is back.',
  folderBack: (label: string, minutes: number): string =>
    `The files in “${label}” are back, as they were ${ago(minutes)}.`,
  leftOut: (names: readonly string[]): string =>
    `Not restored, so set these up again if you need them: ${formatList(names)}.`,
  folderLost: (label: string, why: 'none' | 'damaged' | 'too_large'): string => {
    const reason = {
      none: 'there was no copy',
      damaged: 'the copy is damaged',
      too_large: 'they were too large to copy',
    };
    return `I couldn’t restore the files in “${label}”: ${reason[why]}.`;
  },
  tooLarge: (label: string): string =>
    `The files in “${label}” are larger than 100 MB, or there are more than 100,000 of them, so I can’t keep a copy. If your machine is lost, they are lost too. Keep them in a repository elsewhere, or make the folder smaller.`,
  personal:
    'Your settings, skills and what I remember of you are larger than 100 MB together, so I can’t keep a copy. If your machine is lost, they are lost too. Ask me what takes the space, and to make it smaller.',
  sessionFull: 'Our conversation is now too long for me to keep a copy. Text /new to start one that is copied again.',
} as const;
