import { expect, test } from 'vitest';
import { accessOf } from '../../../src/conversation/state/access.ts';
import { withHeard } from '../../../src/conversation/state/heard.ts';
import { ADDRESS, emptyState } from '../conversation.ts';

test('an older text that arrives late doesn’t make its address silent for longer', () => {
  const heard = withHeard(withHeard(emptyState(), ADDRESS, 2000), ADDRESS, 1000);
  expect(accessOf(heard).heard).toEqual({ [ADDRESS]: 2000 });
});
