// Every sentence the product itself says to a person.

export const texts = {
  unreachable: 'I can’t reach your machine at the moment. Your message is kept and I keep trying.',
  gaveUpUnreachable:
    'I could not reach your machine for an hour, so I stopped trying. Your message is kept: text /retry to try again.',
  failed: 'That did not work after several tries. Your message is kept: text /retry to try again.',
  agentError: 'The agent ran into a problem and could not finish this.',
  agentFailed:
    'The agent could not work on this: the model refused or is not set up. Your message is kept: text /retry when that has been fixed.',
  overdue: 'This took longer than it may, so I stopped waiting. Your message is kept: text /retry to try again.',
  refused:
    'Your machine refused this task, so trying again by myself would not help. Text /retry when it has been fixed.',
  sessionLost: 'I could not find our earlier conversation any more, so I started a new one.',
  emptyAnswer: 'Done. There is nothing more to say.',
  queueFull: 'Too many messages are waiting, so I did not take this one. Please send it again later.',
  attachmentOnly: 'I can’t open photos, voice notes or files yet. Please send it as text.',
  notText: 'I found nothing to read in that message. Please send it as text.',
  attachmentsNote: (count: number): string =>
    count === 1
      ? '[An attachment came with this message; it cannot be opened yet.]'
      : `[${count} attachments came with this message; they cannot be opened yet.]`,
  nothingToRetry: 'There is nothing to retry.',
  retrying: (count: number): string => (count === 1 ? 'Trying again.' : `Trying again with your ${count} messages.`),
  help: (commands: readonly string[]): string =>
    [
      'Text me what you want done, in your own words. I work in a folder on your machine and remember our conversation.',
      '',
      ...commands,
    ].join('\n'),
} as const;
