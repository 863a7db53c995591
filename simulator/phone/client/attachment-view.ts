// Shows a photo, recording, video or file inside a bubble. A file the browser can't show becomes a chip with its name
// and size.

import type { Attachment } from '../phone-events.ts';
import { el, icon } from './dom.ts';
import { attachmentLabel, kindLabel, sizeLabel } from './timeline.ts';

/** Addresses of pictures that the browser could not decode, so that a redrawn bubble does not try them again. */
const broken = new Set<string>();

export function attachmentView(attachment: Attachment): HTMLElement {
  const { url, contentType, fileName } = attachment;
  const name = fileName ?? 'no name';
  if (/^image\/(png|jpeg|gif|webp)$/.test(contentType) && !broken.has(url)) return pictureView(attachment);
  if (contentType.startsWith('audio/')) {
    const label = fileName === null ? 'Voice message' : `Audio ${name}`;
    return el('audio', { controls: true, preload: 'metadata', src: url, 'aria-label': label });
  }
  if (contentType.startsWith('video/')) {
    return el('video', { controls: true, preload: 'metadata', src: url, 'aria-label': `Video ${name}` });
  }
  return chipLink(attachment);
}

function pictureView(attachment: Attachment): HTMLElement {
  const { url, fileName } = attachment;
  const image = el('img', { src: url, alt: fileName === null ? 'Photo' : `Photo ${fileName}`, loading: 'lazy' });
  const link = el('a', { class: 'picture', href: url, target: '_blank', rel: 'noopener' }, image);
  image.addEventListener('error', () => {
    broken.add(url);
    link.replaceWith(chipLink(attachment));
  });
  return link;
}

function chipLink(attachment: Attachment): HTMLElement {
  const { url, fileName, size } = attachment;
  const kind = kindLabel(attachment);
  const name = fileName ?? attachmentLabel(attachment);
  const link = { class: 'file', href: url, target: '_blank', rel: 'noopener' };
  return el('a', link, ...chip(name, kind, `${kind} · ${sizeLabel(size)}`));
}

/** The content of a chip, also while its file is being sent. */
export const chip = (name: string, kind: string, small: string): HTMLElement[] => [
  el('span', { class: 'file-kind', 'aria-hidden': 'true' }, kind.length > 4 ? icon('file') : kind),
  el('span', { class: 'file-name' }, el('b', {}, name), small !== '' && el('small', {}, small)),
];
