/** A media type without parameters, in lower case. */
export const bareTypeOf = (type: string): string => type.split(';')[0]?.trim().toLowerCase() ?? '';

/** The same of a type that others sent; null when it is missing or malformed. */
export function readType(type: string | undefined): string | null {
  const bare = bareTypeOf(type ?? '');
  return /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(bare) ? bare : null;
}
