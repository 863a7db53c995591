// The fixed id by which the agent knows a message: UUIDv5 (RFC 9562) of the provider's message id. The uuid never
// changes, so the agent recognises a repeat.

const NAMESPACE = Uint8Array.from([
  0x9b, 0x1f, 0x6d, 0x0a, 0x5c, 0x43, 0x4e, 0x0b, 0x8e, 0x55, 0x2a, 0x7d, 0x61, 0xc8, 0x3f, 0x12,
]);

export async function agentUuidOf(providerId: string): Promise<string> {
  const name = new TextEncoder().encode(providerId);
  const input = new Uint8Array(NAMESPACE.length + name.length);
  input.set(NAMESPACE);
  input.set(name, NAMESPACE.length);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-1', input)).slice(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
