import { readReason } from '../../input/reason.ts';
import { readSessionPage } from '../../objects/session-backup.ts';
import type { SessionFacts } from '../../objects/stores/detail-store.ts';
import { operatorConversation } from '../../texts/operator-conversation.ts';
import { operatorTranscript as words } from '../../texts/operator-transcript.ts';
import { ask, type C, fieldsOf, homeOf, pathOf, record } from './conversation.ts';
import { answer } from './door.ts';
import { showPage } from './views/layout.ts';
import { readPlace, transcriptView } from './views/transcript.ts';

// The transcript of one session, from its backup in the bucket: what is known of it, and its words for a reason, which is
// in the audit first.

const sessionOf = (c: C): string => c.req.param('session' as 'id');

export const showTranscript = (c: C): Promise<Response> => render(c, null, '');

export async function showTranscriptWords(c: C): Promise<Response> {
  const { reason, before } = await fieldsOf(c);
  const why = readReason(reason);
  if (why === null) return answer(c, operatorConversation.noReason, 403);
  await record(c, 'read a transcript', `…${sessionOf(c).slice(-6)}: ${why}`, null);
  return render(c, why, before);
}

async function render(c: C, reason: string | null, before: string): Promise<Response> {
  const session = sessionOf(c);
  const bucket = c.env.ARCHIVE ?? null;
  const found = await ask(async () => {
    const facts = (await homeOf(c)?.sessionFacts(session)) as SessionFacts | null | undefined;
    const isRead = reason !== null && bucket !== null && facts?.backup != null;
    const name: [string, string] = [c.req.param('id'), session];
    return { facts, page: isRead ? await readSessionPage(bucket, name, readPlace(before)) : null };
  });
  if (found === null) return answer(c, operatorConversation.silent, 503);
  const { facts, page } = found;
  if (!facts || (facts.session === null && facts.backup === null)) return answer(c, words.gone, 404);
  const [path, hasBucket] = [`${pathOf(c)}/sessions/${session}`, bucket !== null];
  const main = transcriptView({ id: session, path, back: pathOf(c), known: facts, hasBucket, reason, page });
  return showPage(c, { title: words.transcript, view: 'people', main });
}
