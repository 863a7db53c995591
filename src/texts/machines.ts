// Texts about a person's own machine, for the person and for the operator.

const refused = {
  limit:
    'There’s no free machine for you right now, so I couldn’t do this. The operator has been notified. Text /retry to try again.',
  quota:
    'I can’t get a machine for you right now: we’ve reached our limit. The operator has been notified. Text /retry to try again.',
  token:
    'Your machine couldn’t start because of a setup problem on our side. The operator has been notified. Text /retry to try again.',
  image: 'Your machine doesn’t start. The operator has been notified. Text /retry to try again.',
  other: 'I couldn’t get a machine for you. The operator has been notified. Text /retry to try again.',
} as const;

const toldOperator = {
  limit:
    'Somebody needs a machine, but there are already FLY_MAX_MACHINES. Raise it, or remove machines nobody uses: npm run doctor shows them.',
  quota:
    'Fly refuses another machine: the organisation has reached its limit. Ask Fly to raise it, or use fewer or smaller machines.',
  token:
    'Fly refuses our token, so no machine can be created or changed. Create a new one for the organisation and put it into FLY_API_TOKEN: npm run setup does both.',
  image:
    'A machine doesn’t start with the image in FLY_IMAGE. Look at its log (fly logs -a with the name npm run doctor shows), then deploy an image that starts.',
  other: 'Fly refuses to create a machine. The reason is in the relay’s log under "machine-refused".',
} as const;

export const machineTexts = {
  making: 'I’m setting up a machine for you. The first time takes about a minute.',
  again: 'Your machine was lost, so I’m setting up a new one and putting your work back. This takes about a minute.',
  waking: 'Your machine is waking up. This takes a few seconds.',
  refused: (refusal: keyof typeof refused): string => refused[refusal],
  alertRefused: (refusal: keyof typeof toldOperator): string => toldOperator[refusal],
  alertUnreachable:
    'For an hour a machine couldn’t be reached or created, so somebody’s message was given up; they can text /retry. Check that it runs: npm run doctor. The reason is in the log under machine-unreachable or machine-later.',
  alertTurnRefused:
    'A machine refused somebody’s message for good; they can text /retry. The reason is in the log under turn-failed. Often relay and machine run different releases or keys: deploy both.',
  alertDisk:
    'A machine’s disk is full. Its person can have the agent make room. If that doesn’t work, free some space there yourself, or give it a larger disk.',
  alertGone:
    'Fly lost a machine. A new one is being created, and conversation and project are restored from the copies. No action needed.',
  alertReverted:
    'A machine didn’t start with the new image or settings, so it went back to what it ran before, and no other machine is changed. Look at its log and deploy what starts. If Fly had trouble at the time, try again: npm run doctor -- --fix rollout.',
  alertStuck:
    'For 15 minutes a machine has tried to start with the new image or settings, and has neither started nor gone back: Fly has no room or doesn’t answer. It keeps trying, and no other machine is changed meanwhile. To start with another machine: npm run doctor -- --fix rollout.',
} as const;
