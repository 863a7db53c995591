// Texts on the page that shows a long answer.

export const pageTexts = {
  from: (assistant: string | null, project: string | null): string =>
    ['From', assistant ?? 'your agent', ...(project === null ? [] : ['·', project])].join(' '),
  availableUntil: (until: string): string => `Available until ${until}`,
  product: 'Roost',
  backToChat: 'Back to chat',
  contents: 'Contents',
  utc: (date: string): string => `${date} UTC`,
  copy: 'Copy',
  copyAll: 'Copy all',
  copied: 'Copied',
  notCopied: 'That didn’t work. Select the text and copy it yourself.',
  wrap: 'Wrap',
  image: 'Image',
  table: (number: number): string => `Table ${number}`,
  done: 'Done',
  open: 'Not done',
  expired: {
    title: 'This page has expired',
    text: 'Text /more to get the rest of the latest answer as messages, or ask your agent again.',
  },
  unknown: {
    title: 'This page isn’t here',
    text: 'Open the link from your chat again: part of it may be missing. Or text /more to get the rest of the latest answer as messages.',
  },
  unavailable: {
    title: 'This page can’t be opened right now',
    text: 'Please try again in a minute, or text /more to get the rest of the latest answer as messages.',
  },
} as const;
