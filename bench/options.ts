import { parseArgs } from 'node:util';
import * as z from 'zod';
import type { Row } from './figures.ts';

// Reads the flags of `npm run bench`, and the output of an earlier run. Pure.

export type Options = { json: boolean; list: boolean; rows: string[]; compare: string | null; runs: number | null };

export const USAGE = `npm run bench -- [--row NAME]… [--runs N] [--json] [--compare FILE] [--list]
  --row NAME      measures only the rows with this name, or whose names begin with it
  --runs N        how many runs each row is the median of; otherwise each part has its own number
  --json          prints JSON
  --compare FILE  compares with an earlier run, which --json wrote
  --list          prints the names and targets of all rows, and measures nothing`;

const RUNS_MAX = 100;

export function readOptions(args: readonly string[]): Options | { problem: string } {
  const options = {
    row: { type: 'string', multiple: true },
    runs: { type: 'string' },
    json: { type: 'boolean' },
    compare: { type: 'string' },
    list: { type: 'boolean' },
  } as const;
  try {
    const {
      row = [],
      runs,
      json = false,
      compare = null,
      list = false,
    } = parseArgs({ args: [...args], options }).values;
    if (row.includes('')) return { problem: '--row needs the name of a row, or its beginning.' };
    if (runs !== undefined && !(/^\d{1,3}$/.test(runs) && Number(runs) >= 1 && Number(runs) <= RUNS_MAX))
      return { problem: `--runs takes a whole number from 1 to ${RUNS_MAX}.` };
    return { json, list, rows: row, compare, runs: runs === undefined ? null : Number(runs) };
  } catch (error) {
    // The first sentence says what is wrong; the next ones explain how Node reads arguments.
    return { problem: `${String((error as Error).message).split(/\.\s/)[0]}.` };
  }
}

const Earlier = z.object({
  rows: z.array(
    z.object({
      row: z.string(),
      value: z.number(),
      unit: z.string(),
      target: z.number().nullable(),
      met: z.boolean().nullable(),
      n: z.number(),
      spread: z.tuple([z.number(), z.number()]),
    }),
  ),
});

/** The rows that `--json` wrote, or null. */
export function readRows(text: string): Row[] | null {
  try {
    return Earlier.parse(JSON.parse(text)).rows;
  } catch {
    return null;
  }
}
