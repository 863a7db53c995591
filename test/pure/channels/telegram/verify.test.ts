import { expect, test } from 'vitest';
import { isSecret, SECRET, webhookSecretOf } from '../../../../src/channels/telegram/verify.ts';

// The secret with which Telegram proves itself.

const key = { d: 'A'.repeat(43) };

test('is made from the deployment’s key for one bot, unless one is set', () => {
  const secret = webhookSecretOf(undefined, key, '1');
  expect(secret).toMatch(SECRET);
  expect(secret).not.toBe(webhookSecretOf(undefined, key, '2'));
  expect(secret).not.toBe(webhookSecretOf(undefined, { d: 'B'.repeat(43) }, '1'));
  expect(webhookSecretOf('own', key, '1')).toBe('own');
});

test.each([undefined, '', 'wron', 'wrong', 'rightt', 'right ', 'é', 'x'.repeat(10_000)])('%j is refused', (header) => {
  expect(isSecret(header, 'right')).toBe(false);
});

test('the right one passes', () => {
  expect(isSecret('right', 'right')).toBe(true);
});
