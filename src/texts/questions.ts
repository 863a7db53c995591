// What people read about the agent's questions and requests for consent, and what the agent is told in their place.

const short = (text: string, most: number): string => {
  const points = [...text.replace(/\s+/g, ' ').trim()];
  return points.length <= most ? points.join('') : `${points.slice(0, most).join('').trimEnd()}…`;
};

export const questionTexts = {
  /** On the button that opens a list. */
  choose: 'Choose',
  numbered: (options: readonly string[], isDecision: boolean): string =>
    [
      ...options.map((option, n) => `${n + 1}. ${short(option, 110)}`),
      isDecision ? 'Answer with a number or a word.' : 'Answer with a number or in your own words.',
    ].join('\n'),
  approve: 'Approve',
  deny: 'Deny',
  always: 'Always',
  yes: 'Yes',
  no: 'No',
  /** Markdown. */
  consent: (fenced: string): string => `May I do this?\n\n${fenced}`,
  alwaysCovers: (fenced: string, project: string): string =>
    `Always: in the project ${project} I would not ask again for\n\n${fenced}`,
  deep: (reason: string): string =>
    `This looks like longer work. Shall I go deep, so that your texts reach me while I work?${reason === '' ? '' : `\n\n${reason}`}`,

  settled: 'That question is settled.',
  approved: 'Approved.',
  denied: 'Denied.',
  deniedWith: 'Not done. I told the agent why.',
  withCondition: 'Not done yet. I told the agent your condition, and I’ll ask you again before anything happens.',
  /** The person's words may be the answer or not. */
  isItYes: (words: string): string => `Approve this? You wrote “${short(words, 200)}”.`,
  isItDeep: (words: string): string => `Start the deep work? You wrote “${short(words, 200)}”.`,
  newMessage: 'It’s a new message',
  keptAsNew: 'OK, I’ll take it as a new message. My question is still open.',
  noneToDecide: 'There is nothing to approve or deny at the moment.',
  whichToDecide: (open: readonly string[]): string =>
    [
      'More than one thing waits for you:',
      ...open.map((text, n) => `${n + 1}. ${short(text, 110)}`),
      'Text /approve or /deny with the number.',
    ].join('\n'),
  allowedForGood: (rule: string, project: string): string =>
    `I won’t ask again for ${short(rule, 200)} in the project ${project}. /approvals lists what you allowed for good.`,
  grants: (rules: readonly { rule: string; project: string }[]): string =>
    rules.length === 0
      ? 'You have allowed nothing for good. When I ask for something, Always is one of the answers.'
      : [
          'You allowed for good:',
          ...rules.map(({ rule, project }, n) => `${n + 1}. ${short(rule, 110)} (project ${project})`),
          'To take one back: /approvals revoke 1',
        ].join('\n'),
  revoked: (rule: string): string => `Taken back: ${short(rule, 200)}. I will ask again.`,
  noGrant: 'There is no such number. /approvals lists them.',
  approvalsUse: 'Text /approvals to see what you allowed for good, and /approvals revoke 1 to take one back.',
  askOver: (text: string): string =>
    `I go on without your answer to “${short(text, 110)}”. You can still answer: then I take it up.`,
  decisionOver: (text: string): string => `I had no word from you, so I did not do this: ${short(text, 110)}`,
  deepOver: 'I had no word from you, so I go on as before.',

  /** The person's answer when the turn that asked is over: the beginning of a new turn. */
  lateAnswer: (question: string, answer: string): string =>
    `My answer to your earlier question “${short(question, 300)}”: ${answer}`,
  lateWords: (question: string, words: string): string =>
    `[Earlier you asked me: “${short(question, 300)}”, and I had not answered that.]\n\n${words}`,

  /** For the agent. */
  toAgent: {
    noAnswer: 'No answer yet. Finish your turn; an answer that comes later will start a new one.',
    nobodyDecided: 'Nobody answered in time, so this is not allowed.',
    denied: 'The person said no.',
    condition: (words: string): string =>
      `Not done: the person did not simply allow this, but wrote: “${words.slice(0, 700)}”. Do what those words ask first. If you still want to do this then, ask for it again as it is then: they will be asked again.`,
    deniedBecause: (words: string): string => `The person did not allow this and wrote: ${words.slice(0, 900)}`,
    allowedForGood: 'The person has allowed this for good.',
    noWords: 'There is nothing in the question that a person can see. Ask again in words.',
    tooMany: 'Too many questions are open. Wait for their answers first.',
    said: 'Sent.',
  },
} as const;
