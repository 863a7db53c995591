import type { MachineRefusal } from '../turns/machine-row.ts';

// What a person hears of a machine of their own, and what the operator hears of it.

const refused: Record<MachineRefusal, string> = {
  limit:
    'I have no free machine for you at the moment, so I did not do this. Whoever runs this number has been told. Your message is kept: text /retry to try again.',
  quota:
    'I cannot get a machine for you at the moment: there are as many as we may have. Whoever runs this number has been told. Your message is kept: text /retry to try again.',
  token:
    'I cannot get a machine for you at the moment: something has to be set up again. Whoever runs this number has been told. Your message is kept: text /retry to try again.',
  image:
    'Your machine does not start. Whoever runs this number has been told. Your message is kept: text /retry to try again.',
  other:
    'I could not get a machine for you. Whoever runs this number has been told. Your message is kept: text /retry to try again.',
};

const told: Record<MachineRefusal, string> = {
  limit:
    'Somebody needs a machine and FLY_MAX_MACHINES are there already. Raise it, or remove machines nobody uses: npm run doctor shows them.',
  quota:
    'Fly refuses another machine: the organisation has reached its own limit. Ask Fly to raise it, or use fewer or smaller machines.',
  token:
    'Fly refuses our token, so no machine can be made or changed. Make a new one for the organisation and put it into FLY_API_TOKEN: npm run setup does both.',
  image:
    'A machine does not come up with the image in FLY_IMAGE. Look at its log (fly logs -a with the name npm run doctor shows), then deploy an image that starts.',
  other: 'Fly refuses to make a machine. The reason is in the relay’s log under "machine-refused".',
};

export const machineTexts = {
  making: 'I’m setting up a machine for you. The first time takes about a minute.',
  again: 'Your machine was lost, so I’m setting up a new one and putting your work back. This takes about a minute.',
  waking: 'Your machine is waking up. This takes a few seconds.',
  refused: (refusal: MachineRefusal): string => refused[refusal],
  alertRefused: (refusal: MachineRefusal): string => told[refusal],
  alertGone:
    'A machine was lost at Fly and is made again; conversation and project are put back from the copies. Nothing has to be done.',
  alertReverted:
    'A machine did not come up with the new image or settings, so it went back to what it ran before, and no other is changed. Look at its log and deploy what starts. If Fly had trouble at the time, have it tried again: npm run doctor -- --fix rollout.',
  alertStuck:
    'For 15 minutes one machine has been asked to run the new image or settings, and it has neither come up nor gone back: Fly has no room, or does not answer. It is tried again by itself, and no other is changed meanwhile. To begin with another machine: npm run doctor -- --fix rollout.',
} as const;
