import { html } from 'hono/html';
import type { ConversationDetail } from '../../../objects/conversation-detail.ts';
import { operatorConversation } from '../../../texts/operator-conversation.ts';
import { action, columns, type Html, section, table, tag, time } from './parts.ts';

// A person's accounts at git hosts, without their credentials, and the button that takes one away.

const { connections: words, acts, asks, change } = operatorConversation;

export const connectionsOf = ({ connections, projects }: ConversationDetail, path: string): Html =>
  section(
    words.title,
    table(
      words.title,
      columns(words.account, words.how, words.since, words.used, words.repositories, change),
      connections.map(({ host, login, kind, state, connectedAt, usedAt }) => {
        const theirs = projects.flatMap(({ repository }) =>
          repository === host || repository?.startsWith(`${host}/`) ? [repository] : [],
        );
        return {
          cells: [
            html`<span>${login === null ? host : `${login} at ${host}`} ${state === 'refused' ? tag(words.refused, 'bad') : null}</span>`,
            words.kinds[kind],
            time(connectedAt),
            usedAt === null ? words.never : time(usedAt),
            theirs.length === 0 ? null : html`<div>${theirs.map((name) => html`<div>${name}</div>`)}</div>`,
            action(`${path}/act`, acts.disconnect, { confirm: asks.disconnect, fields: { do: 'disconnect', host } }),
          ],
        };
      }),
      words.none,
    ),
  );
