import * as z from 'zod';

// The Messages API as clients see it: the shape of requests and errors, and how both are checked. Deliberately loose:
// fields that this stand-in does not read pass unchanged. Holds no state.

const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  tool_use_id: z.string().optional(),
  is_error: z.boolean().nullish(),
  content: z.unknown().optional(),
  source: z.looseObject({ data: z.string().optional() }).optional(),
});
const content = z.union([z.string(), z.array(block)]);
// Claude Code uses `system` inside `messages` to tell newer models what happened in the middle of a conversation.
const message = z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content });

const countedRequest = z.looseObject({
  model: z.string().min(1),
  messages: z.array(message).min(1, 'at least one message is required'),
  system: content.nullish(),
  tools: z.array(z.looseObject({ name: z.string().optional() })).nullish(),
  tool_choice: z.looseObject({ type: z.string() }).nullish(),
  output_config: z.looseObject({}).nullish(),
});
const messagesRequest = countedRequest.extend({
  max_tokens: z.number().int().positive(),
  stream: z.boolean().nullish(),
});

export type ContentBlock = z.infer<typeof block>;
export type ModelRequest = z.infer<typeof messagesRequest>;
export type CountedRequest = z.infer<typeof countedRequest>;

/** A refusal in the API's own shape. */
export type ApiFailure = { status: number; type: string; message: string; headers?: Record<string, string> };
export type Checked<T> = { ok: true; request: T } | { ok: false; failure: ApiFailure };

export const invalidRequest = (message: string): ApiFailure => ({
  status: 400,
  type: 'invalid_request_error',
  message,
});

export const errorBody = (failure: ApiFailure, requestId: string) => ({
  type: 'error' as const,
  error: { type: failure.type, message: failure.message },
  request_id: requestId,
});

// Claude Code sends 2023-06-01, Anthropic's newest client 2026-10-21, which refuses more request fields (sampling
// parameters, for example); this stand-in does not imitate those refusals.
const VERSIONS = ['2023-06-01', '2026-10-21'];

/** The headers every call must have; any key is accepted. */
export function checkHeaders(header: (name: string) => string | undefined): ApiFailure | null {
  const bearer = /^Bearer\s+\S/i.test(header('authorization') ?? '');
  if (!header('x-api-key')?.trim() && !bearer)
    return { status: 401, type: 'authentication_error', message: 'x-api-key header is required' };
  const version = header('anthropic-version');
  if (!version) return invalidRequest('anthropic-version: header is required');
  if (!VERSIONS.includes(version)) return invalidRequest(`anthropic-version: "${version}" is not a valid version`);
  return null;
}

const check =
  <T>(schema: z.ZodType<T>) =>
  (body: string): Checked<T> => {
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      return { ok: false, failure: invalidRequest('The request body is not valid JSON') };
    }
    const result = schema.safeParse(json);
    if (result.success) return { ok: true, request: result.data };
    const [issue] = result.error.issues;
    const path = issue?.path.join('.');
    return {
      ok: false,
      failure: invalidRequest(path ? `${path}: ${issue?.message}` : 'The request body is not an object'),
    };
  };

export const checkMessagesRequest = check<ModelRequest>(messagesRequest);
export const checkCountRequest = check<CountedRequest>(countedRequest);

/** A stable estimate of four characters per token, without a tokenizer. */
export const estimateTokens = (value: unknown): number =>
  Math.max(1, Math.ceil((typeof value === 'string' ? value : JSON.stringify(value)).length / 4));
