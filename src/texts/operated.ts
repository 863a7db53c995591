// Tells a person what the operator did to their conversation from the operator's page.

export const operatedTexts = {
  stopped: 'The operator stopped this. Text /retry to bring it back.',
  fresh: (project: string): string =>
    `The operator started a new conversation in ${project}. The files are as they were; /sessions has the earlier one.`,
  copy: 'The operator is making a copy of everything I have of yours: messages, schedules, files, the agent’s sessions and memory, costs. They can download it for 24 hours. Text /export for a link to it.',
  disconnected: (host: string): string =>
    `The operator disconnected your ${host} account: its key is deleted here. Text /github to connect one again.`,
  /** `what`: the sentence about the schedule. */
  schedule: (what: string): string => `The operator changed a schedule. ${what}`,
} as const;
