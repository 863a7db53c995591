// The operator's page keeps itself up to date, and can be used by keyboard. Without it every view still shows and every
// button works.

const main = document.getElementById('main');
const live = document.getElementById('live');
const OFTEN_MS = 5000;
const SELDOM_MS = 30_000;
const TOUCHED_FOR_MS = 300_000;
const ANSWER_MS = 15_000;

// Moments, in the reader's zone.
const dated = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
function showTimes(root) {
  for (const time of root.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    time.textContent = dated.format(at);
    time.title = at.toString();
  }
}

// Live.
let touched = Date.now();
let asked = Date.now();
let timer;
let isOver = false;
let quietSince = null;

function say(text) {
  if (!live) return;
  live.hidden = text === '';
  if (live.textContent !== text) live.textContent = text;
}

function plan() {
  clearTimeout(timer);
  if (isOver || !main || !live || document.hidden) return;
  const wait = Date.now() - touched < TOUCHED_FOR_MS ? OFTEN_MS : SELDOM_MS;
  timer = setTimeout(update, Math.max(0, asked + wait - Date.now()));
}

const isBusy = () =>
  document.querySelector('dialog[open]') !== null ||
  (main.contains(document.activeElement) && document.activeElement.matches('input, select, textarea'));

async function update() {
  asked = Date.now();
  if (isBusy()) return plan();
  try {
    const answer = await fetch(location.href, {
      headers: { 'x-part': 'main', accept: 'text/html' },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    // Cloudflare Access leads whoever is logged out elsewhere.
    if (answer.status === 401 || answer.type === 'opaqueredirect') {
      isOver = true;
      return say(
        'You’re logged out. Load the page again, or text /operator to Roost for a new link; this page stays as it was.',
      );
    }
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const text = await answer.text();
    quietSince = null;
    say('');
    if (!isBusy()) swap(text);
  } catch {
    quietSince ??= asked;
    const since = clock.format(quietSince);
    say(navigator.onLine ? `Roost hasn’t answered since ${since}. It is asked again.` : `Offline since ${since}.`);
  }
  plan();
}

// A form is the same in the next rendering if it does the same.
const doesOf = (form) =>
  [
    form.action,
    ...[...form.querySelectorAll('[type=hidden]:not([name=op], [name=sure])')].map(({ name, value }) => name + value),
  ].join();
const sameForm = (form, root) => [...root.querySelectorAll('form')].find((other) => doesOf(other) === doesOf(form));
const isFilled = (form) =>
  [...form.querySelectorAll('input:not([type=hidden]), option')].some((field) =>
    field.matches('option') ? field.selected !== field.defaultSelected : field.value !== field.defaultValue,
  );

/** How to find the element in another rendering: by its name, its form, its link, or its place in what has a name. */
function finderOf(element) {
  const form = element.closest('form');
  if (form) {
    const n = [...form.elements].indexOf(element);
    return () => sameForm(form, main)?.elements[n];
  }
  const href = element.getAttribute('href');
  if (href) return () => main.querySelector(`a[href="${CSS.escape(href)}"]`);
  const path = [];
  let at = element;
  for (; !at.id; at = at.parentElement) path.unshift([...at.parentElement.children].indexOf(at));
  return () => path.reduce((inside, n) => inside?.children[n], document.getElementById(at.id));
}

/** Replaces the view, and keeps focus, opened rows, shown words, what is typed, and the chosen row. */
function swap(text) {
  const next = document.createElement('main');
  // A document of its own runs nothing.
  next.append(...new DOMParser().parseFromString(text, 'text/html').body.childNodes);
  showTimes(next);
  const focused = main !== document.activeElement && main.contains(document.activeElement) && document.activeElement;
  const findFocused = focused && finderOf(focused);
  for (const known of main.querySelectorAll('details[open][id], [data-keep][id]')) {
    const other = next.querySelector(`#${CSS.escape(known.id)}`);
    if (other && known.matches('[data-keep]')) other.replaceWith(known);
    else if (other) other.open = true;
  }
  for (const known of [...main.querySelectorAll('form')].filter(isFilled)) sameForm(known, next)?.replaceWith(known);
  const chosen = main.querySelector('[data-row].here');
  const name = chosen?.id || chosen?.querySelector('[id]')?.id;
  // Buttons get a new name with each rendering, which is no change to look at. The audit is in the order of these names.
  const plain = (element) => element.innerHTML.replace(/name="op" value="\w+"/g, '');
  if (plain(next) === plain(main)) {
    const names = next.querySelectorAll('[name=op]');
    for (const [n, known] of main.querySelectorAll('[name=op]').entries()) known.value = names[n].value;
    return;
  }
  const { scrollX, scrollY } = window;
  main.replaceChildren(...next.childNodes);
  if (name) document.getElementById(name)?.closest('[data-row]').classList.add('here');
  scrollTo(scrollX, scrollY);
  if (focused) findFocused()?.focus({ preventScroll: true });
}

for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
  addEventListener(
    event,
    () => {
      const wasIdle = Date.now() - touched >= TOUCHED_FOR_MS;
      touched = Date.now();
      if (wasIdle) plan();
    },
    { passive: true },
  );
}
document.addEventListener('visibilitychange', plan);
addEventListener('online', () => {
  if (!isOver && !document.hidden) void update();
});
addEventListener('pageshow', plan);

// Actions that can't be undone are asked about.
const confirm = document.getElementById('confirm');
/** What is asked about. */
let asks = null;
document.addEventListener('submit', (event) => {
  const form = event.target;
  const text = form.dataset.confirm;
  if (text === undefined || form.dataset.confirmed) {
    // The page stays when a form is answered with a file.
    const button = form.method === 'post' && !form.action.endsWith('/copy') && event.submitter;
    // A second press of the same button does nothing.
    if (button)
      setTimeout(() => {
        button.disabled = true;
      });
    return;
  }
  event.preventDefault();
  const button = event.submitter;
  confirm.querySelector('h2').textContent = text;
  confirm.querySelector('[value=yes]').textContent = button?.textContent ?? 'Yes';
  confirm.returnValue = 'no';
  asks = { form, button };
  confirm.showModal();
});
confirm?.addEventListener('close', () => {
  // The event may come after the next question was opened.
  if (confirm.open || asks === null) return;
  const { form, button } = asks;
  asks = null;
  if (confirm.returnValue === 'yes') {
    form.dataset.confirmed = '1';
    const sure = Object.assign(document.createElement('input'), { type: 'hidden', name: 'sure', value: 'yes' });
    form.append(sure);
    form.requestSubmit(button);
  } else button?.focus();
});

// Keys.
let isGoing = false;
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, select, textarea, dialog'))
    return;
  const rows = [...document.querySelectorAll('[data-row]')];
  const at = rows.findIndex((row) => row.classList.contains('here'));
  const link = isGoing ? document.querySelector(`nav [data-key="${CSS.escape(event.key)}"]`) : null;
  const wasGoing = isGoing;
  isGoing = event.key === 'g' && !wasGoing;
  if (link) return link.click();
  if (wasGoing) return;
  if (event.key === '/') {
    const search = document.querySelector('input[type=search]');
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === '?') document.getElementById('keys')?.showModal();
  else if (event.key === 'j' || event.key === 'k') {
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + (event.key === 'j' ? 1 : -1)))];
    rows[at]?.classList.remove('here');
    next?.classList.add('here');
    next?.scrollIntoView({ block: 'nearest' });
    next?.querySelector('a, summary, button')?.focus({ preventScroll: true });
  }
});

// What was done is said once, not again with each update or reload.
const here = new URL(location.href);
if (here.searchParams.has('told')) {
  here.searchParams.delete('told');
  history.replaceState(null, '', here);
}
const current = document.querySelector('header nav [aria-current]');
if (current) current.parentElement.scrollLeft = current.offsetLeft - innerWidth / 2 + current.offsetWidth / 2;
showTimes(document);
plan();
