import { keyOfLabel } from '../state/project-labels.ts';

// Finds the item that a person means by a name, or by its number in a list they were shown.

/** The item of that name, ignoring case and spaces, else the item with that number, counted from 1. */
export function pickByNameOrNumber<T>(items: readonly T[], wanted: string, nameOf: (item: T) => string): T | null {
  const key = keyOfLabel(wanted);
  return items.find((item) => keyOfLabel(nameOf(item)) === key) ?? pickByNumber(items, wanted);
}

export function pickByNumber<T>(items: readonly T[], wanted: string): T | null {
  return /^\d{1,3}$/.test(wanted.trim()) ? (items[Number(wanted) - 1] ?? null) : null;
}
