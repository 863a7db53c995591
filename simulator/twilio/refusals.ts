// Every refusal of Twilio's REST API that the product can meet, as one table; failures.ts has those that arrive later,
// in a status callback. Codes are Twilio's, the sentences are ours. `source` is a page of Twilio's documentation;
// `assumed` marks an HTTP status that this page does not state.

export type RefusalRow = {
  code: number;
  /** Null: it arrives in a status callback, after the message has been accepted. */
  http: number | null;
  message: string;
  when: string;
  source: string;
  assumed?: true;
};

const create = 'docs messaging/api/message-resource';

export const REFUSALS = [
  {
    code: 20001,
    http: 400,
    message: 'A parameter of this request is unknown or malformed.',
    when: 'A parameter is not documented or not played here, is given twice, or is not of its type. Stricter than Twilio, which ignores unknown parameters.',
    source: 'docs api/errors/20001',
  },
  {
    code: 20003,
    http: 401,
    message: 'Authenticate: the account SID or the auth token is wrong.',
    when: 'HTTP Basic credentials are missing or wrong.',
    source: 'docs api/errors/20003',
  },
  {
    code: 20004,
    http: 405,
    message: 'This resource does not support this method.',
    when: 'The resource exists, the method does not.',
    source: 'docs api/errors/20004',
    assumed: true,
  },
  {
    code: 20007,
    http: 400,
    message: 'The page size is above 1000.',
    when: 'PageSize is above 1000.',
    source: 'docs api/errors/20007',
    assumed: true,
  },
  {
    code: 20009,
    http: 409,
    message: 'The message is still under way and cannot be deleted or redacted yet.',
    when: 'A queued message is deleted or redacted.',
    source: create,
    assumed: true,
  },
  {
    code: 20404,
    http: 404,
    message: 'The requested resource was not found.',
    when: 'The message, the media, the path or the account in the path is unknown.',
    source: 'docs api/errors/20404',
  },
  {
    code: 20422,
    http: 400,
    message: 'A parameter of this request does not make sense here.',
    when: 'A redaction names a Body that is not empty, the typing indicator a channel or message that is not WhatsApp, or a send has both Body and content.',
    source: 'docs api/errors/20422',
    assumed: true,
  },
  {
    code: 20429,
    http: 429,
    message: 'Too many requests at the same time.',
    when: 'The fault `refuse` is switched on.',
    source: 'docs api/errors/20429',
  },
  {
    code: 20500,
    http: 500,
    message: 'Internal server error.',
    when: 'The fault `errorBeforeAccepting` or `errorAfterAccepting` is switched on.',
    source: 'docs api/errors/20500',
    assumed: true,
  },
  {
    code: 20503,
    http: 503,
    message: 'The service is not available.',
    when: 'The fault `errorBeforeAccepting` or `errorAfterAccepting` is switched on.',
    source: 'docs api/errors/20503',
    assumed: true,
  },
  {
    code: 21211,
    http: 400,
    message: "The 'To' address is not a valid phone number.",
    when: 'To has not the shape of an address.',
    source: 'docs api/errors/21211',
  },
  {
    code: 21212,
    http: 400,
    message: "The 'From' address is not a valid phone number.",
    when: 'From has not the shape of an address.',
    source: 'docs api/errors/21212',
  },
  {
    code: 21266,
    http: 400,
    message: "'To' and 'From' are the same.",
    when: 'To equals From.',
    source: 'docs api/errors/21266',
    assumed: true,
  },
  {
    code: 21402,
    http: 400,
    message: 'The URL is not valid.',
    when: 'SmsUrl or SmsFallbackUrl of a phone number is not an absolute http(s) URL, or its host has an underscore.',
    source: 'docs api/errors/21402',
    assumed: true,
  },
  {
    code: 21403,
    http: 400,
    message: 'The method is not valid.',
    when: 'SmsMethod or SmsFallbackMethod of a phone number is neither GET nor POST.',
    source: 'docs api/errors/21403',
    assumed: true,
  },
  {
    code: 21481,
    http: 400,
    message: 'The page token is not valid.',
    when: 'A page other than the first is asked for without a token this list gave out. Stricter than Twilio.',
    source: 'docs api/errors/21481',
    assumed: true,
  },
  {
    code: 21603,
    http: 400,
    message: "A 'From' is required.",
    when: 'From is missing.',
    source: 'docs api/errors/21603',
  },
  {
    code: 21604,
    http: 400,
    message: "A 'To' is required.",
    when: 'To is missing.',
    source: 'docs api/errors/21604',
    assumed: true,
  },
  {
    code: 21606,
    http: 400,
    message: "The 'From' number does not belong to this account.",
    when: 'From is a phone number that is not ours.',
    source: 'docs api/errors/21606',
    assumed: true,
  },
  {
    code: 21609,
    http: 400,
    message: "The 'StatusCallback' is not a valid URL.",
    when: 'StatusCallback is not an absolute http(s) URL, or its host has an underscore. Loopback hosts are accepted here.',
    source: 'docs api/errors/21609',
    assumed: true,
  },
  {
    code: 21610,
    http: 400,
    message: 'The recipient has opted out.',
    when: 'The person has sent STOP to this SMS sender and not START since.',
    source: 'docs api/errors/21610',
    assumed: true,
  },
  {
    code: 21611,
    http: 400,
    message: "The queue of this 'From' is full.",
    when: 'The fault `refuse` is switched on.',
    source: 'docs api/errors/21611',
    assumed: true,
  },
  {
    code: 21612,
    http: 400,
    message: "This 'From' cannot send to this 'To'.",
    when: 'One of From and To is WhatsApp and the other is not.',
    source: 'docs api/errors/21612',
    assumed: true,
  },
  {
    code: 21617,
    http: 400,
    message: 'The body is longer than 1600 characters.',
    when: 'Body has more than 1600 UTF-16 units.',
    source: 'docs api/errors/21617',
    assumed: true,
  },
  {
    code: 21619,
    http: 400,
    message: 'A body, a media URL or a content SID is required.',
    when: 'None of Body, MediaUrl and ContentSid is given.',
    source: 'docs api/errors/21619',
    assumed: true,
  },
  {
    code: 21620,
    http: 400,
    message: 'A media URL is not valid.',
    when: 'A MediaUrl is not an absolute http(s) URL.',
    source: 'docs api/errors/21620',
    assumed: true,
  },
  {
    code: 21623,
    http: 400,
    message: 'More than 10 media files.',
    when: 'MediaUrl is given more than ten times.',
    source: 'docs api/errors/21623',
    assumed: true,
  },
  {
    code: 21624,
    http: 400,
    message: 'The validity period is not between 1 and 36000 seconds.',
    when: 'ValidityPeriod is outside 1 to 36000.',
    source: create,
    assumed: true,
  },
  {
    code: 21655,
    http: 400,
    message: 'The content SID is not valid.',
    when: 'ContentSid names no template and no content of this account, or content with choices is sent by SMS.',
    source: 'docs api/errors/21655',
    assumed: true,
  },
  {
    code: 21656,
    http: 400,
    message: 'The content variables are not valid.',
    when: 'ContentVariables is not a JSON object of strings.',
    source: 'docs api/errors/21656',
    assumed: true,
  },
  {
    code: 21701,
    http: 400,
    message: 'The Messaging Service does not exist.',
    when: 'MessagingServiceSid is given; this account has none.',
    source: 'docs api/errors/21701',
    assumed: true,
  },
  {
    code: 30409,
    http: 400,
    message: 'This message cannot be canceled.',
    when: 'Status=canceled; only scheduled messages can be canceled and there are none here.',
    source: create,
    assumed: true,
  },
  {
    code: 63007,
    http: 400,
    message: "There is no WhatsApp sender with this 'From' address.",
    when: 'From is a WhatsApp address that is not ours.',
    source: 'docs api/errors/63007',
    assumed: true,
  },
  {
    code: 92005,
    http: 400,
    message: 'Content variables need a content SID.',
    when: 'ContentVariables is given without ContentSid.',
    source: 'docs api/errors/92005',
    assumed: true,
  },
  {
    code: 92009,
    http: 400,
    message: 'This content has been submitted for approval before.',
    when: 'Approval is asked for a second time.',
    source: 'docs api/errors/92009',
    assumed: true,
  },
] as const satisfies readonly RefusalRow[];

export type RefusalCode = (typeof REFUSALS)[number]['code'];

export function refusalRow(code: RefusalCode): RefusalRow & { http: number } {
  const row = REFUSALS.find((one) => one.code === code);
  if (!row) throw new Error(`no refusal ${code} in the table`);
  return row;
}
