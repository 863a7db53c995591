// The number both sides name in every request. Each side accepts the current and the previous one, so that relay and
// machine can be upgraded one after the other.

export const PROTOCOL_VERSION = 1;
export const ACCEPTED_VERSIONS: readonly number[] = [1];

/** Request and response header that carries the protocol version, as a decimal number. */
export const PROTOCOL_HEADER = 'roost-protocol';

/** Request header of `GET …/events`: a fresh model token, so that a long attempt never runs on an expired one. */
export const MODEL_TOKEN_HEADER = 'roost-model-token';

/** Response header of every machine answer: the id of the machine's journal (design invariant 7). */
export const JOURNAL_HEADER = 'roost-journal';

export function acceptsVersion(header: string | null | undefined): boolean {
  return header != null && /^\d{1,4}$/.test(header) && ACCEPTED_VERSIONS.includes(Number(header));
}
