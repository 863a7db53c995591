import { excerpt, formatAge } from './phrasing.ts';

// Texts about projects and their conversations.

type Listed = { title: string; ageMs: number; isPresent: boolean };

/** `repository`: `host/owner/name`, or null. */
type Named = { label: string; repository: string | null };

const waits = (waiting: number): string =>
  waiting === 0
    ? ''
    : waiting === 1
      ? ' Your waiting message is handled there.'
      : ` Your ${waiting} waiting messages are handled there.`;
const finishes = (isRunning: boolean): string => (isRunning ? ' What I’m doing now finishes in the previous one.' : '');

export const projectTexts = {
  list: (open: readonly Named[], active: string, archived: readonly string[], isMore: boolean): string =>
    [
      'Your projects:',
      ...open.map(
        ({ label, repository }, n) =>
          `${n + 1}. ${label}${label === active ? ' (active)' : ''}${repository === null ? '' : ` · ${repository}`}`,
      ),
      '',
      '/project NAME or its number switches. /project new NAME creates one.',
      ...(archived.length === 0 ? [] : ['', 'Archived:', ...archived.map((label) => `• ${label}`)]),
      ...(isMore ? ['• and those you archived earlier'] : []),
      ...(archived.length === 0 ? [] : ['/project restore NAME restores one.']),
    ].join('\n'),
  use: 'Text /project for the list, /project NAME to switch, /project new NAME, /project new NAME REPOSITORY, /project clone REPOSITORY, /project rename NEW or OLD > NEW, /project archive NAME, /project restore NAME.',
  made: (label: string): string => `Created ${label} and switched to it.`,
  switched: (label: string): string => `Switched to ${label}.`,
  /** Added if work of the project before goes on. */
  goesOn: (label: string): string => ` My work in ${label} continues, and you’ll still get its answer.`,
  alreadyActive: (label: string): string => `You’re already in ${label}.`,
  renamed: (before: string, label: string): string => `Renamed ${before} to ${label}.`,
  archived: (label: string): string => `Archived ${label}. /project restore ${label} restores it.`,
  archivedActive: (label: string, active: string): string =>
    `Archived ${label} and switched to ${active}. /project restore ${label} restores it.`,
  isArchived: (label: string): string => `${label} is archived. /project restore ${label} restores it.`,
  notArchived: (label: string): string => `${label} isn’t archived. /project ${label} switches to it.`,
  restored: (label: string): string => `Restored ${label} and switched to it.`,
  unknown: (wanted: string): string =>
    `There’s no project called ${excerpt(wanted, 40)}. /project lists yours, /project new NAME creates one.`,
  /** `meant`: a name, or a command with one. */
  didYouMean: (wanted: string, meant: string): string =>
    `There’s no project called ${excerpt(wanted, 40)}. Did you mean ${excerpt(meant, 60)}?`,
  taken: (label: string): string => `There’s already a project called ${label}. /project ${label} switches to it.`,
  takenArchived: (label: string): string =>
    `There’s an archived project called ${label}. /project restore ${label} restores it.`,
  first: (label: string): string => `${label} is your first project and can’t be archived. You can rename it.`,
  busy: (label: string): string => `I’m still working in ${label}. Archive it when I’m done, or text /stop first.`,
  deep: (label: string): string => `Deep work is going on in ${label}. Text /end before you archive it.`,
  topic: (label: string): string =>
    `This topic is for the project ${label}: what you write here goes to it, and its answers come here. /project NAME makes it for another one.`,
  /** `refusal`: why a project can’t have the topic’s new name. */
  topicKeeps: (label: string, refusal: string): string => `This topic’s project is still called ${label}. ${refusal}`,
  /** Follows the sentence that the project was renamed. */
  topicNamedApart: ' Its topic keeps its own name until you rename it, too.',
  /** The project of a topic whose name can’t be a project’s. */
  topicLabel: 'Topic',
  topicFull: (most: number, active: string): string =>
    `You have ${most} projects, which is the maximum, so what you write in the new topic goes to ${active}. Archive one with /project archive NAME, and the topic gets its own.`,
  full: (most: number): string => `You have ${most} projects, which is the maximum. Archive one first.`,
  fault: (fault: 'empty' | 'long' | 'characters' | 'word', most: number): string =>
    ({
      empty: 'A project needs a name: /project new NAME.',
      long: `That name is too long: ${most} characters at most.`,
      characters: 'I can’t use that name. Use letters, digits and simple punctuation, but no >.',
      word: 'That word is a command. Choose another name.',
    })[fault],

  fresh: (label: string, isRunning: boolean, waiting: number): string =>
    `Started a new conversation in ${label}. /sessions to go back.${finishes(isRunning)}${waits(waiting)}`,
  /** `first`: the number of the first session. `isMore`: there are older ones. */
  sessions: (label: string, sessions: readonly Listed[], first: number, isMore: boolean): string =>
    [
      `${first === 1 ? 'Latest' : 'Earlier'} conversations in ${label}:`,
      ...sessions.map(
        ({ title, ageMs, isPresent }, n) =>
          `${n + first}. ${title === '' ? '(no title)' : title} (${isPresent ? 'this one, ' : ''}${formatAge(ageMs)})`,
      ),
      '',
      ...(first > 1 || sessions.some((s) => s.isPresent) ? [] : ['You’re in a new one that hasn’t started yet.']),
      '/sessions and a number goes back to one. /new starts another.',
      ...(isMore ? [`/sessions from ${first + sessions.length} lists older ones.`] : []),
    ].join('\n'),
  noSessions: (label: string): string => `There’s no conversation in ${label} yet. Text me to start one.`,
  unknownSession: (most: number): string =>
    `There’s no such conversation. Choose a number from 1 to ${most}: /sessions lists them.`,
  sessionMeant: (number: number, title: string): string =>
    `There’s no such conversation. Did you mean /sessions ${number}, “${title}”?`,
  presentSession: 'You’re already in that conversation.',
  wentBack: (title: string, isRunning: boolean, waiting: number): string =>
    `Back in “${title === '' ? 'no title' : title}”.${finishes(isRunning)}${waits(waiting)}`,

  undoBusy: 'I’m still working. Text /stop first, or /undo when I’m done.',
  nothingToUndo: 'Nothing to undo in this conversation.',
} as const;
