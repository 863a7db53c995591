import { isDuration, milliseconds } from '../simulator/fly/duration.ts';
import { bodyAs, restartTimeout, updateMachine } from '../simulator/fly/request-schemas.ts';
import { respond, separateTexts } from '../simulator/model/abilities.ts';
import { auxiliaryAnswer } from '../simulator/model/auxiliary.ts';
import { readConversation, workingFolder } from '../simulator/model/conversation.ts';
import { demoReply } from '../simulator/model/demo.ts';
import { checkHeaders, estimateTokens, type ModelRequest } from '../simulator/model/messages-api.ts';
import { pictureOf, whatCame } from '../simulator/model/received.ts';
import { eventsOf, messageOf } from '../simulator/model/reply.ts';
import { typedCommand } from '../simulator/phone/client/commands.ts';
import { jsonOf, lineOf, matches, readBody } from '../simulator/phone/client/exchange.ts';
import { firstWords, plainWords } from '../simulator/phone/client/markup.ts';
import { displayNumber, parseNumber, readAddress } from '../simulator/phone/client/number.ts';
import { isAddress, phoneOf } from '../simulator/twilio/addresses.ts';
import { readApprovalRequest } from '../simulator/twilio/approvals.ts';
import { readContentRequest } from '../simulator/twilio/contents.ts';
import { splitUrl } from '../simulator/twilio/exchange.ts';
import { readConnection } from '../simulator/twilio/overrides.ts';
import { cutPage, dateFilter } from '../simulator/twilio/paging.ts';
import { smsSegments } from '../simulator/twilio/segments.ts';
import type { Row } from './hostile-shapes.ts';

// The stand-ins' rows for hostile-table.ts: input of a person, the product and an agent.

const modelRequest = (text: string): ModelRequest =>
  ({ model: 'demo', max_tokens: 1, system: text, messages: [{ role: 'user', content: text }] }) as never;
const titleRequest = (text: string): ModelRequest => ({
  ...modelRequest(text),
  max_tokens: 100,
  system: 'Write a title.',
});
const exchange = (text: string) => ({ ...EXCHANGE, url: text, requestBody: text, responseBody: text });
const EXCHANGE = {
  ...{ id: '1', at: 0, kind: 'api', method: 'POST', note: null, status: 200, durationMs: 1 },
  ...{ requestHeaders: { 'content-type': 'application/json' }, responseHeaders: {} },
} as unknown as Parameters<typeof matches>[0];
const situation = {
  tools: new Set<string>(['Bash', 'Read', 'Write']),
  folder: '/x',
  earlier: ['a'],
  outcomes: [],
  pictures: [],
};

export const simulator: Record<string, Row> = {
  'the phone page': {
    finds: ['https://[', 'https://a.b/'],
    work: (text) => [
      [firstWords(text.slice(0, text.length / 8)), plainWords(text)],
      [parseNumber(text), displayNumber(text), readAddress(text), typedCommand(text), typedCommand(`/${text}`)],
    ],
  },
  'the network log of the phone page': (text) => [
    matches(exchange(text), text),
    [readBody({ 'content-type': 'application/json' }, text), readBody({ 'content-type': 'text/plain' }, text)],
    [jsonOf(text), lineOf({ method: 'GET', url: text }), lineOf({ method: 'GET', url: `/${text}` })],
  ],
  'the fake Twilio': (text) => [
    [
      isAddress(text),
      phoneOf(text),
      smsSegments(text),
      splitUrl(text),
      splitUrl(`https://a${text}`),
      readConnection(text),
    ],
    readApprovalRequest({ name: text, category: text }),
    [cutPage(text, new URLSearchParams({ PageSize: text }), []), cutPage(text, new URLSearchParams(text), [])],
    dateFilter(new URLSearchParams({ [text]: text, DateSent: text }), 'DateSent'),
    readContentRequest({ friendly_name: text, language: text, types: { 'twilio/text': { body: text } } }),
  ],
  'the demo model': {
    finds: [
      ...['The user sent a new message while you were working:\n', '<system-reminder>', '</system-reminder>'],
      ...['list ', 'show what ', 'read ', 'my name is ', 'send me ', 'write ', 'schedule in ', '- The person wrote: '],
    ],
    work: (text) => [
      [respond(text, situation), respond('what is my name', { ...situation, earlier: [text] }), separateTexts(text)],
      [readConversation(modelRequest(text)), workingFolder(modelRequest(text)), demoReply(modelRequest(text))],
      [auxiliaryAnswer(titleRequest(text)), auxiliaryAnswer(modelRequest(text)), estimateTokens(text)],
      [whatCame(text, []), pictureOf(text), checkHeaders(() => text)],
    ],
  },
  'the answers of the demo model': (text) =>
    eventsOf(messageOf({ kind: 'message', blocks: [{ type: 'text', text }] }, modelRequest('a'))),
  'the fake Fly': (text) => [
    [isDuration(text) && milliseconds(text), refusalOf(() => restartTimeout(text))],
    [
      refusalOf(() => bodyAs(updateMachine, text)),
      refusalOf(() => bodyAs(updateMachine, JSON.stringify({ name: text }))),
    ],
  ],
};

function refusalOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
