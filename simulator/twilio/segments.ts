// The number of SMS segments of a body: GSM-7 holds 160 septets (153 when joined), anything else 70 UTF-16 units (67).
// Pure.

const GSM7 =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑܧ¿abcdefghijklmnopqrstuvwxyzäöñüà';
const GSM7_DOUBLE = '^{}\\[~]|€';

export function smsSegments(body: string): number {
  let septets = 0;
  for (const character of body) {
    if (GSM7.includes(character)) septets += 1;
    else if (GSM7_DOUBLE.includes(character)) septets += 2;
    else return body.length <= 70 ? 1 : Math.ceil(body.length / 67);
  }
  return septets <= 160 ? 1 : Math.ceil(septets / 153);
}
