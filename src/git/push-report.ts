import { banded, FLUSH, joined, PACKET_MAX, PacketReader, packet } from './packet-lines.ts';
import type { Push, PushCommand } from './push-commands.ts';
import { isZero } from './push-commands.ts';

// The answer to a push: writes one that refuses, as git shows it to its user, and reads which refs a host has taken.

const BAND_REPORT = 1;
const BAND_PROGRESS = 2;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** A report that takes nothing. `words`: git shows each line as `remote: …`, and `reason` beside each ref. */
export function refusePush({ commands, capabilities }: Push, reason: string, words: string): Uint8Array {
  // Without refs that could be read, git shows what became of the pack.
  const first = commands.length === 0 ? `unpack ${oneLine(reason)}` : 'unpack ok';
  const lines = [first, ...commands.map(({ ref }) => `ng ${ref} ${oneLine(reason)}`)];
  const report = [...lines.map((line) => packet(ENCODER.encode(`${line}\n`))), FLUSH];
  if (!capabilities.includes('side-band-64k')) return joined(report);
  const progress = packet(banded(BAND_PROGRESS, ENCODER.encode(`${words.trim()}\n`)));
  const pieces = split(joined(report)).map((piece) => packet(banded(BAND_REPORT, piece)));
  return joined([progress, ...pieces, FLUSH]);
}

/** Reads a host's report as its bytes pass, and holds no more of it than one line. */
export class ReportReader {
  readonly #sideband: boolean;
  readonly #outer = new PacketReader((packet) => this.#packet(packet));
  readonly #inner = new PacketReader((packet) => this.#line(packet));
  readonly #taken = new Set<string>();

  constructor({ capabilities }: Push) {
    this.#sideband = capabilities.includes('side-band-64k');
  }

  read(bytes: Uint8Array): void {
    this.#outer.read(bytes);
  }

  /** The commands that the host has carried out. */
  taken(commands: readonly PushCommand[]): PushCommand[] {
    return commands.filter(({ ref, new: next }) => this.#taken.has(ref) && !isZero(next));
  }

  #packet(bytes: Uint8Array): void {
    if (!this.#sideband) this.#line(bytes);
    else if (bytes[0] === BAND_REPORT) this.#inner.read(bytes.subarray(1));
  }

  #line(bytes: Uint8Array): void {
    const ref = /^ok (refs\/\S+)\n?$/.exec(DECODER.decode(bytes))?.[1];
    if (ref !== undefined) this.#taken.add(ref);
  }
}

function split(bytes: Uint8Array): Uint8Array[] {
  const most = PACKET_MAX - 5;
  const count = Math.ceil(bytes.length / most);
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * most, (n + 1) * most));
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
