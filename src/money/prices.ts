// The model's prices, as of November 2026. carrier-prices.ts has what messages cost.

/**
 * Nano-dollars per token: 5,000 is $5 per million tokens. `write5m`, `write1h`: input that the API keeps for five
 * minutes or an hour. `above`: the dearer prices of every token when the whole prompt has more tokens than that.
 */
export type ModelPrice = {
  input: number;
  write5m: number;
  write1h: number;
  read: number;
  output: number;
  above?: { promptTokens: number } & Omit<ModelPrice, 'above'>;
};

const price = (input: number, write5m: number, write1h: number, read: number, output: number): ModelPrice => ({
  input,
  write5m,
  write1h,
  read,
  output,
});

/**
 * platform.claude.com/docs/en/about-claude/pricing, and the overview pages of the newest models. The cache prices and
 * the band of haiku 5.5 are from third parties.
 */
const MODELS: Readonly<Record<string, ModelPrice>> = {
  'claude-fable-5-1': price(10_000, 12_500, 20_000, 250, 50_000),
  'claude-fable-5': price(10_000, 12_500, 20_000, 1_000, 50_000),
  'claude-opus-5-5': price(4_000, 5_000, 8_000, 200, 20_000),
  'claude-opus-5': price(5_000, 6_250, 10_000, 500, 25_000),
  'claude-opus-4-8': price(5_000, 6_250, 10_000, 500, 25_000),
  'claude-opus-4-7': price(5_000, 6_250, 10_000, 500, 25_000),
  'claude-opus-4-6': price(5_000, 6_250, 10_000, 500, 25_000),
  'claude-opus-4-5': price(5_000, 6_250, 10_000, 500, 25_000),
  'claude-opus-4-1': price(15_000, 18_750, 30_000, 1_500, 75_000),
  'claude-sonnet-5-5': price(2_000, 2_500, 4_000, 100, 10_000),
  'claude-sonnet-5': price(2_000, 2_500, 4_000, 200, 10_000),
  'claude-sonnet-4-6': price(3_000, 3_750, 6_000, 300, 15_000),
  'claude-sonnet-4-5': price(3_000, 3_750, 6_000, 300, 15_000),
  'claude-haiku-5-5': {
    ...price(100, 125, 200, 10, 500),
    above: { promptTokens: 100_000, ...price(500, 625, 1_000, 50, 2_500) },
  },
  'claude-haiku-4-5': price(1_000, 1_250, 2_000, 100, 5_000),
};

/** The highest price of each kind, for a model that isn't listed. */
const DEAREST: ModelPrice = Object.values(MODELS).reduce((most, each) => ({
  input: Math.max(most.input, each.input),
  write5m: Math.max(most.write5m, each.write5m),
  write1h: Math.max(most.write1h, each.write1h),
  read: Math.max(most.read, each.read),
  output: Math.max(most.output, each.output),
}));

/** The model without its date, `claude-haiku-4-5-20251001`; null when the table doesn't have it. */
export function findPricedModel(model: string): string | null {
  const name = model.replace(/-\d{8}$/, '');
  return Object.hasOwn(MODELS, name) ? name : null;
}

/** An unknown model has the dearest prices. */
export function priceOfModel(model: string): ModelPrice {
  const name = findPricedModel(model);
  return (name === null ? undefined : MODELS[name]) ?? DEAREST;
}

/** One search by the API itself, in micro-dollars. */
export const WEB_SEARCH_MICROS = 10_000;
