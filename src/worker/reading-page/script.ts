// The reading page's script: dates in the reader's zone, copying, wrapping. Without it the page shows the same text,
// with dates in UTC and no buttons. Allowed by the hash of exactly this text.

export const SCRIPT = `'use strict';
const told = document.querySelector('[role=status]');
const words = document.body.dataset;
const zoned = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
for (const time of document.querySelectorAll('time')) time.textContent = zoned.format(new Date(time.dateTime));
for (const button of document.querySelectorAll('button')) button.hidden = false;

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    const focused = document.activeElement;
    area.className = 'for-ears';
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    focused?.focus();
    return done;
  }
}

function wrap(button, lines) {
  const wrapped = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(wrapped));
  lines.classList.toggle('unwrapped', !wrapped);
  if (wrapped) lines.removeAttribute('tabindex');
  else lines.tabIndex = 0;
}

function tell(button, done) {
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  if (done) button.textContent = words.copied;
  told.textContent = '';
  clearTimeout(button.timer);
  // After a moment, so that a screen reader says the same words again.
  setTimeout(() => { told.textContent = done ? words.copied : words.notCopied; }, 50);
  button.timer = setTimeout(() => {
    button.textContent = label;
    told.textContent = '';
  }, done ? 2000 : 8000);
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  const lines = button.closest('figure')?.querySelector('pre');
  if (button.dataset.do === 'wrap') wrap(button, lines);
  else tell(button, await copy(lines ? lines.textContent : document.getElementById('source').content.textContent));
});
`;
