import { BILLED } from '../scripts/production/billed.ts';
import { alwaysOn, carrierOf, monthOf, totalOf } from '../scripts/production/costs.ts';
import { CLOUDFLARE } from '../scripts/production/prices.ts';
import { table } from './figures.ts';

// Prints the tables of costs that docs/deploy.md shows: a person's month, and what the carrier adds by country.

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

const PLACES: readonly [string, string][] = [
  ['WhatsApp, India', 'whatsapp:+915555550123'],
  ['WhatsApp, USA', 'whatsapp:+15555550123'],
  ['WhatsApp, Brazil', 'whatsapp:+555555550123'],
  ['WhatsApp, UK', 'whatsapp:+445555550123'],
  ['WhatsApp, France', 'whatsapp:+335555550123'],
  ['WhatsApp, Germany or unknown', 'whatsapp:+495555550123'],
  ['SMS, USA', '+15555550123'],
];
const TURNS_A_DAY = 10;

export function carrierTable(): string {
  const head = ['US dollars', 'carrier, a turn', 'a person’s month', 'five people’s month'];
  const rows = PLACES.map(([name, address]) => {
    const month = totalOf(address, TURNS_A_DAY);
    return [name, carrierOf(address).toFixed(3), dollars(month), dollars(5 * month + CLOUDFLARE.paidPlan)];
  });
  return table(head, rows);
}

if (import.meta.main) {
  const { turns, messages } = BILLED;
  console.log(costTable());
  console.log(`\n${(messages / turns).toFixed(2)} billed messages a turn; ${TURNS_A_DAY} turns a day:\n`);
  console.log(carrierTable());
}
