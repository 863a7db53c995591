import { excerpt, formatMinutes } from './phrasing.ts';

// Texts about deep work and side questions: for the person and, when deep work ends, for the agent.

const WRAPPING = 'I’ll save the results and open points to NOTES.md and text you a summary.';

export const deepTexts = {
  begun: (label: string, optOutWords: boolean): string =>
    [
      `Deep work on ${label} has started: your texts reach me right away, even while I work, and I may take hours.`,
      `Use /btw to ask something on the side. Text /end${optOutWords ? '' : ' or “done”'} when we’re finished.`,
    ].join(' '),
  since: (label: string, ms: number): string =>
    `Deep work on ${label} has been going for ${formatMinutes(Math.floor(ms / 60_000))}. /end to finish.`,
  elsewhere: (label: string): string =>
    `That’s about ${label}, and you’re in another project. Switch to it with /project ${label}, then text /deep.`,
  notDeep: 'There’s no deep work to end. /deep starts it.',
  /** `hasWorked`: a summary follows. */
  ended: (hasWorked: boolean): string => (hasWorked ? `Wrapping up. ${WRAPPING}` : 'Deep work has ended.'),
  idle: (ms: number, hasWorked: boolean): string =>
    `You haven’t written for ${formatMinutes(Math.floor(ms / 60_000))}, so I ended the deep work.${hasWorked ? ` ${WRAPPING}` : ''}`,
  switched: (label: string, hasWorked: boolean): string =>
    `That ended the deep work on ${label}.${hasWorked ? ` ${WRAPPING}` : ''}`,
  asideUse: 'Text /btw and your question. I’ll answer it on the side while the work continues.',
  aside: (question: string, answer: string): string => `Re “${excerpt(question, 60)}”:\n\n${answer}`,
  noAside: 'I couldn’t answer that on the side. Please send it as a normal message.',
  /** To the agent. */
  wrapUp:
    'Wrap up: this long piece of work on the project ends here. Write the results and the open points into NOTES.md in the project’s folder, under today’s date, and keep what is already there. Then answer with a short summary of both for me.',
} as const;
