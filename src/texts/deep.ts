import { excerpt } from './words.ts';

// What is said about deep work and side questions, to the person and, at its end, to the agent.

const minutes = (ms: number): string => {
  const count = Math.floor(ms / 60_000);
  return count === 0 ? 'less than a minute' : count === 1 ? 'a minute' : `${count} minutes`;
};
const WRAPPING = 'I write down what came of it and what is open, and text you a summary.';

export const deepTexts = {
  begun: (label: string, isSms: boolean): string =>
    [
      `Deep work on ${label}: what you text reaches me at once, also while I work, and I may take hours.`,
      `/btw asks something on the side. Text /end${isSms ? '' : ' or “done”'} when we are through.`,
    ].join(' '),
  since: (label: string, ms: number): string =>
    `We have been at deep work on ${label} for ${minutes(ms)}. /end ends it.`,
  elsewhere: (label: string): string =>
    `That is about ${label}, and you are in another project. Switch to it and text /deep.`,
  notDeep: 'There is no deep work to end. /deep begins it.',
  /** `hasWorked`: a summary follows. */
  ended: (hasWorked: boolean): string => (hasWorked ? `Deep work is over. ${WRAPPING}` : 'Deep work is over.'),
  idle: (ms: number, hasWorked: boolean): string =>
    `You have not written for ${minutes(ms)}, so I ended the deep work.${hasWorked ? ` ${WRAPPING}` : ''}`,
  switched: (label: string, hasWorked: boolean): string =>
    `That ended the deep work on ${label}.${hasWorked ? ` ${WRAPPING}` : ''}`,
  asideUse: 'Text /btw and your question: I answer it on the side, and the work goes on.',
  aside: (question: string, answer: string): string => `On “${excerpt(question, 60)}”:\n\n${answer}`,
  noAside: 'I could not answer that on the side. Please ask it as a message of its own.',
  /** To the agent. */
  wrapUp:
    'Wrap up: this long piece of work on the project ends here. Write its outcomes and the points still open into NOTES.md in the project’s folder, under today’s date, keeping what is there. Then answer with a short summary of both for me.',
} as const;
