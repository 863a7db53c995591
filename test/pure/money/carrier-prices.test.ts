import { expect, test } from 'vitest';
import { carrierCost, inboundCarrierCost, marketOf } from '../../../src/money/carrier-prices.ts';
import { segmentsOf } from '../../../src/money/segments.ts';
import { zonesOfNumber } from '../../../src/recurrence/calling-codes.ts';

const one = { segments: 1, price: 'meta' } as const;
const sms = (segments = 1) => ({ segments, price: 'segments' }) as const;

test('a WhatsApp message costs Twilio’s fee and the fee of the person’s market, whatever its length', () => {
  expect(carrierCost('whatsapp:+15555550123', one)).toBe(9_000);
  expect(carrierCost('whatsapp:+4915555550123', { ...one, segments: 10 })).toBe(60_000);
  expect(inboundCarrierCost('whatsapp:+4915555550123', { ...one, segments: 10 })).toBe(5_000);
});

test('a message of a free channel costs nothing', () => {
  const free = { segments: 10, price: 'free' } as const;
  expect(carrierCost('pigeon:1', free)).toBe(0);
  expect(inboundCarrierCost('pigeon:1', free)).toBe(0);
});

test('an SMS costs by the segment', () => {
  expect(carrierCost('+15555550123', sms(3))).toBe(35_400);
  expect(carrierCost('sms:+15555550123', sms())).toBe(11_800);
  expect(inboundCarrierCost('+15555550123', sms())).toBe(8_300);
  expect(carrierCost('+4915555550123', sms())).toBe(150_000);
});

test('the market is that of the longest calling code, or of the external id', () => {
  const marketsOf = (addresses: string[]) => addresses.map((address) => marketOf(address).name);
  expect(marketsOf(['whatsapp:+18095550123', 'whatsapp:+12465550123', 'whatsapp:+77015550123'])).toEqual([
    'Rest of Latin America',
    'Elsewhere',
    'Elsewhere',
  ]);
  expect(marketsOf(['whatsapp:DE.13491208655302741918', 'whatsapp:CA.ENT.1', '+9725555550123'])).toEqual([
    'Germany',
    'North America',
    'Israel',
  ]);
});

test('an unknown country costs as much as the dearest', () => {
  const known = ['+1', '+49', '+31', '+7', '+55', '+91'].map((code) => marketOf(`${code}55555501`).micros);
  const dearest = Math.max(...known);
  for (const address of ['whatsapp:+59955550123', 'whatsapp:XX.1', 'whatsapp:+29955550123', 'telegram:5', ''])
    expect(marketOf(address).micros).toBe(dearest);
});

test('every calling code of the table is a calling code', () => {
  for (let code = 1; code < 2000; code++) {
    const number = `+${code}5555550`;
    if (marketOf(number).name !== 'Elsewhere') expect([number, zonesOfNumber(number)]).not.toEqual([number, []]);
  }
});

test.each([
  ['', 1],
  ['a'.repeat(160), 1],
  ['a'.repeat(161), 2],
  ['a'.repeat(306), 2],
  ['a'.repeat(307), 3],
  // Two places each.
  ['€'.repeat(80), 1],
  ['€'.repeat(81), 2],
  // Not divided: 76 pairs fit 153 places.
  ['€'.repeat(153), 3],
  ['ж'.repeat(70), 1],
  ['ж'.repeat(71), 2],
  ['ж'.repeat(134), 2],
  // 33 pairs fit 67 places.
  ['🙂'.repeat(35), 1],
  ['🙂'.repeat(67), 3],
])('%#: the segments of an SMS', (text, segments) => {
  expect(segmentsOf(text)).toBe(segments);
});
