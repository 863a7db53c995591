// Keeps people, drafts, unsent texts and the open chat over a reload, in the browser's storage. When storage is full,
// forbidden or corrupt, only this memory is lost; the page works on.

import type { Pending, Person } from './state.ts';
import { FIRST_PEOPLE } from './state.ts';

const PREFIX = 'roost.phone.';

function load<T>(name: string, isValid: (value: unknown) => value is T, otherwise: T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(PREFIX + name) ?? 'null');
    return isValid(value) ? value : otherwise;
  } catch {
    return otherwise;
  }
}

function save(name: string, value: unknown): void {
  try {
    if (value === null || value === '') localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // The page works on without it.
  }
}

const hasTexts = (value: unknown, names: string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === 'string');

const isText = (value: unknown): value is string => typeof value === 'string';
const arePeople = (value: unknown): value is Person[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => hasTexts(one, ['number', 'name']));
const arePending = (value: unknown): value is Pending[] =>
  Array.isArray(value) && value.every((one) => hasTexts(one, ['clientId', 'number', 'sender', 'text']));

export const loadPeople = (): readonly Person[] => load('people', arePeople, [...FIRST_PEOPLE]);
export const savePeople = (people: readonly Person[]): void => save('people', people);

/** Files cannot be kept: a caption stays visible here, and is not sent without its file (sending.ts). */
export const loadPending = (): Pending[] => load('pending', arePending, []);
export const savePending = (pending: readonly Pending[]): void => save('pending', pending);

export const loadOpenNumber = (): string => load('open', isText, '');
export const saveOpenNumber = (number: string): void => save('open', number);

export const loadDraft = (number: string): string => load(`draft.${number}`, isText, '');
export const saveDraft = (number: string, text: string): void => save(`draft.${number}`, text);
