// The sentences of /forget and /export.

const STAYS =
  'What I can’t delete at once: the database can be restored by whoever runs Roost for 30 days, the machine’s host keeps snapshots of its disk for some days, log lines (without words or numbers) stay as long as the log, and your phone, WhatsApp or your carrier, and the model’s provider keep their own copies.';

/** The words that the buttons of /forget stand for. */
export const FORGET_WORDS = { all: 'everything', carrier: 'everything and at Twilio' } as const;
/** The second confirmation. */
export const FORGET_WORD = 'DELETE';

export const privacyTexts = {
  forgetAsk: (hasButtons: boolean): string =>
    [
      'I can delete everything of yours: our messages, projects, files, schedules, memory, settings, their backups and your place on the machine. This can’t be undone.',
      STAYS,
      hasButtons
        ? 'Do you want that? If not, do nothing.'
        : `Text /forget ${FORGET_WORDS.all}, or /forget ${FORGET_WORDS.carrier} to delete Twilio’s copies of our messages too. If you don’t want that, do nothing.`,
    ].join('\n\n'),
  forgetAll: 'Delete everything',
  forgetCarrier: 'Twilio’s copies too',
  forgetUse: `Nothing is deleted. Text /forget to see what I can delete.`,
  forgetSure: (carrier: boolean): string =>
    `Last check: text ${FORGET_WORD} within ten minutes, and I delete everything of yours${carrier ? ', at Twilio too' : ''}. Anything else keeps it all.`,
  forgetBegun: (carrier: boolean): string =>
    `I’ve stopped all work and am deleting everything of yours${carrier ? ', at Twilio too' : ''}. My next message says when it is done. What you text until then isn’t kept.`,
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
  alertForgetWaits:
    'A person’s data can’t be deleted completely: a part doesn’t answer. Roost keeps trying; the step and the reason are in the log under forget-later.',
} as const;
