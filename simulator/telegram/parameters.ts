import * as z from 'zod';
import { Refusal } from './refusals.ts';

// The parameters of a method: from the address, a form, JSON or multipart, as Telegram takes them. A value of a form may
// be the JSON of what JSON would have there.

export type Upload = { name: string | null; mimeType: string; bytes: Uint8Array };
export type Given = { values: Record<string, unknown>; uploads: Map<string, Upload> };

export async function readParameters(request: Request): Promise<Given> {
  const values: Record<string, unknown> = Object.fromEntries(new URL(request.url).searchParams);
  const uploads = new Map<string, Upload>();
  const type = request.headers.get('content-type') ?? '';
  if (/^application\/json\b/.test(type)) {
    const body: unknown = await request.json().catch(() => null);
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new Refusal('parameter', 'the body is not a JSON object');
    Object.assign(values, body);
  } else if (/^(multipart\/form-data|application\/x-www-form-urlencoded)\b/.test(type)) {
    const form = await request.formData().catch(() => null);
    if (!form) throw new Refusal('parameter', 'the form is malformed');
    for (const [name, value] of form) {
      if (typeof value === 'string') values[name] = value;
      else
        uploads.set(name, {
          name: value.name || null,
          mimeType: value.type || 'application/octet-stream',
          bytes: new Uint8Array(await value.arrayBuffer()),
        });
    }
  }
  return { values, uploads };
}

/** The file of a parameter, if it was uploaded: in a part of that name, or in the one that `attach://` names. */
export function uploadOf({ values, uploads }: Given, name: string): Upload | null {
  const value = values[name];
  const attached = typeof value === 'string' ? /^attach:\/\/(.+)$/.exec(value)?.[1] : undefined;
  return uploads.get(attached ?? name) ?? null;
}

const fromJson = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

export const integer = z.preprocess(
  (value) => (typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value),
  z.int(),
);
export const flag = z.preprocess(
  (value) => (value === 'true' || value === 'True' ? true : value === 'false' || value === 'False' ? false : value),
  z.boolean(),
);
export const json = <T extends z.ZodType>(schema: T) => z.preprocess(fromJson, schema);

/** Throws the Refusal for the first thing that is wrong. */
export function check<T extends z.ZodType>(schema: T, values: Record<string, unknown>): z.output<T> {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  if (path === 'chat_id') throw values.chat_id === undefined ? new Refusal('noChatId') : new Refusal('noChat');
  if (path === 'text' && values.text === undefined) throw new Refusal('noText');
  if (path.startsWith('reply_markup')) throw new Refusal('keyboard', issue?.message);
  if (/entities/.test(path)) throw new Refusal('entities', `${path}: ${issue?.message}`);
  throw new Refusal('parameter', `${path === '' ? '' : `${path}: `}${issue?.message}`);
}
