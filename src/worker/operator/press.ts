import { decodeTime } from 'ulid';
import { DAY, MINUTE } from '../../units.ts';

// The name of a press: a ULID that its button has had since it was shown. The audit is ordered by these names, so a name
// of another time is refused.

const FORM = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const SHOWN_FOR_MS = DAY;
const CLOCKS_APART_MS = MINUTE;

export function isPress(op: string): boolean {
  if (!FORM.test(op)) return false;
  const age = Date.now() - decodeTime(op);
  return age < SHOWN_FOR_MS && age > -CLOCKS_APART_MS;
}
