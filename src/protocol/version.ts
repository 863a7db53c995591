// The number both sides name. Each understands its own version and the one before, and what a version adds, the one before
// can do without, so that relay and machine can be upgraded one after the other, in either order.

export const PROTOCOL_VERSION = 1;
const FIRST_VERSION = 1;
export const ACCEPTED_VERSIONS: readonly number[] = [PROTOCOL_VERSION, PROTOCOL_VERSION - 1].filter(
  (version) => version >= FIRST_VERSION,
);

/** Request header that carries the versions the relay speaks, as decimal numbers with commas between; one suffices. */
export const PROTOCOL_HEADER = 'roost-protocol';
export const SPOKEN_VERSIONS = ACCEPTED_VERSIONS.join(', ');

/** Request header of `GET …/events`: a fresh model token, so that a long attempt never runs on an expired one. */
export const MODEL_TOKEN_HEADER = 'roost-model-token';

/** Response header of every machine answer: the id of the machine's journal (design invariant 7). */
export const JOURNAL_HEADER = 'roost-journal';

/** Request header of `PUT /attempts`: the journal the relay believes in; another one is refused with `other_journal`. */
export const EXPECT_JOURNAL_HEADER = 'roost-expect-journal';

/** Request header of `PUT /files/{id}`: the name the sender gave it, percent-encoded. */
export const FILE_NAME_HEADER = 'roost-file-name';

export function acceptsVersion(header: string | null | undefined): boolean {
  if (header == null || !/^\d{1,4}(, ?\d{1,4}){0,3}$/.test(header)) return false;
  return header.split(',').some((version) => ACCEPTED_VERSIONS.includes(Number(version)));
}
