import { readFileSync } from 'node:fs';
import { validateRequest, validateRequestWithBody } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { signatureFor } from '../../simulator/twilio/signature.ts';

// The carrier's signature against the documented vectors, and the same vectors against the official validator.

const vectors = z
  .array(
    z.object({
      name: z.string(),
      documented: z.boolean(),
      authToken: z.string(),
      signedUrl: z.string(),
      receivedUrl: z.string().optional(),
      params: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
      signature: z.string(),
      body: z.string().optional(),
    }),
  )
  .parse(
    JSON.parse(readFileSync(new URL('../fixtures/contracts/twilio/signature-vectors.json', import.meta.url), 'utf8')),
  );

describe('X-Twilio-Signature', () => {
  test('there are documented and computed vectors', () => {
    expect(vectors.filter((one) => one.documented).length).toBe(16);
    expect(vectors.length).toBe(32);
  });

  test.each(vectors)('$name', ({ authToken, signedUrl, receivedUrl, params, signature, body }) => {
    expect(signatureFor(authToken, signedUrl, params)).toBe(signature);
    const url = receivedUrl ?? signedUrl;
    const valid =
      body === undefined
        ? validateRequest(authToken, signature, url, params)
        : validateRequestWithBody(authToken, signature, url, body);
    expect(valid).toBe(true);
  });

  test('another token, another parameter or another path gives another signature', () => {
    const params = { Body: 'hi', From: '+15555550123' };
    const url = 'https://relay.example.com/webhooks/twilio';
    const ours = signatureFor('token', url, params);
    expect(signatureFor('token2', url, params)).not.toBe(ours);
    expect(signatureFor('token', `${url}/`, params)).not.toBe(ours);
    expect(signatureFor('token', url, { ...params, Body: 'hi ' })).not.toBe(ours);
  });
});
