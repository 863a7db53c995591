// The page's HTML: an empty phone that its modules fill. Uses hono/html because Node runs .ts but not .tsx.

import { html, raw } from 'hono/html';
import { COMMANDS } from '../../src/input/command.ts';
import { icon, sprite } from './icons.ts';

const PICKABLE = 'image/*,audio/*,video/mp4,application/pdf,text/*,.csv,.md,.json,.docx,.xlsx,.zip';

/** The product's own list, so that the picker offers the commands that the product understands. */
const commandOptions = () =>
  Object.entries(COMMANDS).map(
    ([name, { use, help }]) =>
      html`<li role="option" id="command-${name}" data-name="${name}" data-words="${use === `/${name}` ? 'no' : 'yes'}" aria-selected="false"><b>${use}</b><small>${help}</small></li>`,
  );

const phones = () => html`<nav id="phones" aria-label="Simulated phones">
  <div class="bar">
    <span class="logo">${icon('bird')}</span>
    <div class="bar-text"><h2>Simulated phones</h2></div>
    <button id="open-add-person" class="icon-button" type="button" aria-haspopup="dialog" aria-label="Add a phone" title="Add a phone">${icon('more')}</button>
  </div>
  <ul id="people"></ul>
  <p id="people-hint" class="hint" hidden>Each row is a phone that can text Roost. Open one and say hello, or add another with +.</p>
  <dialog id="add-person" class="small-dialog" aria-labelledby="add-person-title">
    <form id="add-person-form" novalidate>
      <h3 id="add-person-title">Add a phone</h3>
      <label for="new-number">Phone number</label>
      <input id="new-number" name="number" type="tel" autocomplete="off" placeholder="+1 555 555 0142" aria-describedby="new-number-hint new-number-problem" />
      <p id="new-number-problem" class="problem" role="alert"></p>
      <label for="new-name">Name (optional)</label>
      <input id="new-name" name="name" autocomplete="off" maxlength="40" placeholder="Kim" />
      <p id="new-number-hint" class="hint">Roost answers fictional numbers such as +1 555 555 01xx. Add any other number to <code>ALLOWED_SENDERS</code> first.</p>
      <div class="dialog-actions">
        <button id="cancel-add-person" class="quiet" type="button">Cancel</button>
        <button class="loud" type="submit">Add</button>
      </div>
    </form>
  </dialog>
</nav>`;

const composer = () => html`<form id="composer" aria-label="New message">
  <div id="commands" hidden>
    <ul id="command-list" role="listbox" tabindex="0" aria-label="Commands">${commandOptions()}</ul>
    <p id="commands-told" class="for-ears" role="status"></p>
  </div>
  <p id="composer-problem" class="problem" role="alert"></p>
  <div id="extras" hidden></div>
  <div id="attached" hidden></div>
  <div id="recording" hidden>
    <span class="dot" aria-hidden="true"></span>
    <span id="recording-time">Recording 0:00</span>
    <button class="quiet" id="recording-cancel" type="button">Discard</button>
    <button class="loud" id="recording-stop" type="button">Stop</button>
  </div>
  <button id="unblock" class="quiet" type="button" hidden>Unblock the bot</button>
  <div class="composer-row" id="composer-row">
    <div class="field">
      <button id="more" class="icon-button" type="button" popovertarget="more-ways" aria-label="Attach and more" title="Attach and more">${icon('more')}</button>
      <textarea id="text" rows="1" aria-label="Message" placeholder="Message" enterkeyhint="send" aria-autocomplete="list" aria-controls="command-list"></textarea>
    </div>
    <button id="voice" class="icon-button loud" type="button" aria-label="Record a voice message" title="Record a voice message">${icon('voice')}</button>
    <button id="send" class="icon-button loud" type="submit" aria-label="Send" title="Send" hidden>${icon('send')}</button>
  </div>
  <input id="pick-file" type="file" accept="${PICKABLE}" hidden />
  <input id="pick-audio" type="file" accept="audio/*" hidden />
</form>`;

const menus = () => html`<div id="more-ways" class="menu" popover role="group" aria-label="Attach and more">
  <button id="attach" type="button">${icon('photo')}<span>Photo or file</span></button>
  <div class="menu-row">
    <button id="share-place" type="button">${icon('pin')}<span>Share location <small id="place-label">Pier 39</small></span></button>
    <button id="edit-place" type="button" aria-expanded="false" aria-controls="place" aria-label="Edit the location">Edit</button>
  </div>
  <form id="place" novalidate hidden>
    <label for="place-name">Name (optional)</label>
    <input id="place-name" name="place" autocomplete="off" maxlength="200" value="Pier 39" />
    <div class="pair">
      <div><label for="latitude">Latitude</label><input id="latitude" name="latitude" autocomplete="off" inputmode="decimal" value="37.8087" /></div>
      <div><label for="longitude">Longitude</label><input id="longitude" name="longitude" autocomplete="off" inputmode="decimal" value="-122.4098" /></div>
    </div>
    <p id="place-problem" class="problem" role="alert"></p>
    <button class="quiet" type="submit">Share location</button>
  </form>
  <button id="forwarded" type="button" aria-pressed="false">${icon('forward')}<span>Send next as forwarded</span></button>
  <button id="make-topic" type="button" aria-haspopup="dialog" hidden>${icon('topic')}<span>New topic</span></button>
  <button id="rename-topic" type="button" aria-haspopup="dialog" hidden>${icon('edit')}<span>Rename the topic</span></button>
  <button id="make-group" type="button" hidden>${icon('people')}<span>Add Roost to a new group</span></button>
  <button id="block" type="button" hidden>${icon('block')}<span>Block the bot</span></button>
  <button id="show-commands" type="button">${icon('slash')}<span>Commands <small>(or type /)</small></span></button>
</div>
<div id="bubble-menu" class="menu" popover="manual" role="group" aria-label="Message">
  <button id="bubble-reply" type="button">${icon('reply')}<span>Reply</span></button>
  <button id="bubble-copy" type="button">${icon('copy')}<span>Copy text</span></button>
  <button id="bubble-edit" type="button" hidden>${icon('edit')}<span>Edit</span></button>
  <button id="bubble-delete" type="button" hidden>${icon('bin')}<span>Delete</span></button>
</div>`;

