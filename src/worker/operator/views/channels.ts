import { html } from 'hono/html';
import type { SenderState } from '../../../objects/channel-watch.ts';
import { describeSender } from '../../../objects/operator-alerts.ts';
import { operatorOverview } from '../../../texts/operator-overview.ts';
import { columns, type Html, table, tag, time } from './parts.ts';

// Our addresses: whether texts arrive there and replies leave from there.

const words = operatorOverview.channels;

export const channelsTable = (states: readonly SenderState[]): Html =>
  table(
    words.title,
    columns(words.address, words.texts, words.replies),
    states.map(({ sender, unreachedSince, outage }) => ({
      cells: [
        describeSender(sender),
        unreachedSince === null
          ? tag(words.arrive, 'good')
          : html`${tag(words.mayBeLost, 'bad')} ${words.since} ${time(unreachedSince)}`,
        outage === null || outage.overAt !== null
          ? tag(words.leave, 'good')
          : html`${tag(words.wait(outage.waiting), 'bad')} ${words.since} ${time(outage.beganAt)}`,
      ],
    })),
    words.none,
  );
