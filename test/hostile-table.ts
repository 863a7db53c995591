import { foldNumber, readNumber } from '../src/addresses.ts';
import { decodeEntities } from '../src/channels/markup/entities.ts';
import { removeInternal } from '../src/channels/markup/internal.ts';
import { isVisible, spansOf } from '../src/channels/markup/marks.ts';
import { splitText } from '../src/channels/markup/split.ts';
import { toParts } from '../src/channels/markup/text.ts';
import { readType } from '../src/channels/media-type.ts';
import { keyboardOf } from '../src/channels/telegram/buttons.ts';
import { readRefusal } from '../src/channels/telegram/errors.ts';
import { readUpdate } from '../src/channels/telegram/inbound.ts';
import { renderText } from '../src/channels/telegram/text.ts';
import { isSecret } from '../src/channels/telegram/verify.ts';
import { isAmbiguous } from '../src/channels/twilio/fields.ts';
import { describeListed, optOutOf, parseInbound } from '../src/channels/twilio/inbound.ts';
import { readPage } from '../src/channels/twilio/list.ts';
import { mediaAddressOf, redirectTarget } from '../src/channels/twilio/media.ts';
import { readContent } from '../src/channels/twilio/message-content.ts';
import { classifyAnswer, findCandidates } from '../src/channels/twilio/send.ts';
import { parseStatus } from '../src/channels/twilio/status.ts';
import { isSignature, isSigned, parseForm } from '../src/channels/twilio/verify.ts';
import { templateOf as buttonsOf } from '../src/channels/whatsapp/buttons.ts';
import { howToSend } from '../src/channels/whatsapp/files.ts';
import { isAllowed } from '../src/config/access.ts';
import { isZone } from '../src/config/config.ts';
import { locationHintOf } from '../src/config/placement.ts';
import { pickByNameOrNumber } from '../src/conversation/commands/pick.ts';
import { splitRepository } from '../src/conversation/commands/project-repository.ts';
import { packText } from '../src/conversation/outbox/replies.ts';
import { findSaidOption } from '../src/conversation/questions/heard-question.ts';
import { findLookalikes, makeVisible, runsBackwards } from '../src/conversation/questions/visible-text.ts';
import { readLookUp } from '../src/conversation/repositories/look-up.ts';
import { readHolidays } from '../src/conversation/schedules/create.ts';
import { senderNameOf, toAgentMessage } from '../src/conversation/state/attachments.ts';
import {
  readAskedChoice,
  readChoiceId,
  readReminderChoice,
  readReminderWord,
} from '../src/conversation/state/choices.ts';
import { keyOfLabel, newProjectId, readLabel } from '../src/conversation/state/project-labels.ts';
import { ownWordsOf, quote, shorten, toOneLine } from '../src/conversation/state/quote-block.ts';
import type { InboundFile, Question } from '../src/conversation/state/rows.ts';
import { readGitRequest } from '../src/git/git-request.ts';
import { judgeGraphql } from '../src/git/graphql-verdict.ts';
import { readHostEvent } from '../src/git/host-event.ts';
import { PushReader } from '../src/git/push-commands.ts';
import { ReportReader } from '../src/git/push-report.ts';
import { isHostName, readRepositoryAddress } from '../src/git/repository-address.ts';
import { shownCode } from '../src/git/shown-code.ts';
import { shownWords } from '../src/git/shown-words.ts';
import { readDiff } from '../src/git/unified-diff.ts';
import { refuseScopes } from '../src/git-hosts/account.ts';
import { readCode, readJoin } from '../src/input/access-code.ts';
import { readWish, WISH_NAMES } from '../src/input/access-command.ts';
import { readBudget } from '../src/input/budget-command.ts';
import { parseCommand, readText } from '../src/input/command.ts';
import { readConsent, saysOnlyConsent, saysStop, withoutPoliteness } from '../src/input/consent.ts';
import { readDollars } from '../src/input/dollars.ts';
import { readFilesRequest } from '../src/input/files-command.ts';
import { readHelp } from '../src/input/help-topics.ts';
import { removeKeys } from '../src/input/keys.ts';
import { readMachineCommand } from '../src/input/machine-command.ts';
import { findNearest } from '../src/input/nearest-name.ts';
import { readName } from '../src/input/person-name.ts';
import { readPullWish, readWatched } from '../src/input/pull-command.ts';
import { readTarget } from '../src/input/schedule-target.ts';
import { judgeEnding } from '../src/input/text-ending.ts';
import { openMediaLink } from '../src/links/media-link.ts';
import { openPageLink } from '../src/links/page-link.ts';
import { classifyFailure } from '../src/machines/fly/responses.ts';
import { openEvents } from '../src/machines/sse.ts';
import { redact } from '../src/objects/operator-alerts.ts';
import { readSessionLine } from '../src/objects/session-lines.ts';
import {
  AgentMessage,
  Answer,
  AttemptEvent,
  acceptsVersion,
  checkToken,
  EventBody,
  Request,
  readMachineEvent,
  StartAttempt,
} from '../src/protocol/index.ts';
import { readRegion } from '../src/recurrence/holidays.ts';
import { readCommandInput, readDay, readUntil } from '../src/recurrence/parse/command-input.ts';
import { hasSlashedDate, readDate } from '../src/recurrence/parse/dates.ts';
import { readDays } from '../src/recurrence/parse/days.ts';
import { readDuration, readEveryMinutes } from '../src/recurrence/parse/durations.ts';
import { readMoment } from '../src/recurrence/parse/moments.ts';
import { normaliseWords, withoutMarks } from '../src/recurrence/parse/normalise.ts';
import { readOptions } from '../src/recurrence/parse/options.ts';
import { readWhen } from '../src/recurrence/parse/phrases.ts';
import { readTimes } from '../src/recurrence/parse/times.ts';
import { formatCron, toCanonicalCron } from '../src/recurrence/print/cron.ts';
import { readQuietHours } from '../src/recurrence/quiet-hours.ts';
import { readCron } from '../src/recurrence/rule.ts';
import { findSimilarZones, readZone as readNamedZone } from '../src/recurrence/zone-names.ts';
import { readZone, zonesOfNumber } from '../src/recurrence/zones.ts';
import { ModelReader } from '../src/worker/model-gateway/model-name.ts';
import { UsageReader } from '../src/worker/model-gateway/usage-reader.ts';
import { renderAnswerPage } from '../src/worker/reading-page/document.ts';
import { escapeHtml } from '../src/worker/reading-page/escape.ts';
import { highlight } from '../src/worker/reading-page/highlighter.ts';
import { renderAnswer } from '../src/worker/reading-page/html.ts';
import { LANGUAGES } from '../src/worker/reading-page/languages.ts';
import { opened } from './fixtures/host-events.ts';
import { machine } from './hostile-machine.ts';
import { LARGE, type Row } from './hostile-shapes.ts';
import { simulator } from './hostile-simulator.ts';
import { Talk } from './pure/conversation.ts';

