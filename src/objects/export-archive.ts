import { crc32 } from 'node:zlib';
import type { ExportEntry } from './stores/export-store.ts';
import { layOut, render, type Segment, segmentsIn, type ZipLayout } from './zip-layout.ts';

// The bytes of one part of the archive of /export: records made here, data read from the buckets. Needs the memory of
// one part, however large the archive is.

/** R2 takes parts of one size, from 5 MiB; 10,000 of them. */
export const PART_BYTES = 8 * 2 ** 20;
export const PARTS_MAX = 10_000;

/** A file of the archive is no longer what it was when it was listed. */
export class Changed extends Error {}

export type Archive = {
  layout: ZipLayout;
  entries: readonly ExportEntry[];
  headers: readonly number[];
  directory: { count: number; at: number; end: number };
  madeAt: number;
};

export function archiveOf(entries: readonly ExportEntry[], madeAt: number): Archive {
  const layout = layOut(entries);
  const headers = layout.segments.filter(({ kind }) => kind === 'header').map(({ at }) => at);
  const end = layout.segments.at(-1)?.at ?? 0;
  const at = layout.segments.find(({ kind }) => kind === 'record')?.at ?? end;
  return { layout, entries, headers, directory: { count: entries.length, at, end }, madeAt };
}

export const countParts = ({ layout }: Archive): number => Math.ceil(layout.size / PART_BYTES);

/**
 * The bytes of the part, and the checksums of the files with data in it, up to its end. The entries have the checksums
 * up to the part before.
 */
export async function makePart(
  archive: Archive,
  number: number,
  buckets: { media: R2Bucket; archive: R2Bucket | null },
): Promise<{ bytes: Uint8Array; crcs: Map<string, number> }> {
  const { layout, entries } = archive;
  const from = (number - 1) * PART_BYTES;
  const to = Math.min(layout.size, from + PART_BYTES);
  const bytes = new Uint8Array(to - from);
  const crcs = new Map<string, number>();
  for (const segment of segmentsIn(layout, from, to)) {
    const [begin, end] = [Math.max(from, segment.at), Math.min(to, segment.at + segment.length)];
    const entry = entries[segment.file];
    const crc = (entry && crcs.get(entry.name)) ?? entry?.crc ?? 0;
    if (segment.kind === 'data' && entry) {
      const data = await readRange(buckets[entry.bucket], entry, begin - segment.at, end - begin);
      crcs.set(entry.name, crc32(data, crc));
      bytes.set(data, begin - from);
    } else {
      const made = renderSegment(archive, segment, crc);
      bytes.set(made.subarray(begin - segment.at, end - segment.at), begin - from);
    }
  }
  return { bytes, crcs };
}

function renderSegment({ entries, headers, directory, madeAt }: Archive, segment: Segment, crc: number): Uint8Array {
  const { name = '', size = 0 } = entries[segment.file] ?? {};
  const written = { name, size, headerAt: headers[segment.file] ?? 0, crc };
  return render(segment, written, madeAt, directory);
}

async function readRange(
  bucket: R2Bucket | null,
  { objectKey, etag }: ExportEntry,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const object = await bucket?.get(objectKey, { range: { offset, length } });
  if (!object || object.etag !== etag) throw new Changed('a file of the copy has changed or gone');
  return new Uint8Array(await object.arrayBuffer());
}
