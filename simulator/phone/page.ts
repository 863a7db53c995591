// The page's HTML: an empty phone that its modules fill. Written with hono/html because Node runs .ts but not .tsx.

import { html, raw } from 'hono/html';

/** A bird at rest on a perch, drawn for this page. */
const BIRD = `<path d="M3.5 17.5h17" stroke="currentColor" stroke-width="2" stroke-linecap="round" fill="none"/>
<path d="M6 14.5c0-5 3-8.5 7-8.5 2.6 0 4.3 1.6 4.5 3.7l2.7 1.2-2.7 1c-.5 3-2.8 4.6-5.7 4.6H9.5L5 19.5z" fill="currentColor"/>
<circle cx="14.6" cy="9.2" r="1" fill="var(--bird-eye, #fff)"/>`;

const line = (d: string): string =>
  `<path d="${d}" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`;

const ICONS: Record<string, string> = {
  bird: BIRD,
  back: line('M15 5l-7 7 7 7'),
  wire: line('M4 8h14l-3-3M20 16H6l3 3'),
  attach: line(
    'M19.5 11.5l-7.8 7.8a5 5 0 0 1-7-7l8.3-8.3a3.3 3.3 0 0 1 4.7 4.7l-8.3 8.3a1.6 1.6 0 0 1-2.3-2.3l7.3-7.3',
  ),
  voice: line('M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3'),
  send: '<path d="M3.500 4v6.200l10 1.800-10 1.800V20l17.500-8z" fill="currentColor"/>',
  close: line('M6 6l12 12M18 6L6 18'),
  down: line('M12 5v14M6 13l6 6 6-6'),
  reply: line('M10 6L4 12l6 6M4 12h9a7 7 0 0 1 7 7'),
  more: line('M12 5v14M5 12h14'),
  file: line('M7 3.5h7l4 4v13H7zM14 3.5v4h4'),
  alert: line('M12 8v5M12 16.500v.01M12 3.500l9.500 16.500h-19z'),
  sending: line('M12 7.500v5l3 2M12 3.500a8.500 8.500 0 1 0 .01 0'),
  sent: line('M6 12.500l4 4 8-9'),
  delivered: line('M2.500 12.500l4 4 8-9M11 15.500l1 1 8.500-9'),
};

const sprite = Object.entries(ICONS)
  .map(([name, shape]) => `<symbol id="icon-${name}" viewBox="0 0 24 24">${shape}</symbol>`)
  .join('');

export const faviconSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" color="#9c3d1a">${BIRD}</svg>`;

const icon = (name: string) =>
  html`<svg class="icon" aria-hidden="true" focusable="false"><use href="#icon-${name}"></use></svg>`;

const PICKABLE = 'image/*,audio/*,video/mp4,application/pdf,text/*,.csv,.md,.json,.docx,.xlsx,.zip';

