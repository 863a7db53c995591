import { createHash } from 'node:crypto';
import { texts } from '../texts.ts';
import { escapeHtml } from './reading-escape.ts';
import type { Answer } from './reading-html.ts';
import { SCRIPT } from './reading-script.ts';
import { STYLE } from './reading-style.ts';

// The page around an answer, and the page that says why there is none. Owns the document and what a browser may do with
// it: nothing but this style and this script, nothing from elsewhere, no trace left behind. Keeps nothing.

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store, private',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
} as const;

export type Dates = { createdAt: number; expiresAt: number };

export function answerPage({ html, source }: Answer, { createdAt, expiresAt }: Dates): string {
  const { page } = texts;
  const body = [
    `<body data-copied="${page.copied}" data-not-copied="${page.notCopied}">`,
    `<header><div><h1>${page.title}</h1>`,
    `<p>${inWords(createdAt)}</p><p>${page.readableUntil(inWords(expiresAt))}</p></div>`,
    `<button type="button" data-do="copy" hidden>${page.copyAll}</button></header>`,
    `<main lang="">\n${html}\n</main>`,
    '<p class="for-ears" role="status"></p>',
    `<template id="source">${escapeHtml(source)}</template>`,
    `<script>${SCRIPT}</script>`,
    '</body>',
  ];
  return documentOf(page.title, body.join('\n'));
}

export function noticePage(notice: { title: string; text: string }): string {
  const body = `<body><main class="notice"><h1>${notice.title}</h1>\n<p>${notice.text}</p></main></body>`;
  return documentOf(notice.title, body);
}

function documentOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">
<title>${title}</title>
<style>${STYLE}</style>
</head>
${body}
</html>
`;
}

const zone = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

/** In UTC as sent; the script says it in the reader's own zone. */
function inWords(at: number): string {
  return `<time datetime="${new Date(at).toISOString()}">${texts.page.utc(zone.format(at))}</time>`;
}
