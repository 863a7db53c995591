// Helpers that build and find elements. Text always becomes text nodes, so nothing in a message is parsed as HTML.

type Child = Node | string | null | false;
type Attributes = Record<string, string | boolean | null>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

export function icon(name: string): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(space, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** An element of the page's HTML; its absence is a defect of the page. */
export function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no ${kind.name} with the id ${id}.`);
  return element;
}

export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The view of one item: its element, and how to update it. */
export type Live<T> = { element: HTMLElement; show(item: T): void };

/** Shows `items` in order. Known items keep their elements. */
export function createLiveList<T>(container: HTMLElement, keyOf: (item: T) => string, create: (item: T) => Live<T>) {
  let shown = new Map<string, Live<T>>();
  return (items: readonly T[]): void => {
    const next: typeof shown = new Map();
    for (const item of items) {
      const live = shown.get(keyOf(item));
      live?.show(item);
      next.set(keyOf(item), live ?? create(item));
    }
    for (const [key, { element }] of shown) if (!next.has(key)) element.remove();
    let place: Element | null = container.firstElementChild;
    for (const { element } of next.values()) {
      if (element === place) place = place.nextElementSibling;
      else container.insertBefore(element, place);
    }
    shown = next;
  };
}

/**
 * As above for items that are built as a whole: only changed children of a changed item are replaced, so that focus, a
 * playing recording and the live region stay undisturbed.
 */
export function createKeyedList<T>(
  container: HTMLElement,
  keyOf: (item: T) => string,
  build: (item: T) => HTMLElement,
) {
  return createLiveList<T>(container, keyOf, (first) => {
    const element = build(first);
    let mark = JSON.stringify(first);
    const show = (item: T): void => {
      const next = JSON.stringify(item);
      if (next !== mark) keepFocus(element, () => becomeLike(element, build(item)));
      mark = next;
    };
    return { element, show };
  });
}

/** A control that `rebuild` replaces hands its focus to the control of the same name in its place. */
function keepFocus(element: HTMLElement, rebuild: () => void): void {
  const focused = document.activeElement;
  const isInside = focused instanceof HTMLElement && focused !== element && element.contains(focused);
  rebuild();
  if (!isInside || focused.isConnected) return;
  const rebuilt = [...element.querySelectorAll<HTMLElement>(focused.localName)];
  rebuilt.find((one) => one.className === focused.className && nameOf(one) === nameOf(focused))?.focus();
}

const nameOf = (element: HTMLElement): string | null => element.ariaLabel ?? element.textContent;

function becomeLike(element: HTMLElement, model: HTMLElement): void {
  for (const { name, value } of model.attributes) element.setAttribute(name, value);
  for (const { name } of [...element.attributes]) if (!model.hasAttribute(name)) element.removeAttribute(name);
  const wanted = [...model.childNodes];
  const present = [...element.childNodes];
  if (wanted.length !== present.length) {
    element.replaceChildren(...wanted);
    return;
  }
  for (const [index, child] of wanted.entries()) {
    const old = present[index];
    if (old && !old.isEqualNode(child)) old.replaceWith(child);
  }
}
