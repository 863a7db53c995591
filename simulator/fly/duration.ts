// Durations in the forms the Machines API accepts: Go strings, "300s" or "5m0s", or nanoseconds. Pure.

const UNITS: Record<string, number> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const GO = /^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/;

export const isDuration = (value: string | number): boolean =>
  typeof value === 'number' ? Number.isInteger(value) && value >= 0 : value === '0' || GO.test(value);

export function milliseconds(value: string | number): number {
  if (typeof value === 'number') return value * 1e-6;
  let total = 0;
  for (const [, amount, , unit] of value.matchAll(/(\d+(\.\d+)?)(ns|us|ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS[unit as string] as number);
  }
  return total;
}