// Every function that reads, normalises or renders the text of a stranger, a person, an agent or a file, as a function
// of that text alone. Add a row for each new one.

const now = Date.UTC(2026, 10, 16, 9);

/** A webhook whose pull request has this title. */
const titled = (title: string): object => opened('2026-11-23T10:00:00Z', { title }).body;
const here = { now, zone: 'Europe/Berlin', clock: 24 } as const;
const SID = `SM${'a'.repeat(32)}`;
const ACCOUNT = `AC${'0'.repeat(32)}`;
const key = { d: 'A'.repeat(43) };
const account = {
  accountSid: ACCOUNT,
  user: ACCOUNT,
  password: 'x',
  apiUrl: 'https://api.twilio.com',
  messagingUrl: '',
  statusUrl: '',
  contentUrl: '',
};
const form = (change: Record<string, string>): Record<string, string> => ({
  AccountSid: ACCOUNT,
  MessageSid: SID,
  From: 'whatsapp:+15555550123',
  To: 'whatsapp:+15555550100',
  NumMedia: '0',
  Body: 'hello',
  ...change,
});

const url = 'https://relay.example.com/webhooks/twilio';
const signature = `${'A'.repeat(27)}=`;
const publicKey = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const tokenHead = btoa('{"alg":"EdDSA"}').replaceAll('=', '');

