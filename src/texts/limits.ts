// What a person hears when their machine ended the work because it would have been harmed.

const again = (how: string): string => `Your message is kept: ${how}`;

export const limitTexts: ReadonlyMap<string, string> = new Map([
  [
    'memory',
    `What I was running used up the memory of your machine, so I stopped it. ${again('text /retry, or ask for it in smaller steps.')}`,
  ],
  [
    'output',
    `I wrote far more than anyone could read, so I stopped. ${again('text /retry, or ask for less at once.')}`,
  ],
  ['disk', `The disk of your machine is full, so I cannot work there. ${again('free some space, then text /retry.')}`],
]);
