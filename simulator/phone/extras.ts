import * as z from 'zod';
import type { CarrierMessage } from '../twilio/carrier-types.ts';
import type { Extras } from './phone-events.ts';

// Converts the extras of a text (the message it replies to, the mark of a forwarded text, a place) from the page's form
// into the carrier's fields.

export const extrasFields = {
  quoted: z
    .string()
    .regex(/^[A-Z]{2}[0-9a-f]{32}$/, 'The message you’re replying to no longer exists.')
    .optional(),
  forwarded: z.literal('yes').optional(),
  latitude: z.coerce
    .number('The latitude must be a number.')
    .min(-90)
    .max(90, 'The latitude must be between -90 and 90.')
    .optional(),
  longitude: z.coerce
    .number('The longitude must be a number.')
    .min(-180)
    .max(180, 'The longitude must be between -180 and 180.')
    .optional(),
  place: z.string().max(200, 'The name of a place can have up to 200 characters.').optional(),
};
type Fields = z.infer<z.ZodObject<typeof extrasFields>>;

export function extrasOf(fields: Fields, messages: readonly CarrierMessage[]): Extras {
  const { latitude, longitude, place = '' } = fields;
  const quoted = messages.find(({ sid }) => sid === fields.quoted);
  return {
    quoted: quoted
      ? { sid: quoted.sid, text: quoted.body || 'A photo, voice note or file', mine: quoted.direction === 'inbound' }
      : null,
    forwarded: fields.forwarded === 'yes',
    place: latitude === undefined || longitude === undefined ? null : { name: place.trim(), latitude, longitude },
  };
}

/** The names of the carrier's webhook fields. */
export function webhookFields({ quoted, forwarded, place }: Extras, messages: readonly CarrierMessage[]) {
  const original = messages.find(({ sid }) => sid === quoted?.sid);
  return {
    ...(original ? { OriginalRepliedMessageSid: original.sid, OriginalRepliedMessageSender: original.from } : {}),
    ...(forwarded ? { Forwarded: 'true' } : {}),
    ...(place ? { Latitude: String(place.latitude), Longitude: String(place.longitude) } : {}),
    ...(place && place.name !== '' ? { Label: place.name } : {}),
  };
}

export const isPlain = ({ quoted, forwarded, place }: Extras): boolean => !quoted && !forwarded && !place;