/** Before anything is known about the sender. */
const strangers: Record<string, Row> = {
  'a header': (text) => isSignature(text),
  'a form, its signature and what it says': (text) => {
    const read = parseForm(text);
    return read && [isSigned(url, read, signature, ['a', 'b']), isAmbiguous(read), parseInbound(read)];
  },
  'an update of Telegram and its secret': (text) => {
    const chat = { id: 7, type: 'private' };
    const from = { id: 7, first_name: text, last_name: text };
    const message = { message_id: 1, chat, from, text, quote: { text }, external_reply: {} };
    const told = {
      message_id: 1,
      chat,
      from,
      caption: `/start ${text}`,
      edit_date: 1,
      document: { file_id: 'a', file_name: text },
    };
    return [
      [readUpdate({ update_id: 1, message }, '1'), readUpdate({ update_id: 1, edited_message: told }, '1')],
      [readUpdate({ update_id: 1, message: { ...told, mime_type: text } }, '1'), isSecret(text, 'a')],
    ];
  },
  'a query': (text) => URL.canParse(`${url}?${text}`) && isSigned(`${url}?${text}`, {}, signature, ['a']),
  'the name and repository of a project': (text) => [
    [splitRepository(text), splitRepository(`shop ${text}`), splitRepository(`${text} a/b`)],
    [readLookUp(text), readLookUp(`new a.b/${text} c`), refuseScopes(text)],
  ],
  'the address of a repository': (text) => [
    [readRepositoryAddress(text), readRepositoryAddress(`https://${text}`), readRepositoryAddress(`git@${text}:a/b`)],
    [readRepositoryAddress(`git@a.b:${text}`), isHostName(text)],
  ],
  'a request to a git host': (text) => [
    readGitRequest('GET', text),
    readGitRequest('GET', `api.github.com/repos/a/b${text}`),
    readGitRequest('POST', `github.com/${text}.git/git-upload-pack`),
    [text, `{a(b:"${text}")}`, `{${text}}`, `#${text}`].map((query) => judgeGraphql({ query }, 'a/b')),
  ],
  'what a git host tells, and a diff': (text) => [
    readHostEvent('pull_request', titled(text), 'github.com', now),
    ['', 'diff --git ', 'diff --git "', 'diff --git a/x b/x\n@@ -1,9 +1,9 @@ '].map((before) =>
      readDiff(before + text),
    ),
    readDiff(`diff --git a/x b/x\n@@ -1,9 +1,99999999 @@\n+${text.replaceAll('\n', '\n+')}`),
    [shownCode(text), shownWords(text, 100), readPullWish(text), readPullWish(`merge ${text}#1`), readWatched(text)],
  ],
  'a push, and the host’s report on it': (text) => [
    readsPush(text),
    readsPush(`0100${text}`),
    readsPush(`${text.slice(0, 4)}`.padStart(4, 'f') + text),
  ],
  'a link': (text) => [openPageLink(text, key, now), openMediaLink(text, key, now)],
  'a token, a version': (text) => {
    const check = (token: string) => checkToken(token, [publicKey], 'model', now);
    return Promise.all([text, `${text}.a.b`, `${tokenHead}.${text}.b`, `${tokenHead}.e30.${text}`].map(check)).then(
      () => acceptsVersion(text),
    );
  },
  'the model of a request': (text) => [
    readsModel(text),
    readsModel(`{"a":${text},"model":"x"}`),
    readsModel(`{"model":"${text}`),
    readsModel(JSON.stringify({ messages: [text], model: text })),
  ],
  'the model’s usage in an answer': (text) => [
    readsUsage(text),
    readsUsage(`event: message_start\ndata: ${text}\n\n`),
    readsUsage(`data: {"type":"message_start","x":"${text}`),
  ],
};

function readsModel(body: string): string | undefined {
  const reader = new ModelReader();
  reader.read(new TextEncoder().encode(body));
  return reader.model;
}

