// The layout of a ZIP archive whose files are stored as they are: with ZIP64 records, so that size and number have no
// limit in practice. All sizes are known before the first byte is written, so every byte has a known place and any part
// of the archive can be made by itself. A file's checksum follows its data. Pure: knows no bucket.

export type ZipFile = { name: string; size: number };
/** Where something stands in the archive. `file`: its index; the end belongs to no file. */
export type Segment = {
  kind: 'header' | 'data' | 'checksum' | 'record' | 'end';
  file: number;
  at: number;
  length: number;
};
export type ZipLayout = { segments: readonly Segment[]; size: number };

const HEADER = 30;
const HEADER_EXTRA = 20;
const CHECKSUM = 24;
const RECORD = 46;
const RECORD_EXTRA = 28;
const END = 56 + 20 + 22;
/** ZIP64 is needed to read it. */
const VERSION = 45;
const MADE_ON_UNIX = (3 << 8) | VERSION;
/** The checksum follows the data, and names are UTF-8. */
const FLAGS = 0x0808;
/** An ordinary file that its owner may read and write. */
const ATTRIBUTES = 0o100600 * 0x10000;
const IN_ZIP64 = 0xffffffff;

const bytesOf = (name: string): Uint8Array => new TextEncoder().encode(name);

export function layOut(files: readonly ZipFile[]): ZipLayout {
  const segments: Segment[] = [];
  let at = 0;
  const add = (kind: Segment['kind'], file: number, length: number): void => {
    if (length > 0) segments.push({ kind, file, at, length });
    at += length;
  };
  const names = files.map(({ name }) => bytesOf(name).length);
  for (const [n, { size }] of files.entries()) {
    add('header', n, HEADER + (names[n] ?? 0) + HEADER_EXTRA);
    add('data', n, size);
    add('checksum', n, CHECKSUM);
  }
  for (const n of files.keys()) add('record', n, RECORD + (names[n] ?? 0) + RECORD_EXTRA);
  add('end', -1, END);
  return { segments, size: at };
}

/** The segments that have bytes from `from` to before `to`. */
export function segmentsIn({ segments }: ZipLayout, from: number, to: number): readonly Segment[] {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { at = 0, length = 0 } = segments[middle] ?? {};
    if (at + length <= from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < segments.length && (segments[end]?.at ?? to) < to) end += 1;
  return segments.slice(low, end);
}

/** What is written of a file besides its data: where its header stands, and its checksum if that is known by now. */
export type Written = ZipFile & { headerAt: number; crc: number };

/** The bytes of a segment other than data. `madeAt`: ms since 1970. */
export function render(
  { kind, length }: Segment,
  file: Written,
  madeAt: number,
  directory: { count: number; at: number; end: number },
): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, value: number): void => view.setUint16(at, value, true);
  const u32 = (at: number, value: number): void => view.setUint32(at, value, true);
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  const name = bytesOf(file.name);
  const { date, time } = dosTime(madeAt);
  switch (kind) {
    case 'header':
      u32(0, 0x04034b50);
      u16(4, VERSION);
      u16(6, FLAGS);
      u16(10, time);
      u16(12, date);
      u32(18, IN_ZIP64);
      u32(22, IN_ZIP64);
      u16(26, name.length);
      u16(28, HEADER_EXTRA);
      bytes.set(name, HEADER);
      u16(HEADER + name.length, 1);
      u16(HEADER + name.length + 2, 16);
      u64(HEADER + name.length + 4, file.size);
      u64(HEADER + name.length + 12, file.size);
      break;
    case 'checksum':
      u32(0, 0x08074b50);
      u32(4, file.crc);
      u64(8, file.size);
      u64(16, file.size);
      break;
    case 'record':
      u32(0, 0x02014b50);
      u16(4, MADE_ON_UNIX);
      u16(6, VERSION);
      u16(8, FLAGS);
      u16(12, time);
      u16(14, date);
      u32(16, file.crc);
      u32(20, IN_ZIP64);
      u32(24, IN_ZIP64);
      u16(28, name.length);
      u16(30, RECORD_EXTRA);
      u32(38, ATTRIBUTES);
      u32(42, IN_ZIP64);
      bytes.set(name, RECORD);
      u16(RECORD + name.length, 1);
      u16(RECORD + name.length + 2, 24);
      u64(RECORD + name.length + 4, file.size);
      u64(RECORD + name.length + 12, file.size);
      u64(RECORD + name.length + 20, file.headerAt);
      break;
    case 'end':
      u32(0, 0x06064b50);
      u64(4, 44);
      u16(12, MADE_ON_UNIX);
      u16(14, VERSION);
      u64(24, directory.count);
      u64(32, directory.count);
      u64(40, directory.end - directory.at);
      u64(48, directory.at);
      u32(56, 0x07064b50);
      u64(64, directory.end);
      u32(72, 1);
      u32(76, 0x06054b50);
      u16(84, 0xffff);
      u16(86, 0xffff);
      u32(88, IN_ZIP64);
      u32(92, IN_ZIP64);
      break;
    case 'data':
      throw new Error('the data of a file is not made here');
  }
  return bytes;
}

/** In UTC, because the format knows no zones. */
function dosTime(at: number): { date: number; time: number } {
  const then = new Date(at);
  return {
    date: ((then.getUTCFullYear() - 1980) << 9) | ((then.getUTCMonth() + 1) << 5) | then.getUTCDate(),
    time: (then.getUTCHours() << 11) | (then.getUTCMinutes() << 5) | (then.getUTCSeconds() >> 1),
  };
}
