import { permissionOf } from '../git/permissions.ts';
import { gitTexts } from './git.ts';
import { excerpt } from './phrasing.ts';

// Texts around the agent's questions and requests for consent: for the person, and for the agent in place of an answer.

/** A permanent permission in words, without the agent's notation. */
function formatGrant(rule: string, most = 110): string {
  const [isPrograms, names] = /^Programs\(sha256:[0-9a-f]{64}(?:, (.*))?\)$/s.exec(rule) ?? [];
  if (isPrograms)
    return names ? `starting automatically: ${excerpt(names, most)}` : 'starting its programs automatically';
  const permission = permissionOf(rule);
  if (permission !== null) return `in the repository: ${gitTexts.allowed[permission]}`;
  const [, tool, inside = ''] = /^(Bash|Read|WebFetch|SandboxNetworkAccess)\(([\s\S]+)\)$/.exec(rule) ?? [];
  if (rule === 'WebSearch') return 'any web search';
  if (tool === 'Bash') return excerpt(inside.replace(/(?: |:)\*$/, ' …'), most);
  if (tool === 'Read') return `reading ${excerpt(inside, most)}`;
  if (tool === 'WebFetch') return `pages of ${excerpt(inside, most)}`;
  return tool === undefined ? excerpt(rule, most) : `reaching ${excerpt(inside, most)}`;
}

