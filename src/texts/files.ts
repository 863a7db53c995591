// Texts about files that the agent sends: for the person, the agent and the operator.

/** Sizes in the units that phones use. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'KB'] : [bytes / 1_000_000, 'MB'];
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
}

export type NotSent = 'lost' | 'changed' | 'refused' | 'no-place' | 'unreachable';
const AGAIN = 'Text /files send and its path to get it, or ask me again.';
const WHY_NOT_SENT: Record<NotSent, string> = {
  lost: `: it was gone. ${AGAIN}`,
  changed: `: it changed meanwhile. ${AGAIN}`,
  refused: `: your machine wouldn’t hand it over. ${AGAIN}`,
  unreachable: `: I couldn’t get it from your machine. ${AGAIN}`,
  'no-place': ': files can’t be stored here. Ask me what’s in it.',
};

export const fileTexts = {
  link: (name: string, size: number, url: string): string =>
    `${name} (${sizeOf(size)}): ${url}\nThe link works for 7 days.`,
  expired: 'The file that came with this has been deleted. Ask me to send it again.',
  /** For the person: the agent that wanted to send the file no longer works. */
  notSent: (name: string, why: NotSent): string => `I couldn’t send you ${name}${WHY_NOT_SENT[why]}`,
  use: 'Text /files to see what’s in the project, /files FOLDER to look into a folder, or /files send PATH to get a file.',
  oddName: 'That name contains characters a file name can’t have. Please type it again.',
  longName: 'That name is too long for a file. Please type it again.',
  /** For the agent: the outcome of sending its file. */
  sent: (name: string): string => `${name} is on its way to the person.`,
  sentAsLink: (name: string): string =>
    `The person gets ${name} as a link that works for 7 days, because the chat doesn’t accept this kind of file.`,
  empty: (name: string): string => `${name} is empty, so it was not sent.`,
  tooLarge: (name: string, size: number): string =>
    `${name} is ${sizeOf(size)}, and files over 100 MB can’t be sent. Send part of it, or make it smaller.`,
  tooMany: (most: number): string =>
    `${most} files have already been sent for this task. Put the rest into one archive.`,
  optedOut: 'The person has opted out of messages, so the file was not sent.',
  stopped: 'The person stopped this task, so the file was not sent.',
  lost: (name: string): string => `${name} was gone before it could be fetched. Send it again.`,
  changed: (name: string): string => `${name} changed while it was being fetched. Send it again.`,
  refused: (name: string, reason: string): string => `The machine wouldn’t hand over ${name}: ${reason}`,
  noPlace:
    'Files can’t be sent here, because this deployment has no storage for them. Tell the person what’s in the file.',
  unreachable: (name: string): string => `${name} couldn’t be fetched from the machine after several tries.`,
  /** For the operator. */
  noBucket:
    'An agent tried to send a file, but there is no bucket for files. Create an R2 bucket and bind it as MEDIA in wrangler.toml.',
  /** On the page of a link that leads to no file. */
  linkUnknown: 'There’s no file here. Open the link from your chat again: it may have been cut off.',
  linkExpired: 'This file has expired. Ask your agent to send it again.',
  linkUnavailable: 'This file can’t be opened right now. Please try again in a minute.',
} as const;
