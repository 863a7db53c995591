import { createHash } from 'node:crypto';
import { makeOnce } from '../../lazy.ts';
import { texts } from '../../texts/index.ts';
import { htmlPage, timeInWords } from '../html-page.ts';
import { escapeHtml } from './escape.ts';
import type { Heading, RenderedAnswer } from './html.ts';
import { BIRD } from './logo.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

// The page around an answer, and the page that explains why there is none. Owns the document and its browser policy:
// only this style and this script, nothing from elsewhere, no trace left behind. Keeps nothing.

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const getPageHeaders = makeOnce(() => ({
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
}));

export type From = {
  createdAt: number;
  expiresAt: number;
  /** The agent's name; null when it has none. */
  assistant: string | null;
  project: string | null;
  /** Opens the chat; null where no address does. The page has no data of the person. */
  chat: string | null;
};

/** With fewer headings the page needs no table of contents. */
const HEADINGS_FOR_CONTENTS = 4;
const CONTENTS_AT_MOST = 200;

const LOGO = `<svg class="logo" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${BIRD}</svg>`;

export function renderAnswerPage({ html, source, headings }: RenderedAnswer, from: From): string {
  const { page } = texts;
  const title = escapeHtml(page.from(from.assistant, from.project));
  const body = [
    `<body data-copied="${page.copied}" data-not-copied="${page.notCopied}">`,
    `<header>${LOGO}<div><h1>${title}</h1>`,
    `<p><span class="written">${timeInWords(from.createdAt)} · </span>${page.availableUntil(timeInWords(from.expiresAt))}</p></div>`,
    `<nav>${from.chat === null ? '' : `<a href="${escapeHtml(from.chat)}" rel="noopener noreferrer">${page.backToChat}</a>`}`,
    `<button type="button" data-do="copy" hidden>${page.copyAll}</button></nav></header>`,
    contents(headings),
    `<main lang="">\n${html}\n</main>`,
    '<p class="for-ears" role="status"></p>',
    `<template id="source">${escapeHtml(source)}</template>`,
    `<script>${SCRIPT}</script>`,
    '</body>',
  ];
  return documentOf(title, body.filter((part) => part !== '').join('\n'));
}

/** Names nobody, because the reader of a dead link may be a stranger. */
export function renderNoticePage(notice: { title: string; text: string }): string {
  const { product } = texts.page;
  const words = `<h1>${notice.title}</h1>\n<p>${notice.text}</p>`;
  const body = `<body><main class="notice"><p class="product">${LOGO}<span>${product}</span></p>\n${words}</main></body>`;
  return documentOf(`${notice.title} · ${product}`, body);
}

/** The page of a copy to take: its button posts to the page's own address. */
export function renderExportPage(words: { title: string; text: string; button: string }): string {
  const { product } = texts.page;
  const button = `<form method="post"><button type="submit">${words.button}</button></form>`;
  const inner = `<h1>${words.title}</h1>\n<p>${words.text}</p>\n${button}`;
  const body = `<body><main class="notice"><p class="product">${LOGO}<span>${product}</span></p>\n${inner}</main></body>`;
  return documentOf(`${words.title} · ${product}`, body);
}

function contents(headings: readonly Heading[]): string {
  if (headings.length < HEADINGS_FOR_CONTENTS) return '';
  const items = headings
    .slice(0, CONTENTS_AT_MOST)
    .map(({ id, level, text }) => `<li class="level-${level}"><a href="#${id}">${escapeHtml(text)}</a></li>`);
  const { contents: label } = texts.page;
  return `<nav class="contents" aria-label="${label}"><details><summary>${label}</summary><ol>\n${items.join('\n')}\n</ol></details></nav>`;
}

const documentOf = (title: string, body: string): string => htmlPage(title, STYLE, body);
