import { expect, test } from 'vitest';
import { renderBars, renderLines, scaleOf } from '../../../src/worker/operator/views/chart.ts';

const words = { title: 'Dollars by day', describe: (value: number) => `$${value}` };

test('the scale ends at a round number at or above the largest value', () => {
  expect(scaleOf([])).toEqual({ top: 4, step: 1 });
  expect(scaleOf([0, 0])).toEqual({ top: 4, step: 1 });
  expect(scaleOf([7, 3])).toEqual({ top: 8, step: 2 });
  expect(scaleOf([4])).toEqual({ top: 4, step: 1 });
  const { top, step } = scaleOf([0.13]);
  expect([top, step].map((value) => value.toFixed(2))).toEqual(['0.15', '0.05']);
  expect(scaleOf([123_456])).toEqual({ top: 150_000, step: 50_000 });
});

test('bars are stacked from the bottom, and a part of nothing has no bar', async () => {
  const svg = String(
    await renderBars(
      [
        { label: 'Mon', parts: [3, 0, 1] },
        { label: 'Tue', parts: [0, 0, 0] },
      ],
      ['a', 'b', 'c'],
      words,
    ),
  );
  const bars = [...svg.matchAll(/<rect class="part-(\d)" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/g)];
  expect(bars.map(([, part]) => part)).toEqual(['0', '2']);
  const [low, high] = bars.map(([, , y, height]) => ({ y: Number(y), height: Number(height) }));
  expect(high && low && high.y + high.height).toBeCloseTo(low?.y ?? 0, 0);
  expect(svg).toContain('<title>Mon: $4</title>');
});

test('a line has a gap where a day has no value', async () => {
  const svg = String(await renderLines(['1', '2', '3', '4'], [{ name: 'p50', values: [1, null, 2, 3] }], words));
  expect(/<path d="(M[\d. ]+M[\d. ]+L[\d. ]+)"/.test(svg)).toBe(true);
  expect(svg.match(/<circle/g)).toHaveLength(3);
});

test('names are only text', async () => {
  const svg = String(await renderBars([{ label: '<script>', parts: [1] }], ['"><img src=x>'], words));
  expect(svg).not.toMatch(/<script|<img/);
});
