// Connection overrides: the fragment of a webhook URL (`#ct=2000&rt=4500&rc=2&rp=5xx,ct,rt`) as Twilio documents it.
// Only the carrier sees the fragment: it is neither sent nor signed. Pure.

/** Why an attempt failed: not connected, no answer in time, or the class of the answer. */
export type FailureKind = 'ct' | 'rt' | '4xx' | '5xx';

export type Connection = {
  /** The configured URL without the fragment: the one that is requested and signed. */
  url: string;
  connectMs: number;
  readMs: number;
  /** The time limit of all attempts together. */
  totalMs: number;
  retries: number;
  retryOn: ReadonlySet<FailureKind>;
};

const KINDS: readonly FailureKind[] = ['ct', 'rt', '4xx', '5xx'];

const inRange = (text: string | null, low: number, high: number, otherwise: number): number => {
  const value = text === null || !/^\d+$/.test(text) ? Number.NaN : Number(text);
  return value >= low && value <= high ? value : otherwise;
};

/** Values outside the documented range are ignored. */
export function readConnection(configured: string): Connection {
  const hash = configured.indexOf('#');
  const fragment = new URLSearchParams(hash === -1 ? '' : configured.slice(hash + 1));
  const policies = (fragment.get('rp') ?? 'ct').split(',').map((policy) => policy.trim());
  return {
    url: hash === -1 ? configured : configured.slice(0, hash),
    connectMs: inRange(fragment.get('ct'), 100, 10_000, 5_000),
    readMs: inRange(fragment.get('rt'), 100, 15_000, 15_000),
    totalMs: inRange(fragment.get('tt'), 1, 15_000, 15_000),
    retries: inRange(fragment.get('rc'), 0, 5, 1),
    retryOn: new Set(policies.includes('all') ? KINDS : KINDS.filter((kind) => policies.includes(kind))),
  };
}