const chat = () => html`<section id="chat" aria-labelledby="chat-title">
  <header class="bar">
    <button id="to-phones" class="icon-button" type="button">${icon('back')}<span id="others-unread" class="badge" hidden></span></button>
    <span class="logo">${icon('bird')}<span class="logo-channel">${['whatsapp', 'sms', 'telegram'].map((channel) => icon(channel))}</span></span>
    <div class="bar-text">
      <h2 id="chat-title">Roost</h2>
      <p id="chat-status"></p>
    </div>
    <select id="sender" aria-label="Roost’s address to write to" hidden></select>
    <button id="open-wire" class="icon-button wire-button" type="button" aria-haspopup="dialog" aria-expanded="false" aria-label="Network log" title="Network log">${icon('wire')}<span>Network log</span></button>
  </header>
  <nav id="topics" aria-label="Topics" hidden><ul id="topic-list"></ul></nav>
  <p id="connection" role="status"></p>
  <div class="scroller" id="scroller" tabindex="0" role="region" aria-label="Conversation">
    <section id="empty" aria-labelledby="empty-title" hidden>
      <span class="logo large">${icon('bird')}</span>
      <h3 id="empty-title">Text your agent</h3>
      <p id="empty-words">This is a simulated phone.</p>
      <ul id="examples"></ul>
    </section>
    <div id="log" role="log" aria-live="polite" aria-relevant="additions" aria-label="Messages"></div>
    <p id="typing" role="status"></p>
    <div id="draft" hidden>
      <p id="draft-words"></p>
      <button id="stop-draft" class="quiet" type="button">Stop</button>
    </div>
  </div>
  <p id="toast" role="status"></p>
  <button id="to-newest" class="icon-button" type="button" aria-label="Go to the newest message" hidden>${icon('down')}</button>
  ${composer()}
  ${menus()}
  <dialog id="add-topic" class="small-dialog" aria-labelledby="add-topic-title">
    <form id="add-topic-form" novalidate>
      <h3 id="add-topic-title">New topic</h3>
      <label for="topic-name">Name</label>
      <input id="topic-name" name="topic" autocomplete="off" maxlength="128" placeholder="Web shop" aria-describedby="topic-hint topic-problem" />
      <p id="topic-problem" class="problem" role="alert"></p>
      <p id="topic-hint" class="hint">A part of this chat with its own messages. Each topic is a project in Roost.</p>
      <div class="dialog-actions">
        <button id="cancel-add-topic" class="quiet" type="button">Cancel</button>
        <button id="name-topic" class="loud" type="submit">Create</button>
      </div>
    </form>
  </dialog>
</section>`;

const networkLog = () => html`<dialog id="wire" aria-labelledby="wire-title">
  <div class="bar">
    <div class="bar-text">
      <h2 id="wire-title">Network log</h2>
      <p id="wire-count"></p>
    </div>
    <button id="close-wire" class="icon-button" type="button" aria-label="Close" title="Close">${icon('close')}</button>
  </div>
  <div class="wire-filter">
    <input id="wire-search" type="search" autocomplete="off" aria-label="Search the log" placeholder="Search text, path or field" />
    <label class="check"><input id="wire-errors" type="checkbox" />Errors only</label>
    <label class="check"><input id="wire-polling" type="checkbox" />Polling</label>
  </div>
  <ol id="wire-groups" tabindex="0" aria-label="Messages and calls, newest first"></ol>
</dialog>`;

export function phonePage() {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
    <meta name="color-scheme" content="light dark" />
    <title>Simulated phones · Roost</title>
    <link rel="icon" href="/phone/icon.svg" />
    <link rel="stylesheet" href="/phone/style.css" />
    <script type="module" src="/phone/client/main.ts"></script>
  </head>
  <body data-screen="chat">
    <svg class="sprite" aria-hidden="true">${raw(sprite)}</svg>
    <main id="app">
    <h1 class="for-ears">Simulated phones</h1>
    ${phones()}
    ${chat()}
    ${networkLog()}
    </main>
    <noscript><p class="noscript">This page needs JavaScript. Turn it on for this address and reload.</p></noscript>
  </body>
</html>`;
}
