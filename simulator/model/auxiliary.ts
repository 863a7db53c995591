import { personTexts } from './conversation.ts';
import type { ModelRequest } from './messages-api.ts';

// Claude Code also makes small requests without tools: a title, the topic, words in a given JSON form. They get a short
// valid answer that no person sees. Pure.

/** The answer to such a request, or null for a person's request. */
export function auxiliaryAnswer(request: ModelRequest): string | null {
  if (request.max_tokens === 1) return 'OK';
  const schema = answerSchema(request.output_config);
  const title = titleOf(personTexts(request));
  if (schema !== null) return JSON.stringify(filled(schema, title));
  if ((request.tools ?? []).length > 0) return null;
  const asked = plain(request.system);
  if (/isNewTopic/.test(asked)) return JSON.stringify({ isNewTopic: true, title });
  if (/\btitle\b/i.test(asked)) return /JSON/i.test(asked) ? JSON.stringify({ title }) : title;
  return null;
}

function titleOf(texts: readonly string[]): string {
  const words = (texts.at(-1) ?? '').replace(/<[^<>]*>/g, ' ').match(/[\p{L}\p{N}'-]+/gu) ?? [];
  return words.slice(0, 5).join(' ') || 'Conversation';
}

const plain = (system: ModelRequest['system']): string =>
  typeof system === 'string' ? system : (system ?? []).map((block) => block.text ?? '').join('\n');

function answerSchema(config: unknown): unknown {
  if (!isRecord(config) || !isRecord(config.format)) return null;
  return config.format.type === 'json_schema' ? config.format.schema : null;
}

/** The simplest value of a JSON schema, with `title` for text fields. */
function filled(schema: unknown, title: string): unknown {
  if (!isRecord(schema)) return title;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.type === 'object') {
    const properties = isRecord(schema.properties) ? schema.properties : {};
    return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, filled(inner, title)]));
  }
  if (schema.type === 'array') return [];
  if (schema.type === 'boolean') return false;
  if (schema.type === 'number' || schema.type === 'integer') return 0;
  return schema.type === 'null' ? null : title;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
