// Describes in one sentence the attachments of a text: pictures by format and size, other files by name and size. Pure.

import { type ImageFacts, imageFacts } from './image-facts.ts';

export type Picture = { facts: ImageFacts | null; bytes: number };

/** A picture as the Messages API carries it, in base64. */
export function pictureOf(data: string): Picture {
  const bytes = Buffer.from(data, 'base64');
  return { facts: imageFacts(bytes), bytes: bytes.byteLength };
}

/** The relay's line for a file: kind, name, type and size. */
const FILE = /^\[(photo|voice note|video|contact|file): (.+), [\w.+-]+\/[\w.+-]+, (\d+(?:\.\d+)? (?:B|[kKM]B|bytes))\b/;

/** Null when there is nothing to describe. */
export function whatCame(text: string, pictures: readonly Picture[]): string | null {
  const files = text
    .split('\n')
    .map((line) => FILE.exec(line))
    .filter((match) => match !== null)
    // Pictures that the model sees are described separately.
    .filter(([, kind]) => kind !== 'photo' || pictures.length === 0)
    .map(([, kind, name, size]) => `${kind} ${name} (${size})`);
  const photos =
    pictures.length === 0 ? [] : [`${pictures.length === 1 ? 'photo' : 'photos'} (${pictures.map(told).join('; ')})`];
  const all = [...photos, ...files];
  return all.length === 0 ? null : `I got your ${all.join(' and your ')}.`;
}

function told({ facts, bytes }: Picture): string {
  const size =
    bytes < 1000
      ? `${bytes} bytes`
      : bytes < 1_000_000
        ? `${Math.round(bytes / 1000)} KB`
        : `${(bytes / 1_000_000).toFixed(1)} MB`;
  return facts ? `${facts.width}×${facts.height} ${facts.format}, ${size}` : size;
}
