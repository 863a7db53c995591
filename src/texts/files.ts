// What the product says about files it sends: to the person, to the agent, to the operator.

/** As phones show sizes. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'KB'] : [bytes / 1_000_000, 'MB'];
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
}

export const fileTexts = {
  link: (name: string, size: number, url: string): string =>
    `${name} (${sizeOf(size)}): ${url}\nThe link works for 7 days.`,
  expired: 'The file that came with this is not kept any more. Ask me to send it again.',
  notSent: (name: string, reason: string): string => `I could not send you ${name}. ${reason}`,
  use: 'Text /files to see what is in the project, /files FOLDER to look into a folder, and /files send PATH to get a file.',
  oddName: 'That name has characters in it that no file of yours can have. Please type it again.',
  longName: 'That name is too long for a file. Please type it again.',
  /** For the agent: what became of its file. */
  sent: (name: string): string => `${name} is on its way to the person.`,
  sentAsLink: (name: string): string =>
    `The person gets ${name} as a link that works for 7 days, because the chat does not take such a file.`,
  empty: (name: string): string => `${name} is empty, so it was not sent.`,
  tooLarge: (name: string, size: number): string =>
    `${name} is ${sizeOf(size)}, and files above 100 MB cannot be sent. Send a part of it, or make it smaller.`,
  tooMany: (most: number): string => `${most} files were sent for this task already. Put the rest into one archive.`,
  optedOut: 'The person has opted out of messages, so the file was not sent.',
  stopped: 'The person stopped this task, so the file was not sent.',
  lost: (name: string): string => `${name} was not there any more when it was to be fetched. Send it again.`,
  changed: (name: string): string => `${name} changed while it was fetched. Send it again.`,
  refused: (name: string, reason: string): string => `The machine did not hand ${name} over: ${reason}`,
  noPlace: 'Files cannot be sent here: this deployment has no place to keep them. Tell the person what is in the file.',
  unreachable: (name: string): string => `${name} could not be fetched from the machine in several tries.`,
  /** For the operator. */
  noBucket:
    'An agent wanted to send a file, and there is no bucket to keep files in. Create an R2 bucket and bind it as MEDIA in wrangler.toml.',
  /** On the page behind a link that does not lead to a file. */
  linkUnknown: 'There is no file here. Open the link from your chat again: it may have been cut off.',
  linkExpired: 'This file has expired. Ask your agent to send it again.',
  linkUnavailable: 'This file can’t be opened at the moment. Please try again in a minute.',
} as const;
