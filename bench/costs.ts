import { alwaysOn, monthOf } from '../scripts/production/costs.ts';
import { table } from './figures.ts';

// Prints the table of monthly costs per person that docs/deploy.md shows.

const dollars = (amount: number): string => amount.toFixed(2);

export function costTable(): string {
  const head = ['US dollars per person and month', 'Fly', 'Cloudflare', 'total', 'machine awake', 'always on'];
  const rows = [0, 10, 100].map((turns) => {
    const { fly, cloudflare, awakeHours } = monthOf(turns);
    const figures = [fly, cloudflare, fly + cloudflare].map(dollars);
    return [`${turns} turns a day`, ...figures, `${awakeHours.toFixed(0)} h`, dollars(alwaysOn(turns))];
  });
  return table(head, rows);
}

if (import.meta.main) console.log(costTable());
