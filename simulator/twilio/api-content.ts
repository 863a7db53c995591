import { type ApiContext, emptyAnswer, jsonAnswer, refusal } from './answers.ts';
import type { CarrierDesk } from './carrier.ts';
import { contentResource, readContentRequest } from './contents.ts';
import { newSid } from './store.ts';

// The Content resource: created, read and deleted. Approval is not played: what is shown here needs none.

export function contentHandlers(desk: CarrierDesk) {
  const { contents } = desk;
  const { accountSid } = desk.account;
  const sidOf = (c: ApiContext): string => c.req.param('sid') ?? '';
  const unknown = (c: ApiContext): Response => refusal({ refused: 20404, detail: c.req.path });

  return {
    async create(c: ApiContext): Promise<Response> {
      if (!/^application\/json\b/.test(c.req.header('Content-Type') ?? '')) {
        return refusal({ refused: 20001, detail: 'Content is created with JSON.' });
      }
      const json: unknown = await c.req.json().catch(() => null);
      const read = readContentRequest(json);
      if ('refused' in read) return refusal(read);
      const content = { ...read, sid: newSid('HX'), createdAt: desk.now() };
      contents.set(content.sid, content);
      return jsonAnswer(contentResource(accountSid, content), 201);
    },
    fetch(c: ApiContext): Response {
      const content = contents.get(sidOf(c));
      return content ? jsonAnswer(contentResource(accountSid, content)) : unknown(c);
    },
    remove(c: ApiContext): Response {
      return contents.delete(sidOf(c)) ? emptyAnswer() : unknown(c);
    },
  };
}
