import { type ApiContext, emptyAnswer, jsonAnswer, refusal } from './answers.ts';
import { approvalResource, readApprovalRequest } from './approvals.ts';
import type { CarrierDesk } from './carrier.ts';
import { contentResource, contentType, readContentRequest } from './contents.ts';
import { unknownParameter } from './outbound.ts';
import { cutPage, metaOf, PAGING } from './paging.ts';
import { newSid } from './store.ts';

// The Content resource: create, read, list and delete content, and submit it for approval as a template.

const CONTENT = 'https://content.twilio.com';

export function contentHandlers(desk: CarrierDesk) {
  const { contents } = desk;
  const { accountSid } = desk.account;
  const sidOf = (c: ApiContext): string => c.req.param('sid') ?? '';
  const unknown = (c: ApiContext): Response => refusal({ refused: 20404, detail: c.req.path });
  const isJson = (c: ApiContext): boolean => /^application\/json\b/.test(c.req.header('Content-Type') ?? '');
  const jsonOf = (c: ApiContext): Promise<unknown> => c.req.json().catch(() => null);

  return {
    async create(c: ApiContext): Promise<Response> {
      if (!isJson(c)) return refusal({ refused: 20001, detail: 'Send JSON to create content.' });
      const read = readContentRequest(await jsonOf(c));
      if ('refused' in read) return refusal(read);
      const content = { ...read, sid: newSid('HX'), createdAt: desk.now(), approval: null };
      contents.set(content.sid, content);
      return jsonAnswer(contentResource(accountSid, content), 201);
    },
    /** Newest first. */
    list(c: ApiContext): Response {
      const query = new URL(c.req.url).searchParams;
      const unknownName = unknownParameter(query, PAGING);
      if (unknownName !== null) return refusal({ refused: 20001, detail: unknownName });
      const page = cutPage('/v1/Content', query, [...contents.values()].reverse());
      if ('refused' in page) return refusal(page);
      const meta = metaOf(page.frame, CONTENT, 'contents');
      return jsonAnswer({ meta, contents: page.shown.map((one) => contentResource(accountSid, one)) });
    },
    fetch(c: ApiContext): Response {
      const content = contents.get(sidOf(c));
      return content ? jsonAnswer(contentResource(accountSid, content)) : unknown(c);
    },
    remove(c: ApiContext): Response {
      return contents.delete(sidOf(c)) ? emptyAnswer() : unknown(c);
    },
    async requestApproval(c: ApiContext): Promise<Response> {
      const content = contents.get(sidOf(c));
      if (!content) return unknown(c);
      if (content.approval !== null) return refusal({ refused: 92009 });
      if (!isJson(c)) return refusal({ refused: 20001, detail: 'Send JSON to request approval.' });
      const approval = readApprovalRequest(await jsonOf(c));
      if ('refused' in approval) return refusal(approval);
      contents.set(content.sid, { ...content, approval: { ...approval, status: 'pending' } });
      return jsonAnswer(approvalResource(approval, contentType(content)), 201);
    },
    approval(c: ApiContext): Response {
      const content = contents.get(sidOf(c));
      if (!content) return unknown(c);
      return jsonAnswer({
        sid: content.sid,
        account_sid: accountSid,
        whatsapp: { type: 'whatsapp', ...approvalResource(content.approval, contentType(content)) },
        url: `https://content.twilio.com${c.req.path}`,
      });
    },
  };
}