/** In pieces of 50 bytes, as a slow network brings them. */
function readsPush(wire: string): unknown {
  const [push, report] = [new PushReader(), new ReportReader({ commands: [], capabilities: ['side-band-64k'] })];
  const bytes = new TextEncoder().encode(wire);
  let reading: unknown = null;
  for (let at = 0; at < bytes.length; at += 50) {
    reading ??= push.read(bytes.subarray(at, at + 50));
    report.read(bytes.subarray(at, at + 50));
  }
  return reading;
}

/** In pieces of 50 bytes, as a slow network brings them. */
function readsUsage(wire: string): unknown {
  const reader = new UsageReader('text/event-stream');
  const bytes = new TextEncoder().encode(wire);
  for (let at = 0; at < bytes.length; at += 50) reader.read(bytes.subarray(at, at + 50));
  return reader.result();
}

const channel: Record<string, Row> = {
  'every field of a webhook': (text) =>
    ['Body', 'From', 'To', 'MessageSid', 'NumMedia', 'OptOutType', 'ButtonPayload', 'ListId', 'MessageType', 'Label']
      .concat(['Address', 'Latitude', 'MediaUrl0', 'MediaContentType0', 'OriginalRepliedMessageSid', 'Forwarded', text])
      .map((name) => parseInbound(form({ NumMedia: '1', Latitude: '1', Longitude: '1', [name]: text }))),
  'a forwarded text, a document’s name': (text) => [
    parseInbound(form({ Body: text, Forwarded: 'true' })),
    readContent({ MessageType: 'document', MediaUrl0: 'https://a.b', MediaContentType0: 'text/plain' }, text, 1),
  ],
  'a status callback': (text) =>
    ['MessageSid', 'MessageStatus', 'To', 'AccountSid', 'ErrorCode']
      .map((name) => parseStatus(form({ MessageStatus: 'sent', [name]: text }), `${'0'.repeat(26)}.1`))
      .concat(parseStatus(form({ MessageStatus: 'sent' }), text)),
  'a list of messages': (text) =>
    readPage({
      messages: ['sid', 'direction', 'from', 'body', 'num_media', 'date_created'].map((name) => ({
        ...{ sid: SID, direction: 'inbound', from: '+1', to: '+1', body: 'a', num_media: '0', date_created: 'now' },
        [name]: text,
      })),
    }),
  'addresses and types': (text) => [
    [readNumber(text), readType(text), optOutOf(text, '+1', text), describeListed(text, 1)],
    [mediaAddressOf(account, text), redirectTarget(text, url, true), redirectTarget(`https://${text}`, url, true)],
    [foldNumber(text), isAllowed(text, ['+15555550123'], false), isAllowed(text, [], true), locationHintOf(text)],
  ],
  'an answer of Twilio': (text) => [
    classifyAnswer(200, text, text),
    findCandidates(
      [{ sid: SID, body: text, date_created: text, direction: 'outbound', status: text, num_media: text }],
      {
        body: text,
        template: null,
        createdAt: 0,
      },
    ),
  ],
  buttons: (text) => [
    buttonsOf({ question: text, text, items: [{ id: text, title: text }] }),
    keyboardOf([{ id: text, title: text }]),
    [readChoiceId(text), readAskedChoice(text), readReminderWord(text), readReminderChoice(text)],
  ],
  'a refusal of Telegram': (text) => readRefusal(400, { error_code: 400, description: text }),
  'an error text of Fly': (text) => classifyFailure('app', { status: 422, text, retryAfter: text }, true),
  'an alert': (text) => redact(text),
  'a line of a transcript': (text) => [
    readSessionLine(text),
    readSessionLine(
      JSON.stringify({ position: 1, entry: { type: 'user', timestamp: text, message: { content: text } } }),
    ),
  ],
  'a file that is sent': (text) => howToSend({ type: text, size: 1 }),
};

/** Longer answers are not formatted: the parser is slowest just below this length. */
const FORMATTED = 48_000;

const languages = LANGUAGES.map(({ names }) => names.split(' ')[0] ?? '');

