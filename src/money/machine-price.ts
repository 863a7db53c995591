// What a machine at Fly costs while it is awake, as of November 2026 in the cheapest regions; up to 1.6 times that in
// others. One shared processor and its memory: fly.io/docs/about/pricing.

const MICROS_A_SECOND = 0.28;
const MICROS_A_SECOND_AND_GB = 2;

/** Micro-dollars, rounded up. */
export const machineCost = (ms: number, memoryMb: number): number =>
  Math.ceil((ms / 1000) * (MICROS_A_SECOND + (memoryMb / 1024) * MICROS_A_SECOND_AND_GB));