export const questionTexts = {
  /** The button that opens a list. */
  choose: 'Choose',
  numbered: (options: readonly string[], isDecision: boolean): string =>
    [
      ...options.map((option, n) => `${n + 1}. ${excerpt(option, 110)}`),
      isDecision ? 'Answer with a number or a word.' : 'Answer with a number or in your own words.',
    ].join('\n'),
  approve: 'Approve',
  deny: 'Deny',
  always: 'Always',
  yes: 'Yes',
  no: 'No',
  /** The line above the tool's action. */
  mayI: (does: string, project: string): string => {
    const asks: Record<string, string> = {
      run: `OK to run this in ${project}?`,
      check: `OK to run this in ${project}, each time the schedule is due?`,
      change: `OK to change this file in ${project}?`,
      write: `OK to write this file in ${project}?`,
      read: 'OK to read this file?',
      open: 'OK to open this page?',
      search: 'OK to search the web for this?',
      reach: `OK to let a command in ${project} reach this address?`,
      use: `OK to use this tool in ${project}?`,
      start: `OK to let ${project} start these programs automatically?`,
      restart: `The programs ${project} starts automatically have changed. OK to start them as they are now?`,
    };
    return Object.hasOwn(asks, does) ? (asks[does] ?? '') : `OK to do this in ${project}?`;
  },
  restOfIt: (url: string, parts: number): string =>
    `That’s the first part. Read all of it: ${url} — or text /more for the next part (${parts} left).`,
  readFirst: (asks: string): string => `${asks} It doesn’t fit in one message, so please read it all first.`,
  looksAlike: (word: string, sign: string, code: string): string =>
    `Careful: “${word}” isn’t what it looks like. Its “${sign}” is a letter from another alphabet (${code}).`,
  moreLookAlike: 'Other words in it have such letters too.',
  runsBackwards: 'Careful: some of it is written from right to left, so its order may look different on your screen.',
  /** Markdown. `note`: what the wildcards in the rule stand for. */
  alwaysCovers: (project: string, fenced: string, note: string): string =>
    `Always = never ask again in ${project} for:\n\n${fenced}\n\n${note}`,
  alwaysThis: (project: string): string => `Always = never ask again in ${project} for exactly this.`,
  /** The rule's coverage in words; null if it covers only the request that was shown. */
  covers: (rule: string): { what: string; note: string } | null => {
    const command = /^Bash\((.+) \*\)$/.exec(rule)?.[1];
    if (command !== undefined) return { what: `${command} …`, note: '… stands for anything after it.' };
    const pages = /^WebFetch\((.+)\)$/.exec(rule)?.[1];
    if (pages !== undefined) return { what: `${pages}/…`, note: '… stands for any page there.' };
    return rule === 'WebSearch' ? { what: 'any web search', note: 'For any search words.' } : null;
  },
  deep: (reason: string): string =>
    `This may take a while. Start a deep-work session? You can steer me as I go.${reason === '' ? '' : `\n\n${reason}`}`,

  settled: 'That question has already been answered.',
  /** The question timed out or was stopped. */
  over: 'I’m no longer waiting for that answer, so I didn’t use it. If you still want it, tell me in a message.',
  noOption: 'That isn’t one of the choices. Please choose again.',
  approved: 'Approved.',
  denied: 'Denied.',
  deniedWith: 'Not done. I told the agent why.',
  withCondition: 'Not done yet. I told the agent your condition, and I’ll ask you again before anything happens.',
  /** Asks whether the person's words were the answer. */
  isItYes: (words: string): string => `Approve this? You wrote “${excerpt(words, 200)}”.`,
  isItDeep: (words: string): string => `Start the deep work? You wrote “${excerpt(words, 200)}”.`,
  newMessage: 'It’s a new message',
  keptAsNew: 'OK, I’ll take it as a new message. My question is still open.',
  noneToDecide: 'There’s nothing to approve or deny right now.',
  whichToDecide: (open: readonly string[]): string =>
    [
      'More than one question is waiting for you:',
      ...open.map((text, n) => `${n + 1}. ${excerpt(text, 110)}`),
      'Text /approve or /deny with the number.',
    ].join('\n'),
  allowedForGood: (rule: string, project: string): string =>
    `I won’t ask again in ${project} for ${formatGrant(rule, 200)}. /approvals lists what is always allowed.`,
  formatGrant,
  /** Allowed rules come first. */
  grants: (all: readonly { rule: string; project: string; isAllowed: boolean }[], most = Infinity): string => {
    if (all.length === 0) return 'Nothing is always allowed yet. Tap Always the next time I ask to add it here.';
    const lines = all.map(({ rule, project }, n) => `${n + 1}. ${formatGrant(rule)} (in ${project})`);
    const allowed = all.filter(({ isAllowed }) => isAllowed).length;
    return [
      ...(allowed > 0 ? ['Always allowed:', ...lines.slice(0, allowed)] : []),
      ...(allowed < all.length ? ['Not allowed (I’ll ask again after a day):', ...lines.slice(allowed)] : []),
      'Text /approvals revoke 1 to remove one. Then I’ll ask again.',
      ...(allowed < most ? [] : [`That’s the maximum of ${most}. Remove one, and I’ll offer Always again.`]),
    ].join('\n');
  },
  revoked: (rule: string): string => `Removed: ${formatGrant(rule, 200)}. I’ll ask again.`,
  programsRevoked: ({ project, isAllowed }: { project: string; isAllowed: boolean }): string =>
    isAllowed
      ? `Removed. With your next message in ${project} I’ll stop them if they run, and ask before I start them again.`
      : `Removed. I’ll ask about them again with your next message in ${project}.`,
  /** Confirms the person's answer about the programs of a project. */
  programs: {
    allow: (project: string): string =>
      `OK, I’ll start these programs whenever I work in ${project}, until they change. /approvals lists them, and you can remove them there.`,
    deny: (project: string): string =>
      `OK, I’ll work in ${project} without these programs. I’ll ask again in a day. To be asked sooner, remove your “no” in /approvals.`,
    condition: (project: string): string =>
      `Not started: these programs need a plain yes or no. I’ll work in ${project} without them now and ask again with your next message.`,
    silence: (project: string): string =>
      `No answer from you, so I’ll work in ${project} without its programs. I’ll ask again in a day. To be asked sooner, remove the “no” in /approvals.`,
  },
  noGrant: 'There’s no such number. /approvals lists them.',
  approvalsUse: 'Text /approvals to see what you have decided, and /approvals revoke 1 to remove one.',
  askOver: (text: string): string =>
    `I’m going on without your answer to “${excerpt(text, 110)}”. You can still answer, and I’ll pick it up then.`,
  decisionOver: (text: string): string =>
    `No answer from you, so I skipped: ${excerpt(text, 110)}\nIf you still want it, tell me, and I’ll ask again.`,
  /** The question didn't reach the person in time: the carrier refused it, or quiet hours held it. */
  neverAsked: (text: string): string =>
    `I couldn’t ask you in time, so I skipped: ${excerpt(text, 110)}\nIf you still want it, tell me, and I’ll ask again.`,
  deepOver: 'No answer from you, so I’ll go on as before.',

  /** Begins a new turn with the answer, because the turn that asked is over. */
  lateAnswer: (question: string, answer: string): string =>
    `My answer to your earlier question “${excerpt(question, 300)}”: ${answer}`,
  lateWords: (question: string, words: string): string =>
    `[Earlier you asked me: “${excerpt(question, 300)}”, and I had not answered that.]\n\n${words}`,

  /** For the agent. */
  toAgent: {
    noAnswer: 'No answer yet. Finish your turn; an answer that comes later will start a new one.',
    nobodyDecided: 'Nobody answered in time, so this was not approved.',
    denied: 'The person said no.',
    condition: (words: string): string =>
      `Not done. The person’s answer was not a clear yes: “${words.slice(0, 700)}”. Follow those words first. If you still want to do this, or a version that follows them, try it again and the person will be asked about it.`,
    deniedBecause: (words: string): string => `The person did not allow this and wrote: ${words.slice(0, 900)}`,
    allowedForGood: 'The person has permanently allowed this.',
    noWords: 'The question contains nothing a person can see. Ask again in words.',
    tooMany: 'Too many questions are open. Wait for their answers first.',
    said: 'Sent.',
  },
} as const;
