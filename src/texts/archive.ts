// What people are told of copies: that a machine was lost, what is back, and what is not kept.

const listed = (names: readonly string[]): string =>
  names.length <= 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

function ago(minutes: number): string {
  if (minutes < 2) return 'just before';
  if (minutes < 120) return `${minutes} minutes ago`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours ago` : `${Math.round(minutes / 1440)} days ago`;
}

export const archiveTexts = {
  newMachine: 'Your machine lost its disk, so I work on a new one.',
  sessionBack: 'I have our conversation back.',
  folderBack: (label: string, minutes: number): string =>
    `The files of “${label}” are back, as they were ${ago(minutes)}.`,
  leftOut: (names: readonly string[]): string => `Not kept, so set up again what you need: ${listed(names)}.`,
  folderLost: (label: string, why: 'none' | 'damaged' | 'too_large'): string => {
    const reason = {
      none: 'there was no copy of them',
      damaged: 'their copy is damaged',
      too_large: 'they were too large to be copied',
    };
    return `The files of “${label}” could not be brought back: ${reason[why]}.`;
  },
  tooLarge: (label: string): string =>
    `The files of “${label}” are more than 100 MB, so I can’t keep a copy of them. Should your machine be lost, they are too: keep them in a repository elsewhere, or make the folder smaller.`,
  sessionFull: 'Our conversation has become too long for me to keep a copy of it. Text /new to begin one that is kept.',
} as const;
