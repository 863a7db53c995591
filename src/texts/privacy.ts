// The sentences of /forget and /export.

const STAYS =
  'What I can’t delete at once: the database can be restored by whoever runs Roost for 30 days, the machine’s host keeps snapshots of its disk for some days, a note without words stays for 30 days (whether you are a guest, your budgets and what you spent, so that nobody gets rid of a limit this way; and marks of your messages, by which I know late repeats of them), log lines (without words or numbers) stay as long as the log, and your phone, the channels on which we write (WhatsApp, Telegram, your carrier) and the model’s provider keep their own copies.';

/** 12 MB, 3.2 GB; below a megabyte in kilobytes. */
function formatSize(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} KB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** The words that the buttons of /forget stand for. */
export const FORGET_WORDS = { all: 'everything', carrier: 'everything and at Twilio' } as const;
/** The second confirmation. */
export const FORGET_WORD = 'DELETE';

/** Files that the README of a copy names. */
const MISSING_NAMED = 1000;

export const privacyTexts = {
  /**
   * `isOwner`: by their role alone; the configuration's owner would be it again with their next text. `isKept`: Twilio
   * has copies of our messages that it can delete.
   */
  forgetAsk: (hasButtons: boolean, { isOwner, isKept }: { isOwner: boolean; isKept: boolean }): string =>
    [
      'I can delete everything of yours: our messages, projects, files, schedules, memory, settings, their backups and your place on the machine. This can’t be undone. For a copy first, text /export.',
      STAYS,
      ...(isOwner
        ? [
            'You’re an owner here. If nobody else is one, make somebody owner first: /users shows their number, /role 3 owner does it.',
          ]
        : []),
      hasButtons
        ? 'Do you want that? If not, do nothing.'
        : `Text /forget ${FORGET_WORDS.all}${isKept ? `, or /forget ${FORGET_WORDS.carrier} to delete Twilio’s copies of our messages too` : ''}. If you don’t want that, do nothing.`,
    ].join('\n\n'),
  forgetAll: 'Delete everything',
  forgetCarrier: 'Twilio’s copies too',
  forgetUse: `Nothing is deleted. Text /forget to see what I can delete.`,
  forgetSure: (carrier: boolean): string =>
    `Last check: text ${FORGET_WORD} within ten minutes, and I delete everything of yours${carrier ? ', at Twilio too' : ''}. Anything else keeps it all.`,
  forgetBegun: (carrier: boolean): string =>
    `I’ve stopped all work and am deleting everything of yours${carrier ? ', at Twilio too' : ''}. My next message says when it is done. What you text until then isn’t kept.`,
  forgetAfterMerge:
    'Two conversations of yours are just becoming one, so I deleted nothing yet. Text DELETE again in a minute.',
  forgetGoesOn: 'I’m still deleting everything of yours, so I didn’t keep this. Wait for my message that it is done.',
  forgetWaits: (where: 'machine' | 'copies' | 'carrier' | 'directory' | 'rows'): string =>
    `I can’t delete everything yet: ${
      {
        machine: 'your machine doesn’t answer',
        copies: 'the bucket with the copies doesn’t answer',
        carrier: 'Twilio doesn’t answer',
        directory: 'a part of Roost doesn’t answer',
        rows: 'a part of Roost doesn’t answer',
      }[where]
    }. I keep trying, and whoever runs Roost knows.`,
  forgetDone: (left: number): string =>
    [
      'Everything of yours is deleted, and this message goes too.',
      ...(left > 0
        ? [`Twilio didn’t delete ${left} of our messages. Whoever runs Roost can do that in Twilio’s console.`]
        : []),
      'If you text me again, we start from nothing.',
    ].join(' '),
  exportBegun:
    'I’m making a copy of everything I have of yours: messages, schedules, files, the agent’s sessions and memory, costs. I’ll text you a link when it’s ready, which can take some minutes.',
  exportGoesOn: 'I’m still making your copy. I’ll text you the link.',
  exportSoon: 'I’m still tidying up your last copy. Text /export again in a minute.',
  exportNone: 'I can’t make copies here, because there is no storage for them. Ask whoever runs Roost.',
  exportPin: 'Please text /export with your PIN, for example /export 4821.',
  exportReady: (bytes: number, url: string): string =>
    `Your copy is ready (${formatSize(bytes)}): ${url}\nThe link works once. Text /export for another. I delete the copy after 24 hours.`,
  exportFailed: 'I couldn’t make your copy. Text /export to try again.',
  exportTooLarge: 'Your copy is too large for me to make. Ask whoever runs Roost for it.',
  /** Inside the archive. `at`: ISO. `hasBackups`: projects and sessions are in it. `missing`: received files that aren't. */
  exportReadMe: (at: string, hasBackups: boolean, missing: readonly string[]): string =>
    [
      `Everything Roost kept about you, as of ${at}.`,
      '',
      'data/      the rows of your conversation, a JSON object on each line: messages, replies, schedules and their',
      '           runs, projects, questions, settings, costs. Times are milliseconds since 1970. The columns are',
      '           explained in migrations/README.md of Roost.',
      'received/  files that you sent, by day (UTC).',
      'files/     files that were sent to you in the last seven days.',
      ...(hasBackups
        ? [
            'projects/  each project as a tar archive, as of its newest backup. Secrets (.env) and what a command makes',
            '           again (node_modules) are not in it.',
            'sessions/  what you and the agent said and did, as the agent keeps it: pieces of one file, in order.',
            'memory.tar your instructions, settings and memory.',
          ]
        : ['Projects and sessions are not in it: here they are kept on your machine alone. Ask the agent for them.']),
      '',
      ...(missing.length === 0
        ? []
        : [
            'Not in it: these files that you sent. Neither the channel nor your machine handed them over. What the agent got',
            hasBackups
              ? 'of them is in the folder inbox/ of the project you sent them to, if its backup in projects/ has that folder.'
              : 'of them is in the folder inbox/ of the project you sent them to, on your machine.',
            '',
            ...missing.slice(0, MISSING_NAMED).map((name) => `  ${name}`),
            ...(missing.length > MISSING_NAMED ? [`  and ${missing.length - MISSING_NAMED} more`] : []),
            '',
          ]),
      'Not in it: what Twilio, WhatsApp, Telegram or your carrier and the AI model’s provider keep.',
      '',
    ].join('\n'),
  page: {
    ready: (bytes: number) => ({
      title: 'Your copy',
      text: `Everything Roost keeps about you, as a ZIP archive (${formatSize(bytes)}). The link works once.`,
      button: 'Download',
    }),
    used: {
      title: 'This link was used',
      text: 'Text /export in your chat for another one.',
    },
    expired: { title: 'This link has expired', text: 'Text /export in your chat for a new copy.' },
    unknown: {
      title: 'This page isn’t here',
      text: 'Open the link from your chat again: part of it may be missing. Or text /export for another one.',
    },
    unavailable: {
      title: 'Your copy can’t be opened right now',
      text: 'Please try again in a minute, or text /export for another link.',
    },
  },
  alertForgetWaits:
    'A person’s data can’t be deleted completely: a part doesn’t answer. Roost keeps trying; the step and the reason are in the log under forget-later.',
} as const;