/** What an agent answers. */
const renderers: Record<string, Row> = {
  'an answer as messages': {
    work: (text) => toParts(text),
    size: FORMATTED,
    finds: ['- a', '- a\n- b\n', '<internal>', '`<internal>', '[a]: ', '> - ', '| a |\n|-|\n'],
  },
  'an answer cut into messages': (text) => splitText(text, 1500),
  'an answer cut into very short messages': (text) => splitText(text.slice(0, text.length / 8), 30),
  'an answer without what is internal': (text) => [removeInternal(text), removeInternal(`<internal>${text}`)],
  'marks and entities': (text) => [spansOf(text), isVisible(text), decodeEntities(text)],
  'a text with Telegram’s entities': {
    work: (text) => renderText(text),
    finds: ['> ', '```\na', '*https://', 'https://a ', '*a*\n'],
  },
  'a reading page': (text) =>
    renderAnswerPage(renderAnswer(text), {
      createdAt: now,
      expiresAt: now,
      chat: 'https://wa.me/15555550100',
      assistant: text,
      project: text,
    } as never),
  'code on a reading page': {
    size: LARGE / 4,
    work: (text) => languages.map((language) => highlight(text, language)),
    finds: ['"', "'", '`', '/*', '"\\"', '=/', '=/[', '<!--', '\\', '"a" ', '${', "b'", 'r#"', '@', '#', 'a:'],
  },
  escaped: escapeHtml,
};

const options = { kind: 'ask', options: ['Red', 'Blue'] as readonly string[] } as Question;

const PEM = { begin: `-----BEGIN PRIVATE ${'KEY'}-----\n`, end: `-----END PRIVATE ${'KEY'}-----` };
const words: Record<string, Row> = {
  'a text': (text) => [
    readText(text, { isRunning: true, isDeep: true, optOutWords: false, options: [text.slice(0, 20), 'Blue'] }),
    readText(`/${text}`, { isRunning: true, optOutWords: false, options: [] }),
    [readDollars(text), readBudget(text), readBudget(`10 a day in ${text}`)],
    [readJoin(text), readJoin(`JOIN ${text}`), readCode(text), readName(text)],
    WISH_NAMES.map((name) => [
      readWish(name, text),
      readWish(name, `3 ${text}`),
      readWish(name, `guest budget ${text}`),
    ]),
    [parseCommand(`/remind ${text}`), readMachineCommand(`/a ${text}`), readMachineCommand(`/a${text}`)],
  ],
  'keys in a text': {
    work: (text) => [removeKeys(text), removeKeys(`${PEM.begin}${text}`), removeKeys(`${text}${PEM.end}`)],
    finds: [
      ...[
        PEM.begin,
        PEM.end,
        `${PEM.begin}${'a'.repeat(24)} `,
        '-----BEGIN ',
        '-----BEGIN A B ',
        '\\n',
        'a'.repeat(24),
      ],
      ...[
        'sk-ant-',
        'sk-proj-',
        'ghp_',
        'ghs_a.',
        'glpat-',
        'xoxb-',
        'SG.',
        `SG.${'a'.repeat(22)}.`,
        '12345678:AA',
        'AC',
      ],
      ...[`AK${'IA'}${'A'.repeat(16)} `, `AK${'IA'}${'A'.repeat(16)} ${'aB'.repeat(20)} `, 'aws_secret_access_key = "'],
    ],
  },
  'what says yes, no or stop': (text) => [
    [readConsent(text), readConsent(`yes ${text}`), readConsent(`${text} no`)],
    [saysStop(text), saysStop(`stop ${text}`), withoutPoliteness(text), withoutPoliteness(`please ${text}`)],
  ],
  'words of a command': (text) => [
    [readFilesRequest(text), readFilesRequest(`send ${text}`), readTarget(text), readTarget(`1 ${text}`)],
    [pickByNameOrNumber([{ n: 'a' }], text, ({ n }) => n), readLabel(text), keyOfLabel(text)],
    [judgeEnding(text), judgeEnding(text.slice(0, 199))],
    [readHelp(text), saysOnlyConsent(text), findNearest(text, [text, 'schedules']), findNearest('schedule', [text])],
    [findSaidOption(options, text), findSaidOption({ ...options, options: [text, 'Blue'] }, 'blue')],
    newProjectId(
      text,
      () => 'abcd',
      () => false,
    ),
  ],
  'words of another': (text) => [
    [quote('[Header]', text), shorten(text, 100), toOneLine(text, 200)],
    [ownWordsOf(text), ownWordsOf(`[a]\n> ${text}`), packText(text)],
  ],
  'a file of a message': (text) => {
    const file = { ...INBOUND, name: text, type: text, note: text, transcript: text } as unknown as InboundFile;
    return [senderNameOf(file), toAgentMessage({ ...MESSAGE, text } as never, [file])];
  },
  'a schedule command': (text) =>
    (['schedule', 'remind', 'standup'] as const).map((command) => readCommandInput(command, text)),
  'a wish with words around it': (text) => [
    [readCommandInput('remind', `in 20 minutes ${text}`), readCommandInput('schedule', `every day at 9: ${text}`)],
    [
      readCommandInput('schedule', `${text}: x`),
      readCommandInput('schedule', `every day for ${text}: x`),
      readCommandInput('remind', `me ${text}`),
    ],
    [
      readCommandInput('schedule', `every day check \`${text}\`: x`),
      readOptions(`every day for ${text}`.slice(0, 2500)),
    ],
  ],
  'a when': (text) => [
    [readWhen(text, here), readWhen(`every ${text}`, here), readWhen(`in ${text}`, here), readUntil(text, here)],
    [readDay(text, here), readWhen(`every 2 weeks from ${text}`, here), readMoment(normaliseWords(text) ?? '', here)],
  ],
  'parts of a when': (text) => [
    [normaliseWords(text), withoutMarks(text), readOptions(text), hasSlashedDate(text)],
    [readDays(text), readDays(`every ${text}`), readDuration(text), readEveryMinutes(text), readCron(text)],
    [readCron(`${text} * * * *`), toCanonicalCron(text), formatCron(text, 24), readTimes(text.split(' '))],
    readDate(text, { year: 2026, month: 11, day: 16 }),
  ],
  'zones, regions, hours': (text) => [
    readZone(text),
    isZone(text),
    zonesOfNumber(text),
    readRegion(text),
    readQuietHours(text),
    [readNamedZone(text), findSimilarZones(text), readHolidays(text)],
  ],
  'what is shown of something to consent to': (text) => [
    // Without marked ends: “what an agent wants to do”.
    makeVisible(text, true),
    [findLookalikes(text), runsBackwards(text)],
  ],
};