export function phonePage() {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
    <meta name="color-scheme" content="light dark" />
    <title>Roost</title>
    <link rel="icon" href="/phone/icon.svg" />
    <link rel="stylesheet" href="/phone/style.css" />
    <script type="module" src="/phone/client/main.ts"></script>
  </head>
  <body data-screen="chat">
    <svg class="sprite" aria-hidden="true">${raw(sprite)}</svg>
    <main id="app">
    <h1 class="for-ears">Roost, the phone page</h1>
    <nav id="phones" aria-label="Phones">
      <div class="bar">
        <span class="logo">${icon('bird')}</span>
        <div class="bar-text">
          <h2>Phones</h2>
          <p>People who text Roost</p>
        </div>
      </div>
      <ul id="people"></ul>
      <form id="add-person" novalidate>
        <h3>Add a number</h3>
        <label for="new-number">Phone number</label>
        <input id="new-number" name="number" type="tel" autocomplete="off" placeholder="+1 555 555 0142" aria-describedby="new-number-hint new-number-problem" />
        <label for="new-name">Name (optional)</label>
        <input id="new-name" name="name" autocomplete="off" maxlength="40" placeholder="Kim" />
        <p id="new-number-hint" class="hint">Made-up numbers are answered (555 and other ranges kept for fiction), others only when <code>ALLOWED_SENDERS</code> lists them.</p>
        <p id="new-number-problem" class="problem" role="alert"></p>
        <button class="quiet" type="submit">Add number</button>
      </form>
    </nav>
    <section id="chat" aria-labelledby="chat-title">
      <header class="bar">
        <button id="to-phones" class="icon-button" type="button">${icon('back')}<span id="others-unread" class="badge" hidden></span></button>
        <span class="logo">${icon('bird')}</span>
        <div class="bar-text">
          <h2 id="chat-title">Roost</h2>
          <p id="chat-status"></p>
        </div>
        <select id="sender" aria-label="Roost’s address to write to" hidden></select>
        <button id="open-wire" class="icon-button wire-button" type="button" aria-haspopup="dialog" aria-expanded="false" aria-label="What went over the wire" title="What went over the wire">${icon('wire')}<span>Over the wire</span></button>
      </header>
      <p id="connection" role="status"></p>
      <div class="scroller" id="scroller" tabindex="0" role="region" aria-label="Conversation">
        <section id="empty" aria-labelledby="empty-title" hidden>
          <span class="logo large">${icon('bird')}</span>
          <h3 id="empty-title">Text your agent</h3>
          <p>This page plays the phone. What you send goes to Roost the way the carrier would send it.</p>
          <ul id="examples"></ul>
        </section>
        <div id="log" role="log" aria-live="polite" aria-relevant="additions" aria-label="Messages"></div>
        <p id="typing" role="status"></p>
      </div>
      <button id="to-newest" class="icon-button" type="button" aria-label="Go to the newest message" hidden>${icon('down')}</button>
      <form id="composer" aria-label="New message">
        <p id="composer-problem" class="problem" role="alert"></p>
        <div id="extras" hidden></div>
        <div id="attached" hidden></div>
        <div id="recording" hidden>
          <span class="dot" aria-hidden="true"></span>
          <span id="recording-time">Recording 0:00</span>
          <button class="quiet" id="recording-cancel" type="button">Discard</button>
          <button class="loud" id="recording-stop" type="button">Stop</button>
        </div>
        <div class="composer-row" id="composer-row">
          <button id="attach" class="icon-button" type="button" aria-label="Attach a photo or file" title="Attach a photo or file">${icon('attach')}</button>
          <button id="more" class="icon-button" type="button" popovertarget="more-ways" aria-label="More" title="More">${icon('more')}</button>
          <textarea id="text" rows="1" aria-label="Message" placeholder="Message" enterkeyhint="send"></textarea>
          <button id="voice" class="icon-button" type="button" aria-label="Record a voice message" title="Record a voice message">${icon('voice')}</button>
          <button id="send" class="icon-button loud" type="submit" aria-label="Send" title="Send">${icon('send')}</button>
        </div>
        <input id="pick-file" type="file" accept="${PICKABLE}" hidden />
        <input id="pick-audio" type="file" accept="audio/*" hidden />
      </form>
      <div id="more-ways" popover aria-label="More">
        <button id="forwarded" class="quiet" type="button" aria-pressed="false">Mark the next one as forwarded</button>
        <form id="place" novalidate>
          <h3>Share a place</h3>
          <label for="place-name">Name (optional)</label>
          <input id="place-name" name="place" autocomplete="off" maxlength="200" value="Pier 39" />
          <label for="latitude">Latitude</label>
          <input id="latitude" name="latitude" autocomplete="off" inputmode="decimal" value="37.8087" />
          <label for="longitude">Longitude</label>
          <input id="longitude" name="longitude" autocomplete="off" inputmode="decimal" value="-122.4098" />
          <p id="place-problem" class="problem" role="alert"></p>
          <button class="quiet" type="submit">Share this place</button>
        </form>
      </div>
    </section>
    <dialog id="wire" aria-labelledby="wire-title">
      <div class="bar">
        <div class="bar-text">
          <h2 id="wire-title">What went over the wire</h2>
          <p id="wire-count"></p>
        </div>
        <button id="close-wire" class="icon-button" type="button" aria-label="Close" title="Close">${icon('close')}</button>
      </div>
      <div class="wire-filter">
        <label for="wire-kind">Show</label>
        <select id="wire-kind">
          <option value="all">everything</option>
          <option value="webhook">webhooks</option>
          <option value="status">status callbacks</option>
          <option value="api">API calls</option>
          <option value="media">media</option>
        </select>
        <label for="wire-search">Containing</label>
        <input id="wire-search" type="search" autocomplete="off" placeholder="path, field, code …" />
      </div>
      <ol id="exchanges" tabindex="0" aria-label="Exchanges, newest first"></ol>
    </dialog>
    </main>
    <noscript><p class="noscript">The phone needs JavaScript. Switch it on for this address and reload.</p></noscript>
  </body>
</html>`;
}
