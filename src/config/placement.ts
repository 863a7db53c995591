import type { DurableObjectLocationHint } from '@cloudflare/workers-types';

// Places a new conversation's object near the person, guessed from the calling code. The object can't be moved later.

const BY_CALLING_CODE: readonly (readonly [codes: readonly string[], hint: DurableObjectLocationHint])[] = [
  [['1'], 'enam'],
  [['52', '53', '50', '51', '54', '55', '56', '57', '58', '59'], 'sam'],
  [['30', '35', '36', '37', '38', '40', '42', '48', '7'], 'eeur'],
  [['31', '32', '33', '34', '39', '41', '43', '44', '45', '46', '47', '49'], 'weur'],
  [['2'], 'afr'],
  [['90', '96', '97', '98', '99'], 'me'],
  [['61', '64', '67', '68', '69'], 'oc'],
  [['6', '8', '9'], 'apac'],
];

/** `number` in E.164. The longest matching calling code decides. */
export function locationHintOf(number: string): DurableObjectLocationHint | undefined {
  let best: { length: number; hint: DurableObjectLocationHint } | undefined;
  for (const [codes, hint] of BY_CALLING_CODE) {
    for (const code of codes) {
      if (number.startsWith(`+${code}`) && code.length > (best?.length ?? 0)) best = { length: code.length, hint };
    }
  }
  return best?.hint;
}
