import { describe, expect, test } from 'vitest';
import { banded, joined, PACKET_MAX, PacketReader, PacketWatch, packet } from '../../../src/git/packet-lines.ts';

// git's packets: cut out of bytes however those are divided, and followed so that an error can be put between two.

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (of: Uint8Array | null): string | null => of && new TextDecoder('latin1').decode(of);
const of = (band: number, words: string): Uint8Array => packet(banded(band, bytes(words)));
const ERROR = `${text(packet(bytes('ERR gone')))}`;
const BANDED_ERROR = `${text(of(3, 'gone\n'))}`;

describe('packets are cut', () => {
  const all = joined([
    packet(bytes('want a')),
    bytes('0000'),
    packet(bytes('')),
    packet(bytes('have b')),
    bytes('0001'),
  ]);

  test.each([1, 3, 4, 5, 7, 1000])('from pieces of %i bytes', (size) => {
    const found: (string | null)[] = [];
    const reader = new PacketReader((each) => found.push(text(each)));
    for (let at = 0; at < all.length; at += size) reader.read(all.subarray(at, at + size));
    expect(found).toEqual(['want a', '', 'have b']);
  });

  test('up to bytes that are none', () => {
    for (const odd of ['zzzz', 'fff1', '00g0']) {
      const found: (string | null)[] = [];
      const reader = new PacketReader((each) => found.push(text(each)));
      reader.read(joined([packet(bytes('a')), bytes(odd), packet(bytes('b'))]));
      reader.read(packet(bytes('c')));
      expect(found).toEqual(['a']);
    }
  });

  test('the largest is read', () => {
    const found: number[] = [];
    new PacketReader((each) => found.push(each.length)).read(packet(new Uint8Array(PACKET_MAX - 4)));
    expect(found).toEqual([PACKET_MAX - 4]);
  });
});

describe('an error is put', () => {
  const watching = (...pieces: Uint8Array[]): PacketWatch => {
    const watch = new PacketWatch();
    // Byte by byte: where the network divides them makes no difference.
    for (const byte of joined(pieces)) watch.read(Uint8Array.of(byte));
    return watch;
  };

  test.each([
    ['at the beginning', [], ERROR],
    ['after a plain packet', [packet(bytes('NAK\n'))], ERROR],
    ['after the flush', [packet(bytes('NAK\n')), bytes('0000')], ERROR],
    ['after a pack in band 1', [of(1, 'PACK')], BANDED_ERROR],
    ['after a remark in band 2', [packet(bytes('NAK\n')), of(2, 'Counting')], BANDED_ERROR],
    ['after the host’s own error in band 3', [of(3, 'no')], BANDED_ERROR],
    ['after what only looks like a band', [packet(Uint8Array.of(4, 65))], ERROR],
    ['after a packet without content', [packet(bytes(''))], ERROR],
  ])('%s', (_, pieces, framed) => {
    expect(text(watching(...pieces).error('gone'))).toBe(framed);
  });

  test('never within a packet, nor within its size, nor after bytes that are none', () => {
    expect(watching(of(1, 'PACK').subarray(0, 8)).error('gone')).toBeNull();
    expect(watching(bytes('00')).error('gone')).toBeNull();
    expect(watching(bytes('zzzz')).error('gone')).toBeNull();
    expect(watching(bytes('fff1')).error('gone')).toBeNull();
  });

  test('once the packet under way is finished, and no byte later', () => {
    const cut = of(1, 'PACK of many bytes');
    const watch = watching(cut.subarray(0, 10));
    expect(text(watch.finish(joined([cut.subarray(10), of(1, 'next')])))).toBe(text(cut.subarray(10)));
    expect(text(watch.finish(of(1, 'next')))).toBe('');
    expect(text(watch.error('gone'))).toBe(BANDED_ERROR);
  });
});
