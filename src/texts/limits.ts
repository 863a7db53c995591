// What people read when their machine stopped the work because of its limits, or because its requests were used up.

export const limitTexts: ReadonlyMap<string, string> = new Map([
  [
    'memory',
    'What I was running used up your machine’s memory, so I stopped it. Text /retry, or ask for it in smaller steps.',
  ],
  ['output', 'I wrote far more than anyone could read, so I stopped. Text /retry, or ask for less at once.'],
  [
    'model',
    'This took far more requests to the model than one piece of work should need, so I stopped. Text /retry to continue from here, or ask for it in smaller steps.',
  ],
  ['disk', 'Your machine’s disk is full, so I stopped. Ask me to make room there, then text /retry.'],
  [
    'disk-full',
    'Your machine’s disk is completely full, so I couldn’t start. Ask me to make room there, then text /retry. If I still can’t start, the operator has to help: they’ve been notified.',
  ],
]);
