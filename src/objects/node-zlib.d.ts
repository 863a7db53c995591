// The function of Node's zlib that the Worker's platform has, but its types do not declare.
declare module 'node:zlib' {
  /** `value`: the checksum of what came before. */
  export function crc32(data: Uint8Array, value?: number): number;
}
