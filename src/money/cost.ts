import { priceOfModel, WEB_SEARCH_MICROS } from './prices.ts';

// What a request to the model costs, and what is set aside for it while its answer is under way. Money is whole
// micro-dollars.

/** The tokens of one answer. `read`: from the cache; `write5m`, `write1h`: into it. */
export type Usage = {
  input: number;
  write5m: number;
  write1h: number;
  read: number;
  output: number;
  searches: number;
};

export const NO_USAGE: Usage = { input: 0, write5m: 0, write1h: 0, read: 0, output: 0, searches: 0 };

const NANOS_A_MICRO = 1000;

/** Micro-dollars, rounded up. */
export function costOf(model: string, usage: Usage): number {
  const usual = priceOfModel(model);
  const prompt = usage.input + usage.write5m + usage.write1h + usage.read;
  const price = usual.above && prompt > usual.above.promptTokens ? usual.above : usual;
  const nanos =
    usage.input * price.input +
    usage.write5m * price.write5m +
    usage.write1h * price.write1h +
    usage.read * price.read +
    usage.output * price.output;
  return Math.ceil(nanos / NANOS_A_MICRO) + usage.searches * WEB_SEARCH_MICROS;
}

/** English and code have about four bytes a token. */
const BYTES_A_TOKEN = 4;
export const tokensOf = (bytes: number): number => Math.ceil(bytes / BYTES_A_TOKEN);

/** No model takes a longer prompt. */
const PROMPT_TOKENS_MAX = 1_000_000;
/** A request that doesn't say how long it is. */
const UNKNOWN_BYTES = 200_000;
/** The output of a model that has not answered yet. */
const FIRST_MEAN_TOKENS = 2000;

/** The running mean of a model's output: tokens, and the number of answers. */
export type Mean = readonly [tokens: number, answers: number];

/** The mean follows the newest answers. */
const MEAN_ANSWERS_MAX = 50;

export function withAnswerOf(mean: Mean | undefined, output: number): Mean {
  const [tokens, answers] = mean ?? [0, 0];
  const next = Math.min(answers + 1, MEAN_ANSWERS_MAX);
  return [Math.round(tokens + (output - tokens) / next), next];
}

/** The reserve of a request: its counted input and the usual output. `bytes` null: its length is unknown. */
export function reserveOf(model: string, bytes: number | null, mean: Mean | undefined): number {
  const input = Math.min(tokensOf(bytes ?? UNKNOWN_BYTES), PROMPT_TOKENS_MAX);
  return costOf(model, { ...NO_USAGE, input, output: mean?.[0] ?? FIRST_MEAN_TOKENS });
}

/** The cost of an answer that broke off: its reserve, or that of the tokens that were seen, whichever is more. */
export const costOfCut = (model: string, seen: Usage | null, reserve: number): number =>
  Math.max(reserve, seen === null ? 0 : costOf(model, seen));