const INBOUND = { message: 1, n: 0, state: 'ready', size: 1, url: '', tries: 0 };
const MESSAGE = { seq: 1, uuid: '00000000-0000-4000-8000-000000000001', action: null, state: 'active', attachments: 1 };

const COMMANDS =
  `new|project|project new|project rename a >|sessions|model|assistant|assistant name|assistant tone|btw|approve|deny|
approvals|approvals revoke|files|files send|schedule|remind|standup|schedules|pause 1|pause 1 until|skip 1|cancel|run|timezone|quiet|queue|
verbose|memory|stop|nosuch`.split(/\s*\|\s*/);

/** The renderers have rows above: here an answer is only cut. */
class Cut extends Talk {
  override context() {
    return { ...super.context(), parts: (text: string) => text.match(/[\s\S]{1,1500}/g) ?? [] };
  }
}

const idle = new Cut();
const asked = new Cut();
asked.text('please');
asked.taken();
asked.machine({
  type: 'request',
  request_id: 'toolu_1',
  request: { kind: 'approve', tool: 'Bash', summary: 'rm notes.md', rule: 'Bash(rm:*)' },
});
asked.state = { ...asked.state, replies: asked.state.replies.map((reply) => ({ ...reply, state: 'sent' })) };

/** Even a short answer is too long for a chat here, so that short and long answers take the same path. */
const working = new Cut(0, { maxParts: 1 });
const { uuid } = working.text('please');
working.taken();
const answered = { type: 'result' as const, is_error: false, user_message_uuids: [uuid], cost_usd: 0 };
const requested = (talk: Talk, request: Request) =>
  from(talk, () => talk.machine({ type: 'request', request_id: 'toolu_2', request }));

