import { formatList } from '../recurrence/calendar-names.ts';

// Sentences about the merge of two conversations.

const quoted = (name: string): string => `“${name}”`;
const numbered = (n: number): string => `#${n}`;

/** No line where none came over. */
const came = (noun: string, names: readonly string[], more: string): string[] =>
  names.length === 0
    ? []
    : [`${names.length === 1 ? `This ${noun}` : `These ${noun}s`} came over: ${formatList(names)}. ${more}`];

const whose = (name: string | null, masked: string): string => (name === null ? masked : `${name}, ${masked}`);

export const mergeTexts = {
  /** `stays`: this conversation, which is the elder one. */
  sure: (name: string | null, masked: string, stays: boolean): string =>
    [
      `You have a conversation of your own here, and this code is from ${whose(name, masked)}. Shall I merge the two conversations?`,
      `${stays ? 'This one stays, because it is the older one' : 'The other one stays, because it is the older one'}, with its machine, settings and budget. ${stays ? 'The projects and schedules of the other one come over' : 'Your projects and schedules come over'}, as of their last backup; projects with the same name get a number. ${stays ? 'What was allowed there for good' : 'What you allowed here for good'}, connected accounts, the PIN and what I remember of ${stays ? 'the other person' : 'you'} don’t come over. The machine of ${stays ? 'the other one' : 'this one'} goes after seven days.`,
      'From then on whoever texts from either side reads and writes as the same person. If you didn’t make this code yourself, text NO. Shall I? Text YES or NO.',
    ].join('\n\n'),
  yes: 'Merge them',
  not: 'Nothing is merged. Both conversations stay as they are.',
  begins:
    'I’m merging two conversations: this one and another that linked with a code. I begin as soon as nothing is under way in either, and I’ll tell you when it’s done. Not you? Text /link off now, and /lock if you’re unsure.',
  accepted:
    'I’m merging the two. I begin as soon as nothing is under way in either, and I’ll tell you when it’s done. /link off calls it off.',
  waits:
    'The merge waits until nothing is under way in either conversation: no work, no open question, no backup. I’ll go on by myself. /link off calls it off.',
  textWaits: 'I’m merging your two conversations right now. I’ll answer this when that’s done.',
  neverIdle:
    'I couldn’t merge the two conversations: for a day, something was always under way in one of them. Nothing has changed. To try again, text /link for a new code.',
  failed:
    'I couldn’t merge the two conversations, because a part of Roost didn’t answer. Nothing has changed. To try again, text /link for a new code.',
  calledOff: 'The merge was called off. Nothing has changed: both conversations go on as before.',
  isOff: 'The merge is called off. Nothing has changed: both conversations go on as before.',
  tooLate: 'The merge is too far along to call it off. I’ll tell you when it’s done.',
  notOn: 'No merge is under way. Text /link for a code.',
  needsRole:
    'I can’t merge the two: the newer conversation, or one of its addresses, has more rights than the older one, whose rights would count. An owner can give the older one a higher role with /role; then try again. If the newer one is an owner’s, text /forget in the older one, and then a new code from there.',
  otherLocked: 'One of the two conversations is locked or may no longer write, so I can’t merge them. Unlock it first.',
  isMerging: 'One of the two conversations is already being merged. Wait until that is done, then try again.',
  noBackups:
    'I can’t merge the two: your projects would lose their files, because no backups are kept here. Ask whoever runs Roost to configure them.',
  pin: 'Text /link with the code and your PIN, like /link K7QA-2MDB 4821.',

  done: (projects: readonly string[], schedules: readonly number[]): string =>
    [
      'The two conversations are one now: texts from either side are yours, and get the same projects, schedules and settings.',
      ...came('project', projects.map(quoted), 'Files come back when you use them.'),
      ...came('schedule', schedules.map(numbered), 'See /schedules.'),
      'Permissions and connected accounts didn’t come over: I’ll ask again where I need them.',
      'Not you? /unlink takes an address away, and /lock stops everything.',
    ].join('\n\n'),
  projectBack: (label: string): string => `The files in “${label}” came over from your other conversation.`,
} as const;
