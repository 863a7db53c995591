// Compares a value with the part of an OpenAPI schema that says which fields there are and of which types. Pure.

export type Schema = {
  $ref?: string;
  type?: string | string[];
  nullable?: boolean;
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};

/** The differences, as "path: what"; `schemas` has what `$ref` names. */
export function differences(
  value: unknown,
  given: Schema,
  schemas: Readonly<Record<string, Schema>>,
  path = '',
): string[] {
  const schema = given.$ref === undefined ? given : (schemas[given.$ref] ?? {});
  const again = (one: unknown, of: Schema, at = path): string[] => differences(one, of, schemas, at);
  const choices = schema.oneOf ?? schema.anyOf;
  if (value === null) return mayBeNull(schema, schemas) ? [] : [`${path}: null`];
  if (choices) {
    const tried = choices.map((choice) => again(value, choice)).sort((a, b) => a.length - b.length);
    if (!schema.properties) return tried[0] ?? [];
  }
  const whole = (schema.allOf ?? []).flatMap((part) => again(value, part));
  const kind = kindOf(value);
  const kinds = schema.type === undefined ? null : [schema.type].flat();
  if (kinds && !kinds.includes(kind) && !(kind === 'integer' && kinds.includes('number')))
    return [...whole, `${path}: ${kind} instead of ${kinds.join(' or ')}`];
  if (schema.enum && !schema.enum.includes(value))
    whole.push(`${path}: ${JSON.stringify(value)} is none of the values`);
  if (Array.isArray(value)) return [...whole, ...value.flatMap((one) => again(one, schema.items ?? {}, `${path}[]`))];
  if (kind !== 'object') return whole;
  const fields = value as Record<string, unknown>;
  return [
    ...whole,
    ...(schema.required ?? []).flatMap((name) =>
      fields[name] === undefined
        ? [`${path}.${name}: missing`]
        : again(fields[name], schema.properties?.[name] ?? {}, `${path}.${name}`),
    ),
  ];
}

function mayBeNull(schema: Schema, schemas: Readonly<Record<string, Schema>>): boolean {
  const { nullable, type, $ref, enum: values } = schema;
  if (nullable || [type].flat().includes('null') || values?.includes(null)) return true;
  if ($ref !== undefined) return mayBeNull(schemas[$ref] ?? {}, schemas);
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return parts.length > 0 ? parts.some((part) => mayBeNull(part, schemas)) : type === undefined;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}
