import { formatCount } from './phrasing.ts';

// Sentences of the operator's view of a session: its transcript, as the backup has it.

export const operatorTranscript = {
  transcript: 'Transcript',
  back: 'Back to the conversation',
  noBucket: 'There is no bucket ARCHIVE, so nothing is backed up and nothing can be shown.',
  noBackup: 'No backup yet. A session is copied when its turn ends, and every 30 seconds while the agent works.',
  about: 'As the backup has it; no machine is woken for it. What came after that is on the machine alone.',
  refused: 'The last try to copy it failed',
  session: 'Session',
  began: 'Began',
  used: 'Last used',
  copied: 'Backup of',
  size: 'Size of the backup',
  gone: {
    title: 'There is no such session',
    text: 'It is none of this conversation’s, or everything was deleted at the person’s wish.',
  },
  hidden: 'What is in it is hidden. It is shown with a reason, which the audit keeps, until you leave the page.',
  shown: 'This is shown, and the audit says so. The page isn’t kept up to date; leave it to end this.',
  leave: 'Hide it',
  show: 'Show',
  older: 'Older, shown as well',
  newest: 'Newest first.',
  nothing: 'Nothing is in it.',
  unread: (count: number): string => `${formatCount(count, 'line')} could not be read, or are too long to be shown.`,
  cut: (count: number): string => `${formatCount(count, 'further character')} not shown.`,
  who: { person: 'Person', agent: 'Agent', tool: 'Tool', system: 'System', summary: 'Summary' },
  inner: 'sub-agent',
  parts: { text: '', thinking: 'Thinking', call: 'Calls', result: 'Answer', error: 'Error', other: 'Other' },
} as const;
