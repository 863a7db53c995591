// Sentences to people when everybody is moved from one of our senders to another.

type Moved = {
  works: boolean;
  /** The channels of the old and the new sender, and their numbers where they have one. */
  old: string;
  fresh: string;
  /** The text comes from the old sender, from the new one, or from elsewhere. */
  at: 'old' | 'new' | 'other';
  chat: string | null;
  code: string | null;
  /** They are a stranger at the new sender until it is linked. */
  isStranger: boolean;
  /** They get a code from /link with their PIN alone. */
  needsPin: boolean;
};

export const senderMoveTexts = {
  /** Names one of our senders. */
  nameSender: (channel: string, number: string | null): string =>
    number === null ? channel : `${channel} (${number})`,
  moved: ({ works, old, fresh, at, chat, code, isStranger, needsPin }: Moved): string =>
    [
      works ? `I’m moving from ${old} to ${fresh}.` : `I can’t write to you from ${old} any more.`,
      at === 'new' ? 'From now on I write from here: please text me here, too.' : '',
      at === 'other'
        ? `Everything goes on here. You can also text me on ${fresh}${chat === null ? '' : `: ${chat}`}.`
        : '',
      at === 'old' ? `Please text me there from now on${chat === null ? '' : `: ${chat}`}.` : '',
      at === 'new' || code === null ? '' : tellCode(code, chat),
      at !== 'new' && code === null && isStranger
        ? needsPin
          ? 'To bring our conversation along, text /link and your PIN here, and then the code there.'
          : 'Whoever runs Roost can bring our conversation along: text me there first.'
        : '',
    ]
      .filter((line) => line !== '')
      .join(' '),
} as const;

const tellCode = (code: string, chat: string | null): string =>
  chat?.includes(code.replace('-', ''))
    ? 'This link brings our conversation along. It works once, within seven days: give it to nobody.'
    : `To bring our conversation along, text LINK ${code} there. It works once, within seven days: give it to nobody.`;
