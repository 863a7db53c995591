import { readReason } from '../../input/reason.ts';
import { mediaBucketOf } from '../../objects/media-bucket.ts';
import { operatorConversation as words } from '../../texts/operator-conversation.ts';
import { sendArchive } from '../export.ts';
import { ask, type C, fieldsOf, homeOf, record } from './conversation.ts';
import { answer } from './door.ts';

// Sends an operator the copy of everything kept about a person. The audit has the reason before anything is sent. The
// person's own link is left as it is.

const ACTION = 'download the copy of everything';

export async function downloadCopy(c: C): Promise<Response> {
  const why = readReason((await fieldsOf(c)).reason);
  if (why === null) return answer(c, words.noCopyReason, 403);
  await record(c, ACTION, why, null);
  const found = await ask(async () => {
    const key = (await homeOf(c)?.copyKey()) ?? null;
    return { kept: key === null ? null : ((await mediaBucketOf(c.env)?.get(key)) ?? null) };
  });
  if (found?.kept) return sendArchive(c, found.kept);
  await record(c, `${ACTION}: ${found === null ? 'no answer' : 'gone'}`, '', null);
  return found === null ? answer(c, words.silent, 503) : answer(c, words.copyGone, 410);
}
