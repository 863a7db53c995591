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

/** Request header of `PUT /attempts`: the journal the relay believes in; another one is refused with `other_journal`. */
export const EXPECT_JOURNAL_HEADER = 'roost-expect-journal';

/** Request header of `PUT /files/{id}`: the name the sender gave it, percent-encoded. */
export const FILE_NAME_HEADER = 'roost-file-name';

export function acceptsVersion(header: string | null | undefined): boolean {
  return header != null && /^\d{1,4}$/.test(header) && ACCEPTED_VERSIONS.includes(Number(header));
}
