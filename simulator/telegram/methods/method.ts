import * as z from 'zod';
import { check, type Given } from '../parameters.ts';
import type { World } from '../world.ts';

// What a method of the Bot API is here: a strict schema of its parameters, and the work.

export type Call = { world: World; given: Given; signal: AbortSignal; redeliver(): void };
export type Result = { result: unknown; description?: string };
export type Method = (call: Call) => Result | Promise<Result>;

export const method =
  <T extends z.ZodRawShape>(
    shape: T,
    handle: (world: World, params: z.output<z.ZodObject<T>>, call: Call) => Result | Promise<Result>,
  ): Method =>
  (call) => {
    const params = check(z.strictObject(shape), call.given.values);
    return handle(call.world, params as z.output<z.ZodObject<T>>, call);
  };

export const done = { result: true } as const;
