// The functions of Node's zlib that the Worker's platform has, but its types do not declare.
declare module 'node:zlib' {
  /** `value`: the checksum of what came before. */
  export function crc32(data: Uint8Array, value?: number): number;
  export function gzipSync(data: Uint8Array): Uint8Array;
  /** Throws when there is more than `maxOutputLength`. */
  export function gunzipSync(data: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}
