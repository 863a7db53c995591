import type { LabelFault } from '../sessions/labels.ts';
import { ago, excerpt } from './words.ts';

// What is said about projects and their sessions.

type Listed = { title: string; ageMs: number; isPresent: boolean };

const waits = (waiting: number): string =>
  waiting === 0
    ? ''
    : waiting === 1
      ? ' Your message that waits is taken in it.'
      : ` Your ${waiting} messages that wait are taken in it.`;
const finishes = (isRunning: boolean): string =>
  isRunning ? ' What I am doing now still finishes in the one before.' : '';

export const projectTexts = {
  list: (labels: readonly string[], active: string, archived: readonly string[]): string =>
    [
      'Your projects:',
      ...labels.map((label, n) => `${n + 1}. ${label}${label === active ? ' (active)' : ''}`),
      '',
      '/project NAME or its number switches. /project new NAME makes one.',
      ...(archived.length === 0 ? [] : ['', 'Archived:', ...archived.map((label) => `• ${label}`)]),
      ...(archived.length === 0 ? [] : ['/project restore NAME brings one back.']),
    ].join('\n'),
  use: 'Text /project for the list, /project NAME to switch, /project new NAME, /project rename NEW or OLD > NEW, /project archive NAME, /project restore NAME.',
  made: (label: string): string => `Made ${label}. It is active now: what you text next is for it.`,
  switched: (label: string): string => `${label} is active now: what you text next is for it.`,
  /** Beside it: work of the project before goes on. */
  goesOn: (label: string): string => ` What I am doing in ${label} goes on, and its answer still comes.`,
  alreadyActive: (label: string): string => `${label} is active already.`,
  renamed: (before: string, label: string): string => `${before} is called ${label} now.`,
  archived: (label: string): string => `${label} is archived. /project restore ${label} brings it back.`,
  archivedActive: (label: string, active: string): string =>
    `${label} is archived and ${active} is active now. /project restore ${label} brings it back.`,
  isArchived: (label: string): string => `${label} is archived. /project restore ${label} brings it back.`,
  notArchived: (label: string): string => `${label} is not archived. /project ${label} switches to it.`,
  restored: (label: string): string => `${label} is back and active: what you text next is for it.`,
  unknown: (wanted: string): string =>
    `There’s no project called ${excerpt(wanted, 40)}. /project lists yours, /project new NAME creates one.`,
  /** `meant`: a name, or a command with one. */
  didYouMean: (wanted: string, meant: string): string =>
    `There’s no project called ${excerpt(wanted, 40)}. Did you mean ${excerpt(meant, 60)}?`,
  taken: (label: string): string => `There is a project ${label} already. /project ${label} switches to it.`,
  takenArchived: (label: string): string =>
    `There is an archived project ${label}. /project restore ${label} brings it back.`,
  first: (label: string): string => `${label} is your first project and stays. You can rename it.`,
  busy: (label: string): string =>
    `I am still working in ${label}. Archive it when that is done, or text /stop before.`,
  deep: (label: string): string => `You are in deep work in ${label}. Text /end before you archive it.`,
  full: (most: number): string => `You have ${most} projects, and that is the most. Archive one first.`,
  fault: (fault: LabelFault, most: number): string =>
    ({
      empty: 'A project needs a name: /project new NAME.',
      long: `That name is too long: it may have ${most} characters.`,
      characters: 'I can’t use that name. Use letters, digits and plain signs, but no >.',
      word: 'That word is one of mine. Choose another name.',
    })[fault],

  fresh: (label: string, isRunning: boolean, waiting: number): string =>
    `A new conversation begins in ${label}. /sessions goes back.${finishes(isRunning)}${waits(waiting)}`,
  sessions: (label: string, sessions: readonly Listed[]): string =>
    [
      `The newest conversations in ${label}:`,
      ...sessions.map(
        ({ title, ageMs, isPresent }, n) =>
          `${n + 1}. ${title === '' ? '(no title)' : title} (${isPresent ? 'this one, ' : ''}${ago(ageMs)})`,
      ),
      '',
      ...(sessions.some((s) => s.isPresent) ? [] : ['You are in a new one, which has not begun.']),
      '/sessions and a number goes back to one. /new begins another.',
    ].join('\n'),
  noSessions: (label: string): string => `There is no conversation in ${label} yet. Text me, and one begins.`,
  unknownSession: (most: number): string =>
    `There’s no such conversation. Choose a number from 1 to ${most}: /sessions lists them.`,
  sessionMeant: (number: number, title: string): string =>
    `There’s no such conversation. Did you mean /sessions ${number}, “${title}”?`,
  presentSession: 'You are in that conversation already.',
  wentBack: (title: string, isRunning: boolean, waiting: number): string =>
    `Back in “${title === '' ? 'no title' : title}”.${finishes(isRunning)}${waits(waiting)}`,

  undoBusy: 'I am still working. Text /stop first, or /undo when I am done.',
  nothingToUndo: 'There is nothing of yours in this conversation that I could take back.',
} as const;
