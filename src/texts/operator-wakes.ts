// Words for what wakes a conversation, and for what happens in a turn, on the operator's time line.

/** The words for a name, or the name itself where there are none. */
export const of = (table: Readonly<Record<string, string>>, name: string): string =>
  (Object.hasOwn(table, name) ? table[name] : undefined) ?? name;

/** What a timer wakes the conversation for, and why. */
export const TIMERS: Readonly<Record<string, string>> = {
  gather: 'starts a turn: more texts may follow',
  waiting: 'tells the person that texts wait',
  attempt: 'tries the turn again: its attempt was cut',
  reach: 'calls the machine again: it didn’t answer',
  stop: 'asks the machine again to stop',
  steer: 'gives the running turn a text again',
  send: 'sends the next reply, or one again that the carrier refused',
  reconcile: 'looks a reply up in the carrier’s list: it may have left',
  held: 'gives up held replies: the person doesn’t write',
  alert: 'tells the operator',
  question: 'ends the wait for an answer',
  answer: 'gives the machine an answer again',
  deep: 'ends deep work that nobody writes in',
  archive: 'makes a backup',
  file: 'fetches a file of the person again',
  media: 'has the carrier delete files it has handed over',
  outgoing: 'fetches or removes a file of the agent again',
  expire: 'removes sent files: they are old',
  schedule: 'runs a schedule, or ends its pause',
  wake: 'wakes the machine before a schedule',
  snooze: 'sends a reminder again',
  quiet: 'sends what waited: quiet hours end',
  deliver: 'gives words of a schedule to another person again',
  report: 'reports another person’s schedule again',
  machine: 'asks the machine’s provider again',
  sleep: 'looks whether the machine sleeps: it is unused',
  'given-up': 'tells the person that the turn was given up',
  outage: 'tries the carrier again: it takes nothing',
  again: 'sends what waited for the carrier',
  key: 'tells the person that a key was removed',
  budget: 'goes on: there may be budget again',
  'let-go': 'takes an address away that the person unlinked',
  lead: 'asks an address again to lead here',
  kept: 'takes or drops texts from a locked address',
  wish: 'asks the directory again for what an admin wants',
  connect: 'goes on connecting an account at a git host',
  'look-up': 'asks a git host about a repository again',
  'token-ends': 'says that a token for a git host ends soon',
  recipients: 'asks again who may get a schedule’s words',
  forget: 'goes on deleting everything',
  empty: 'empties old texts',
  export: 'makes or deletes the copy of everything',
  'git-news': 'tells what happened to a pull request',
  host: 'asks the git host again',
  repositories: 'tells the directory again which repositories the projects have',
};

/** What happened in a turn beside its attempts. */
export const HAPPENINGS: Readonly<Record<string, string>> = {
  'machine-made': 'A machine was made for it',
  'machine-woken': 'The machine was asleep, and woke for it',
  'other-machine': 'The machine was another one, or had lost its disk',
  'session-back': 'The session was restored from its backup',
  'memory-back': 'The memory was restored from its backup',
  'folder-back': 'The project’s files were restored from their backup',
  'folder-lost': 'The project’s files were lost: no backup of them could be restored',
  'session-lost': 'The session was lost; the agent began a new one without earlier texts',
  'session-seeded': 'The session was lost; the agent began a new one with the newest texts',
  compacted: 'The agent summarized its session, which had become long',
};
