import { address, carrier, flow, HOUR, type Plays, text, there, wait } from './world-shorthands.ts';

// Known conversations of a person with two channels.

export const placePlays: Plays = {
  'an address is taken away and linked again': [there('/help'), wait(1000), address('unlink'), flow, address('link')],
  'a send of unknown outcome to an address that is taken away': [
    text('/help'),
    wait(3000),
    text('/unlink telegram4815162342'),
    wait(5000),
    carrier('down', 1),
    there('/status'),
    wait(300),
    text('yes'),
    wait(1000),
    carrier('ok', 1),
    wait(20_000),
  ],
  'an answer was doubtful twice on one channel, and the person writes on the other': [
    text('/help'),
    wait(3000),
    carrier('mute', 1),
    there('look at it'),
    flow,
    wait(95_000),
    text('/status'),
  ],
  'a locked address is free again': [there('/help'), wait(1000), address('recycle'), wait(1000), address('unlock')],
  'a sender is blocked, and what waits leaves by the other channel': [
    there('/help'),
    flow,
    carrier('fails policy'),
    text('/help'),
    text('/status'),
    flow,
    wait(HOUR),
  ],
  'both channels are closed, and a block ends': [
    text('look at it'),
    wait(300),
    { do: 'windows shut' },
    carrier('refuses blocked', 1),
    there('/help'),
    flow,
    carrier('ok', 1),
    wait(3 * HOUR),
  ],
};
