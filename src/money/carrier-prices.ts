import { isExternalAddress } from '../addresses.ts';

// What the carrier charges for messages, in integer micro-dollars (1,000,000 are a US dollar). As of October
// 2026: one table for budgets, `npm run setup` and the bench. Pure.
//
// Everything here is an estimate: neither Twilio nor WhatsApp says in the API what a message will cost. Sources:
// - Twilio on WhatsApp: twilio.com/en-us/whatsapp/pricing.
// - WhatsApp: since 1 October 2026 each delivered reply costs the utility rate of the recipient's market
//   (developers.facebook.com/documentation/business-messaging/whatsapp/pricing). The rates are Meta's rate card of
//   January 2026 as public repositories quote it; where reports of October 2026 are dearer, theirs. The first 1,000
//   replies a month of a business number are reported to be free, which is left out here.
// - SMS: twilio.com/en-us/sms/pricing, October 2026, with the surcharge of American carriers. Other countries were not
//   found and have the dearest price.

/** Twilio's fee for each WhatsApp message, in or out. */
const TWILIO_MICROS = 5_000;

/** Market, WhatsApp's fee for a reply, and its calling codes with the country codes that external ids begin with. */
const WHATSAPP = `
North America 4000 1:US,CA
Argentina 26000 54:AR
Brazil 6800 55:BR
Chile 20000 56:CL
Colombia 800 57:CO
Egypt 3600 20:EG
France 30000 33:FR
Germany 55000 49:DE
India 1400 91:IN
Indonesia 25000 62:ID
Israel 5300 972:IL
Italy 30000 39:IT
Malaysia 14000 60:MY
Mexico 8500 52:MX
Netherlands 50000 31:NL
Nigeria 6700 234:NG
Pakistan 5400 92:PK
Peru 20000 51:PE
Russia 40000 7:RU
Saudi Arabia 10700 966:SA
South Africa 7600 27:ZA
Spain 20000 34:ES
Turkey 5300 90:TR
United Arab Emirates 15700 971:AE
United Kingdom 22000 44:GB
Rest of Africa 4600 213:DZ 244:AO 229:BJ 267:BW 226:BF 257:BI 237:CM 235:TD 242:CG 291:ER 251:ET 241:GA 220:GM 233:GH 245:GW 225:CI 254:KE 266:LS 231:LR 218:LY 261:MG 265:MW 223:ML 222:MR 258:MZ 264:NA 227:NE 250:RW 221:SN 232:SL 252:SO 211:SS 249:SD 268:SZ 255:TZ 228:TG 216:TN 256:UG 260:ZM 263:ZW
Rest of Asia Pacific 11300 93:AF 61:AU 880:BD 855:KH 86:CN 852:HK 81:JP 856:LA 976:MN 977:NP 64:NZ 675:PG 63:PH 65:SG 94:LK 886:TW 992:TJ 66:TH 993:TM 998:UZ 84:VN
Rest of Central & Eastern Europe 21200 355:AL 374:AM 994:AZ 375:BY 359:BG 385:HR 420:CZ 995:GE 30:GR 36:HU 371:LV 370:LT 373:MD 389:MK 48:PL 40:RO 381:RS 421:SK 386:SI 380:UA
Rest of Latin America 11300 591:BO 506:CR 1809,1829,1849:DO 593:EC 503:SV 502:GT 509:HT 504:HN 1658,1876:JM 505:NI 507:PA 595:PY 1787,1939:PR 598:UY 58:VE
Rest of Middle East 9100 973:BH 964:IQ 962:JO 965:KW 961:LB 968:OM 974:QA 967:YE
Rest of Western Europe 19700 43:AT 32:BE 45:DK 358:FI 353:IE 47:NO 351:PT 46:SE 41:CH
Elsewhere 55000 1242,1246,1264,1268,1284,1340,1345,1441,1473,1649,1664,1670,1671,1684,1721,1758,1767,1784,1868,1869,76,77
`;

/** A segment in or out. The rest has the highest price that any source names for a country of Europe, and half again. */
const SMS = { 'North America': { in: 8_300, out: 11_800 }, Elsewhere: { in: 20_000, out: 150_000 } } as const;

type Market = { name: string; micros: number };
const ELSEWHERE: Market = { name: 'Elsewhere', micros: 55_000 };

let markets: ReadonlyMap<string, Market> | null = null;

/** By calling code, and by country code. Read when first asked for. */
function table(): ReadonlyMap<string, Market> {
  markets ??= new Map(
    WHATSAPP.trim()
      .split('\n')
      .flatMap((line) => {
        const [, name = '', micros, codes = ''] = /^(.+?) (\d+) (.+)$/.exec(line) ?? [];
        const market = { name, micros: Number(micros) };
        return codes.split(/[ ,:]/).map((code): [string, Market] => [code, market]);
      }),
  );
  return markets;
}

/** The market of a person's address, by which messages to it are priced; the dearest if the address tells none. */
export function marketOf(address: string): Market {
  const bare = address.replace(/^[a-z]+:/, '');
  if (isExternalAddress(address)) return table().get(bare.slice(0, 2)) ?? ELSEWHERE;
  for (let length = 5; length > 1; length--) {
    const market = bare.startsWith('+') ? table().get(bare.slice(1, length)) : undefined;
    if (market) return market;
  }
  return ELSEWHERE;
}

/** `segments`: of an SMS (`segmentsOf`); on WhatsApp a message is one, whatever its length. `price`: the channel's. */
type Size = { segments: number; price: 'meta' | 'segments' | 'free' };

/** What a message to this address costs, in micro-dollars. */
export function carrierCost(address: string, { segments, price }: Size): number {
  if (price === 'free') return 0;
  const market = marketOf(address);
  return price === 'meta' ? TWILIO_MICROS + market.micros : segments * smsOf(market).out;
}

/** What a message from this address costs, in micro-dollars. */
export function inboundCarrierCost(address: string, { segments, price }: Size): number {
  if (price === 'free') return 0;
  return price === 'meta' ? TWILIO_MICROS : segments * smsOf(marketOf(address)).in;
}

const smsOf = ({ name }: Market): { in: number; out: number } =>
  name === 'North America' ? SMS['North America'] : SMS.Elsewhere;
