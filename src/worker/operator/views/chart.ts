import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

// Charts as SVG, without a script: stacked bars and lines over days. The caller gives the words of each value, and shows
// the same figures in a table.

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 12;
const PLOT = { width: WIDTH - LEFT - 8, height: HEIGHT - TOP - BOTTOM };
const TICKS = 4;
/** More labels than this run into each other on a phone. */
const LABELS_MAX = 6;

/** `parts`: one value for each name, in the same order. */
export type Bar = { label: string; parts: readonly number[] };
/** A gap where a value is null. */
export type Line = { name: string; values: readonly (number | null)[] };
type Words = { title: string; describe: (value: number) => string };

export function renderBars(bars: readonly Bar[], names: readonly string[], { title, describe }: Words): Html {
  const scale = scaleOf(bars.map(({ parts }) => sumOf(parts)));
  const width = PLOT.width / Math.max(1, bars.length);
  const columns = bars.map(({ label, parts }, n) => {
    const words = `${label}: ${describe(sumOf(parts))}`;
    const x = LEFT + n * width;
    return html`<g><title>${words}</title>${stack(parts, scale).map(
      ({ part, y, height }) =>
        html`<rect class="part-${part}" x="${round(x + width * 0.15)}" y="${y}" width="${round(width * 0.7)}" height="${height}"/>`,
    )}</g>`;
  });
  const labels = bars.map(({ label }) => label);
  return frame(title, html`${axis(scale, describe)}${columns}${days(labels, width)}`, names);
}

export function renderLines(labels: readonly string[], lines: readonly Line[], { title, describe }: Words): Html {
  const scale = scaleOf(lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const width = PLOT.width / Math.max(1, labels.length);
  const at = (n: number, value: number): string => `${round(LEFT + (n + 0.5) * width)} ${yOf(value, scale)}`;
  const drawn = lines.map(({ name, values }, part) => {
    const path = values
      .map((value, n) => (value === null ? '' : `${values[n - 1] == null ? 'M' : 'L'}${at(n, value)}`))
      .join('');
    const dots = values.map((value, n) => {
      if (value === null) return '';
      const [x, y] = at(n, value).split(' ');
      return html`<circle cx="${x}" cy="${y}" r="3"><title>${labels[n]}, ${name}: ${describe(value)}</title></circle>`;
    });
    return html`<g class="line-${part}"><path d="${path}"/>${dots}</g>`;
  });
  const names = lines.map(({ name }) => name);
  return frame(title, html`${axis(scale, describe)}${drawn}${days(labels, width)}`, names);
}

const frame = (title: string, inner: Html, names: readonly string[]): Html =>
  html`<figure class="chart"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${inner}</svg>
<figcaption>${names.map((name, n) => html`<span class="key-${n}">${name}</span> `)}</figcaption></figure>`;

/** The top of the scale is a round number: 1, 2 or 5 times a power of ten, times the number of ticks. */
export function scaleOf(values: readonly number[]): { top: number; step: number } {
  const most = Math.max(0, ...values);
  if (most === 0) return { top: TICKS, step: 1 };
  const rough = most / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((times) => times * power >= rough * 0.999_999) ?? 10) * power;
  return { top: step * Math.ceil((most / step) * 0.999_999), step };
}
type Scale = ReturnType<typeof scaleOf>;

const yOf = (value: number, { top }: Scale): number => round(TOP + PLOT.height * (1 - value / top));

/** From the bottom up. Parts of nothing are left out. */
function stack(parts: readonly number[], scale: Scale): { part: number; y: number; height: number }[] {
  let below = 0;
  return parts.flatMap((value, part) => {
    const [from, to] = [yOf(below, scale), yOf(below + value, scale)];
    below += value;
    return value > 0 ? [{ part, y: to, height: round(from - to) }] : [];
  });
}

function axis(scale: Scale, describe: (value: number) => string): Html[] {
  return Array.from({ length: Math.round(scale.top / scale.step) + 1 }, (_, n) => {
    const y = yOf(n * scale.step, scale);
    return html`<g class="tick"><path d="M${LEFT} ${y}H${WIDTH - 8}"/><text x="${LEFT - 6}" y="${y + 4}">${describe(n * scale.step)}</text></g>`;
  });
}

function days(labels: readonly string[], width: number): (Html | string)[] {
  const every = Math.ceil(labels.length / LABELS_MAX);
  return labels.map((label, n) =>
    n % every === 0
      ? html`<text class="day" x="${round(LEFT + (n + 0.5) * width)}" y="${HEIGHT - 6}">${label}</text>`
      : '',
  );
}

const sumOf = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0);
const round = (value: number): number => Math.round(value * 10) / 10;
