// The protocol version. Each side understands its own version and the previous one, and works without what a new
// version adds. So relay and machine can be upgraded one after the other, in either order.

export const PROTOCOL_VERSION = 1;
const FIRST_VERSION = 1;
export const ACCEPTED_VERSIONS: readonly number[] = [PROTOCOL_VERSION, PROTOCOL_VERSION - 1].filter(
  (version) => version >= FIRST_VERSION,
);

/** Request header with the versions that the relay speaks, as decimal numbers with commas between; one is enough. */
export const PROTOCOL_HEADER = 'roost-protocol';
export const SPOKEN_VERSIONS = ACCEPTED_VERSIONS.join(', ');

/** Request header of `GET …/events`: a fresh model token, so that a long attempt never runs on an expired one. */
export const MODEL_TOKEN_HEADER = 'roost-model-token';

/** Request header of `GET …/events`: a fresh token for `/connect/*`, if the attempt began with one. */
export const CONNECT_TOKEN_HEADER = 'roost-connect-token';

/** Response header of every answer of a machine: the id of its journal. */
export const JOURNAL_HEADER = 'roost-journal';

/**
 * Request header of `PUT /attempts`: the journal that the relay knows. A machine with another one refuses with
 * `other_journal`.
 */
export const EXPECT_JOURNAL_HEADER = 'roost-expect-journal';

/** Request header of `PUT /files/{id}`: the sender's name for the file, percent-encoded. */
export const FILE_NAME_HEADER = 'roost-file-name';

export function acceptsVersion(header: string | null | undefined): boolean {
  if (header == null || !/^\d{1,4}(, ?\d{1,4}){0,3}$/.test(header)) return false;
  return header.split(',').some((version) => ACCEPTED_VERSIONS.includes(Number(version)));
}
