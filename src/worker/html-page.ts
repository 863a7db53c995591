import { makeOnce } from '../lazy.ts';
import { texts } from '../texts/index.ts';

/** A whole page with its style in it. `title` is safe HTML, as the body is. */
export const htmlPage = (title: string, style: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">
<title>${title}</title>
<style>${style}</style>
</head>
${body}
</html>
`;

const utc = makeOnce(
  () =>
    new Intl.DateTimeFormat('en-GB', {
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      timeZone: 'UTC',
    }),
);

/** In UTC; a page with a script replaces it with the reader's own zone. */
export const timeInWords = (at: number): string =>
  `<time datetime="${new Date(at).toISOString()}">${texts.page.utc(utc().format(at))}</time>`;