const from = (talk: Talk, work: (talk: Talk) => unknown) => {
  const { state } = talk;
  try {
    return work(talk);
  } finally {
    talk.state = state;
  }
};

/** The longest text of a request. */
const ASKED = 4000;

const conversation: Record<string, Row> = {
  'a text in a conversation': (text) => from(idle, (talk) => talk.text(text)),
  'a text while a question is open': (text) =>
    from(asked, (talk) => talk.text((text.codePointAt(0) ?? 0) % 2 === 0 ? text : `yes ${text}`)),
  // Each shape after one of them; the functions that read the words have rows above.
  'every command': (text) => {
    const name =
      COMMANDS[[...text.slice(0, 8)].reduce((sum, sign) => sum + (sign.codePointAt(0) ?? 0), 0) % COMMANDS.length];
    return from(idle, (talk) => talk.text(`/${name} ${text}`));
  },
  'a text that is found late, or quotes one': (text) =>
    from(idle, (talk) => {
      const { providerId } = talk.text(text, 0, { late: true });
      talk.text('what of this?', 0, { quoted: providerId });
      return talk.text(text, 0, { quoted: providerId, late: true, receivedAt: talk.now - 180_000 });
    }),
  'an answer in a conversation, and the rest of it': {
    size: FORMATTED,
    work: (text) =>
      from(working, (talk) => {
        talk.machine({ ...answered, text });
        return talk.text('/more');
      }),
  },
  'an answer with a summary, and progress': {
    size: FORMATTED,
    work: (text) =>
      from(working, (talk) => {
        talk.machine({ type: 'progress', text });
        return talk.machine({ ...answered, text, summary: text.slice(0, 1000) });
      }),
  },
  'what an agent says and asks': {
    size: ASKED,
    work: (text) => [
      requested(working, { kind: 'send_message', text }),
      requested(working, { kind: 'ask', question: text, options: [text.slice(0, 200), 'Blue'] }),
      requested(working, { kind: 'propose_deep', reason: text.slice(0, 1000) }),
    ],
  },
  'what an agent wants to do': {
    size: FORMATTED,
    work: (shown) => {
      const [tool, summary, rule] = [shown.slice(0, 200), shown.slice(0, 4000), shown.slice(0, 900)];
      return requested(working, { kind: 'approve', tool, summary, rule, does: 'run', shown, always: true });
    },
  },
  'a schedule that an agent makes': (text) =>
    requested(working, {
      kind: 'schedule',
      wish: { op: 'create', does: 'agent', when: text.slice(0, 300), text } as never,
    }),
};

/** Of a stream. */
const PIECE = 16;

const protocol: Record<string, Row> = {
  'what a machine tells': (text) => [
    ...['result', 'progress', 'ended', 'request', text].map((type) =>
      EventBody.safeParse({ type, text, reason: text, request_id: text, request: { kind: 'ask', question: text } }),
    ),
    [AttemptEvent.safeParse({ attempt: text, journal: text, seq: 1 }), readMachineEvent({ event: { type: text } })],
  ],
  'a stream of events, in small pieces': async (text) => {
    const bytes = new TextEncoder().encode(`data: ${text}`);
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(at, at + PIECE));
        at += PIECE;
      },
    });
    for await (const _ of openEvents(body).items);
  },
  'what a machine is told': (text) => [
    AgentMessage.safeParse({ uuid: text, text, action: text, files: [{ id: text, name: text, type: text }] }),
    StartAttempt.safeParse({ project: text, session_id: text, messages: [{ uuid: text, text }], model: text }),
    [Answer.safeParse({ kind: 'text', text }), Request.safeParse({ kind: 'ask', question: text, options: [text] })],
    Request.safeParse({
      kind: 'schedule',
      wish: { op: 'create', when: text, task: text, holidays: text, check: text },
    }),
  ],
};

export const TABLE: Record<string, Record<string, Row>> = {
  ...{ strangers, channel, renderers, words, conversation, protocol },
  ...{ machine, simulator },
};
