import { html } from 'hono/html';
import type { ConversationDetail } from '../../../objects/conversation-detail.ts';
import { operatorConversation } from '../../../texts/operator-conversation.ts';
import { columns, type Html, section, shortId, table, time } from './parts.ts';

// How the person's newest turns used git hosts, and what the relay refused them.

const { gitUses: words, bytes } = operatorConversation;

export const gitUsesOf = ({ gitUses, gitRefusals }: ConversationDetail): Html =>
  section(
    words.title,
    html`${table(
      words.title,
      columns(words.turn, words.host, words.kind, words.requests, words.refused, words.up, words.down, words.last),
      gitUses.map(({ turn, host, kind, requests, refused, bytesUp, bytesDown, lastAt }) => ({
        cells: [shortId(turn), host, kind, `${requests}`, `${refused}`, bytes(bytesUp), bytes(bytesDown), time(lastAt)],
      })),
      words.none,
    )}${table(
      words.refusals,
      columns(words.turn, words.host, words.kind, words.why, words.last),
      gitRefusals.map(({ turn, host, kind, why, at }) => ({ cells: [shortId(turn), host, kind, why, time(at)] })),
      words.noRefusals,
    )}`,
  );
