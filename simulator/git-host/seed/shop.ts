// The files of the private project: a small shop that runs its tests with Node alone, with a hundred and eighty-eight
// articles as files of their own. Its price shows too many decimals and its README has a typo, so that there is something to
// mend.

const ARTICLES = 188;
const KINDS = ['bowl', 'cup', 'lamp', 'rug', 'shelf', 'stool', 'tray', 'vase'];
const COLOURS = ['blue', 'green', 'grey', 'ochre', 'red', 'white'];

export function shopFiles(): Record<string, string> {
  const articles = Array.from({ length: ARTICLES }, (_, at) => articleOf(at));
  return {
    'README.md': '# Shop\n\nCatalogue, cart and prizes of a small shop.\n',
    'package.json': `${JSON.stringify({ name: 'shop', private: true, type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
    '.gitignore': 'node_modules/\n.env\n',
    '.github/workflows/build.yml': BUILD,
    'setup.sh': '#!/bin/sh\n# Nothing to install: the shop has no dependencies.\nnode --version\n',
    'src/price.ts': PRICE,
    'src/cart.ts': CART,
    'src/catalogue.ts': CATALOGUE,
    'test/price.test.ts': PRICE_TEST,
    'test/cart.test.ts': CART_TEST,
    'docs/prices.md': '# Prices\n\nPrices are in euros. People see two decimals.\n',
    'docs/articles.md': `# Articles\n\n${articles.map(({ id, name }) => `- ${id}: ${name}`).join('\n')}\n`,
    ...Object.fromEntries(articles.map((one) => [`articles/${one.id}.json`, `${JSON.stringify(one, null, 2)}\n`])),
  };
}

function articleOf(at: number): { id: string; name: string; price: number } {
  const kind = KINDS[at % KINDS.length];
  const colour = COLOURS[Math.floor(at / KINDS.length) % COLOURS.length];
  const size = Math.floor(at / KINDS.length / COLOURS.length) + 1;
  return { id: `${kind}-${colour}-${size}`, name: `${colour} ${kind}, size ${size}`, price: 3.33 + at };
}

const BUILD = `name: build
on: [push, pull_request]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: npm test
`;
const PRICE = `/** What a number of one article costs, as people see it. */
export function showPrice(price: number, count: number): string {
  return \`\${price * count} €\`;
}
`;
const CART = `import { showPrice } from './price.ts';

export type Line = { id: string; price: number; count: number };
export type Cart = { lines: Line[] };

export const emptyCart = (): Cart => ({ lines: [] });

export function addTo(cart: Cart, line: Line): Cart {
  const known = cart.lines.find(({ id }) => id === line.id);
  if (!known) return { lines: [...cart.lines, line] };
  const more = { ...known, count: known.count + line.count };
  return { lines: cart.lines.map((one) => (one === known ? more : one)) };
}

export const showCart = ({ lines }: Cart): string =>
  lines.map(({ id, price, count }) => \`\${count} × \${id}: \${showPrice(price, count)}\`).join('\\n');
`;
const CATALOGUE = `import { readdirSync, readFileSync } from 'node:fs';

export type Article = { id: string; name: string; price: number };

const folder = new URL('../articles/', import.meta.url);

export const articles = (): Article[] =>
  readdirSync(folder).map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Article);
`;
const PRICE_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showPrice } from '../src/price.ts';

test('one article', () => {
  assert.equal(showPrice(3.5, 1), '3.5 €');
});
`;
const CART_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTo, emptyCart, showCart } from '../src/cart.ts';

test('the same article twice is one line', () => {
  const cart = addTo(addTo(emptyCart(), { id: 'cup', price: 2, count: 1 }), { id: 'cup', price: 2, count: 2 });
  assert.equal(showCart(cart), '3 × cup: 6 €');
});
`;
