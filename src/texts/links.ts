import { formatWays, type OurChat, type Way, whereOn } from './phrasing.ts';

// Sentences about a person's further addresses: /link and /unlink.

const formatOurs = ({ address, channel, url }: OurChat): string =>
  `• ${channel}: ${[address ?? 'my bot there', ...(url === null ? [] : [url])].join(', ')}`;

export const linkTexts = {
  code: (code: string, ours: readonly OurChat[]): string =>
    [
      'To go on with our conversation from another phone or channel, text me this code from there, within ten minutes:',
      `LINK ${code}`,
      ...(ours.length === 0 ? [] : [['I’m here:', ...ours.map(formatOurs)].join('\n')]),
      'It works once. Give it to nobody: whoever texts it and says yes reads and writes as you.',
    ].join('\n\n'),
  notSecret: (channel: string, ways: readonly Way[]): string =>
    `I give these codes only on channels that nobody else can read, and ${channel} isn’t one. ${
      ways.length === 0
        ? 'Ask an admin to link your other phone or channel for you.'
        : `Instead, text /link ${formatWays(ways)}. Then text its code from the phone or channel that you want to add.`
    }`,
  /** To somebody who texted a code by a channel on which others can write in their name. */
  notFrom: (channel: string, ways: readonly Way[]): string =>
    `I can’t link the two from here, because somebody else could text me ${whereOn(channel)} in your name. ${
      ways.length === 0 ? 'Ask an admin to link them for you.' : `Text the same code ${formatWays(ways)}.`
    }`,
  pin: 'Text /link and your PIN, like /link 4821, so that nobody else with your phone can link theirs.',
  adminFirst:
    'There were too many wrong PINs. An admin has to unlock this conversation before you can link an address.',

  // To the address that texts a code.
  sure: (name: string | null, masked: string): string =>
    `Link this chat to ${name === null ? '' : `${name}, `}${masked}? Everything that you text here is then part of that conversation, and can be read there. If you didn’t make this code yourself, text NO. Shall I link it? Text YES or NO.`,
  not: 'Nothing is linked. The code no longer works.',
  /** To somebody whose code is for a conversation with nothing in it yet. */
  sureTakes: (name: string | null, masked: string): string =>
    `Link ${name === null ? '' : `${name}, `}${masked}, to this conversation? Whoever texts from there then reads and writes here as you. If you didn’t make this code yourself, text NO. Shall I link it? Text YES or NO.`,
  linkYes: 'Link',
  notLinked: 'Nothing is linked. Everything stays as it is.',
  notNow:
    'I couldn’t link the two chats, because something has just begun in one of them. To try again, text /link in the other chat for a new code.',
  isYou:
    'This is now you: the same projects, schedules and settings as before, and answers come to where you text from. /unlink undoes it.',
  unknown:
    'I don’t know this code. It may be mistyped, or a newer one has replaced it. Text /link in your other chat for a new one.',
  expired: 'This code has expired. Text /link in your other chat for a new one.',
  used: 'This code was used already. Text /link in your other chat for a new one.',
  makerLocked:
    'The conversation that this code belongs to is locked. Unlock it there first, then text /link there for a new code.',
  needsRole:
    'This address has more rights here than the conversation of this code, so I linked nothing. An owner can give that conversation a higher role with /role first; then text /link there for a new code.',
  isMerging:
    'The conversation of this code is being merged right now, so I linked nothing. In a minute, text /link there for a new code.',
  isElses: 'This address has a conversation of its own here, so I couldn’t link it. Nothing has changed.',
  yourself: 'That’s you already. Text the code from the phone or channel that you want to add.',

  /** To the person, where they wrote from before. */
  linked: (masked: string): string =>
    `${masked} was linked: texts from there are yours now, and can be answered there. Not you? Text /unlink ${masked}, and /lock if you’re unsure.`,
  which: 'Which address should no longer be yours?',
  whichWords: (masked: readonly string[]): string =>
    [`Which address should no longer be yours? Text for example:`, ...masked.map((each) => `/unlink ${each}`)].join(
      '\n',
    ),
  none: 'You have no further address that I could unlink. The one under which our conversation began stays; /me shows it.',
  noSuch: (words: string): string =>
    `You have no address “${words}” that I could unlink. /unlink shows which there are.`,
  several: 'Several of your addresses end like this. Text /unlink with more of its digits.',
  first: 'Our conversation began under this address, so it stays. To delete everything, text /forget.',
  unlinkSure: (masked: string): string =>
    `Unlink ${masked}? Nothing is sent there any more, and a text from there is a stranger’s. What was texted stays here.`,
  unlinkPin: (masked: string): string =>
    `Text your PIN as well, like /unlink ${masked} 4821, so that nobody else with your phone can take away your other chats.`,
  unlinkAdmin:
    'There were too many wrong PINs. An admin has to unlock this conversation before you can take an address away.',
  unlinkYes: 'Unlink',
  kept: 'Fine, everything stays as it is.',
  /** To the chat that was taken away, if the person wrote from there. `goesOn`: where they write now. */
  unlinkedHere: (goesOn: string): string =>
    `This chat is no longer linked. Our conversation goes on at ${goesOn}, without this chat. To link this chat again, text /link there.`,
  unlinked: (masked: string): string =>
    `${masked} is no longer yours. If you didn’t want that, text /link for a new code.`,
} as const;
