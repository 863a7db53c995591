import { formatCount } from './phrasing.ts';

// Words on the page of a diff.

export const diffPageTexts = {
  size: (files: number, added: number, removed: number): string =>
    `${formatCount(files, 'file')}, +${added} −${removed}`,
  asOf: (at: string, until: string): string => `As of ${at} · available until ${until}`,
  atHost: 'Open at the host',
  files: 'Files',
  moreFiles: (count: number): string => `and ${formatCount(count, 'more file')} on the following pages`,
  how: 'Tap a line’s number to comment on it. You send your comment in our chat.',
  nothing: 'There are no changes.',
  cut: 'This is the beginning: the rest of the changes is too long to show here.',
  goesOn: 'continued',
  change: {
    added: () => 'new file',
    deleted: () => 'deleted',
    renamed: (from: string) => `renamed from ${from}`,
    copied: (from: string) => `copied from ${from}`,
  },
  mode: (before: string, after: string): string => `mode ${before} → ${after}`,
  binary: 'binary file: its content isn’t shown',
  lines: (from: number): string => `From line ${from}`,
  kinds: { added: 'added', removed: 'removed' },
  lineCut: ' … the rest of this line is too long to show',
  commentOn: (line: number): string => `Comment on line ${line}`,
  comment: 'Your comment on this line',
  write: 'Write it in the chat',
  ready: 'Your comment isn’t sent yet. Send it in our chat:',
  readyToCopy: 'Your comment isn’t sent yet. Copy it, and send it in our chat:',
  openChat: 'Open the chat',
  pages: 'Pages',
  page: (page: number, pages: number): string => `Page ${page} of ${pages}`,
  before: 'Back',
  after: 'Next',
  told: {
    empty: 'Write something first.',
    long: 'That comment is too long: at most 1,000 characters.',
  },
  expired: { title: 'This page has expired', text: 'Text /diff for the changes as they are now.' },
  unknown: {
    title: 'This page isn’t here',
    text: 'Open the link from your chat again: part of it may be missing. Or text /diff for a new one.',
  },
  unavailable: {
    title: 'This page can’t be opened right now',
    text: 'Please try again in a minute, or text /diff for a new link.',
  },
} as const;
