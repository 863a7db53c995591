// Small means to build and find elements. Text always becomes text nodes: nothing a message says is read as HTML.

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

/** The element the page's HTML promises; its absence is a defect of the page. */
export function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no ${kind.name} with the id ${id}.`);
  return element;
}

export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Shows `items` in order. What is the same as before stays the same element, and of a changed item only the changed
 * children: focus, a playing recording and the live region stay undisturbed.
 */
export function createKeyedList<T>(
  container: HTMLElement,
  keyOf: (item: T) => string,
  build: (item: T) => HTMLElement,
) {
  let shown = new Map<string, { mark: string; element: HTMLElement }>();
  return (items: readonly T[]): void => {
    const next: typeof shown = new Map();
    for (const item of items) {
      const key = keyOf(item);
      const mark = JSON.stringify(item);
      const before = shown.get(key);
      if (before && before.mark !== mark) becomeLike(before.element, build(item));
      next.set(key, { mark, element: before?.element ?? build(item) });
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
