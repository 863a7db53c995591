// The welcome that people read once, after the answer to their first text.

const ABOUT = [
  'Ask for anything in your own words: I write and run code in a folder on your machine.',
  'Send me photos and files; I send files back.',
  'I can remind you of things and work on a schedule.',
];

export const welcomeTexts = {
  /** With buttons the things to try are below it. */
  welcome: (name: string | null, hasButtons: boolean): string =>
    [
      `Nice to meet you! I’m ${name === null ? 'Roost' : name}, a coding agent you can text.`,
      ...ABOUT.map((line) => `• ${line}`),
      hasButtons ? 'Three things to try:' : 'To try it: “what can you do?”, “/remind in 1 minute: tea”, or /help.',
    ].join('\n'),
  /** A text message costs by its length. */
  short: (name: string | null): string =>
    `I’m ${name === null ? 'Roost' : name}, a coding agent you can text. Ask in your own words; /help lists the commands.`,
  /** Each button, and what tapping it says. */
  tries: [
    { title: 'Try something', says: 'What can you do? Show me with one small example.' },
    { title: 'Remind me', says: '/remind in 1 minute: this is how I remind you' },
    { title: 'Help', says: '/help' },
  ],
} as const;
