import { labelKey } from './project-labels.ts';

// What a person means by a name or by a number of a list that was shown.

/** The one of that name, case and spaces apart; else the one with that number, counted from 1. */
export function byNameOrNumber<T>(items: readonly T[], wanted: string, nameOf: (item: T) => string): T | null {
  const key = labelKey(wanted);
  return items.find((item) => labelKey(nameOf(item)) === key) ?? byNumber(items, wanted);
}

export function byNumber<T>(items: readonly T[], wanted: string): T | null {
  return /^\d{1,3}$/.test(wanted.trim()) ? (items[Number(wanted) - 1] ?? null) : null;
}
