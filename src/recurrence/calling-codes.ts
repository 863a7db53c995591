// Which zones and which clock a phone number suggests: a compact table, compared with the phone and locale data of
// libraries in test/pure/recurrence/zones.test.ts, because those are too large for the relay. Zones with the same rules are one.

// Calling codes (with the area, where that has a country of its own), `*` where people write 9 pm, the zones of the
// largest places first.
const TABLE = `
1* America/New_York America/Chicago America/Denver America/Los_Angeles America/Phoenix America/Halifax America/Anchorage Pacific/Honolulu America/St_Johns America/Regina America/Blanc-Sablon America/Atikokan America/Adak;
1242* America/Nassau; 1246* America/Barbados; 1264 America/Anguilla; 1268* America/Antigua; 1284* America/Tortola;
1340* America/St_Thomas; 1345* America/Cayman; 1441* Atlantic/Bermuda; 1473* America/Grenada; 1649* America/Grand_Turk;
1658,1876* America/Jamaica; 1664 America/Montserrat; 1670* Pacific/Saipan; 1671* Pacific/Guam; 1684* Pacific/Pago_Pago;
1721 America/Lower_Princes; 1758* America/St_Lucia; 1767* America/Dominica; 1784* America/St_Vincent;
1787,1939* America/Puerto_Rico; 1809,1829,1849* America/Santo_Domingo; 1868* America/Port_of_Spain;
1869* America/St_Kitts; 20* Africa/Cairo; 211* Africa/Juba; 212 Africa/Casablanca; 213* Africa/Algiers;
216* Africa/Tunis; 218* Africa/Tripoli; 220* Africa/Banjul; 221 Africa/Dakar; 222* Africa/Nouakchott;
223 Africa/Bamako; 224 Africa/Conakry; 225 Africa/Abidjan; 226 Africa/Ouagadougou; 227 Africa/Niamey; 228 Africa/Lome;
229 Africa/Porto-Novo; 230 Indian/Mauritius; 231* Africa/Monrovia; 232* Africa/Freetown; 233* Africa/Accra;
234 Africa/Lagos; 235* Africa/Ndjamena; 236 Africa/Bangui; 237 Africa/Douala; 238 Atlantic/Cape_Verde;
239 Africa/Sao_Tome; 240 Africa/Malabo; 241 Africa/Libreville; 242 Africa/Brazzaville;
243 Africa/Kinshasa Africa/Lubumbashi; 244 Africa/Luanda; 245 Africa/Bissau; 246 Indian/Chagos;
247,290 Atlantic/St_Helena; 248 Indian/Mahe; 249* Africa/Khartoum; 250 Africa/Kigali; 251* Africa/Addis_Ababa;
252* Africa/Mogadishu; 253* Africa/Djibouti; 254 Africa/Nairobi; 255 Africa/Dar_es_Salaam; 256 Africa/Kampala;
257 Africa/Bujumbura; 258 Africa/Maputo; 260* Africa/Lusaka; 261 Indian/Antananarivo;
262 Indian/Reunion Indian/Mayotte; 263 Africa/Harare; 264* Africa/Windhoek; 265* Africa/Blantyre; 266* Africa/Maseru;
267 Africa/Gaborone; 268* Africa/Mbabane; 269 Indian/Comoro; 27 Africa/Johannesburg; 291* Africa/Asmara;
297 America/Aruba; 298 Atlantic/Faroe; 299 America/Nuuk America/Danmarkshavn America/Thule; 30* Europe/Athens;
31 Europe/Amsterdam; 32 Europe/Brussels; 33 Europe/Paris; 34 Europe/Madrid Atlantic/Canary; 350 Europe/Gibraltar;
351 Europe/Lisbon Atlantic/Azores; 352 Europe/Luxembourg; 353 Europe/Dublin; 354 Atlantic/Reykjavik;
355* Europe/Tirane; 356 Europe/Malta; 357* Asia/Nicosia; 358 Europe/Helsinki; 359 Europe/Sofia; 36 Europe/Budapest;
370 Europe/Vilnius; 371 Europe/Riga; 372 Europe/Tallinn; 373 Europe/Chisinau; 374 Asia/Yerevan; 375 Europe/Minsk;
376 Europe/Andorra; 377 Europe/Monaco; 378 Europe/San_Marino; 380 Europe/Kyiv Europe/Simferopol;
381,383 Europe/Belgrade; 382 Europe/Podgorica; 385 Europe/Zagreb; 386 Europe/Ljubljana; 387 Europe/Sarajevo;
389 Europe/Skopje; 39 Europe/Rome; 40 Europe/Bucharest; 41 Europe/Zurich; 420 Europe/Prague; 421 Europe/Bratislava;
423 Europe/Vaduz; 43 Europe/Vienna; 44 Europe/London; 45 Europe/Copenhagen; 46 Europe/Stockholm; 47 Europe/Oslo;
48 Europe/Warsaw; 49 Europe/Berlin; 500 Atlantic/Stanley; 501 America/Belize; 502* America/Guatemala;
503* America/El_Salvador; 504* America/Tegucigalpa; 505* America/Managua; 506* America/Costa_Rica; 507* America/Panama;
508 America/Miquelon; 509 America/Port-au-Prince; 51* America/Lima;
52* America/Mexico_City America/Tijuana America/Hermosillo America/Cancun America/Ciudad_Juarez America/Matamoros;
53* America/Havana; 54* America/Argentina/Buenos_Aires;
55 America/Sao_Paulo America/Manaus America/Rio_Branco America/Noronha;
56* America/Santiago America/Coyhaique Pacific/Easter; 57* America/Bogota; 58* America/Caracas; 590 America/Guadeloupe;
591* America/La_Paz; 592* America/Guyana; 593* America/Guayaquil Pacific/Galapagos; 594 America/Cayenne;
595* America/Asuncion; 596 America/Martinique; 597 America/Paramaribo; 598* America/Montevideo; 599 America/Curacao;
60* Asia/Kuala_Lumpur;
61* Australia/Sydney Australia/Brisbane Australia/Perth Australia/Adelaide Australia/Darwin Australia/Eucla Australia/Lord_Howe Indian/Cocos Indian/Christmas;
62 Asia/Jakarta Asia/Makassar Asia/Jayapura; 63* Asia/Manila; 64* Pacific/Auckland Pacific/Chatham; 65* Asia/Singapore;
66 Asia/Bangkok; 670 Asia/Dili; 672 Pacific/Norfolk; 673* Asia/Brunei; 674 Pacific/Nauru;
675* Pacific/Port_Moresby Pacific/Bougainville; 676* Pacific/Tongatapu; 677* Pacific/Guadalcanal; 678* Pacific/Efate;
679* Pacific/Fiji; 680* Pacific/Palau; 681 Pacific/Wallis; 682 Pacific/Rarotonga; 683 Pacific/Niue; 685* Pacific/Apia;
686* Pacific/Tarawa Pacific/Kanton Pacific/Kiritimati; 687 Pacific/Noumea; 688 Pacific/Funafuti;
689 Pacific/Tahiti Pacific/Gambier Pacific/Marquesas; 690 Pacific/Fakaofo; 691* Pacific/Chuuk Pacific/Kosrae;
692* Pacific/Majuro;
7 Europe/Moscow Asia/Yekaterinburg Asia/Novosibirsk Europe/Samara Asia/Irkutsk Asia/Omsk Asia/Vladivostok Asia/Yakutsk Asia/Magadan Europe/Kaliningrad Asia/Kamchatka;
76,77 Asia/Almaty; 81 Asia/Tokyo; 82* Asia/Seoul; 84 Asia/Ho_Chi_Minh; 850* Asia/Pyongyang; 852* Asia/Hong_Kong;
853* Asia/Macau; 855* Asia/Phnom_Penh; 856 Asia/Vientiane; 86 Asia/Shanghai Asia/Urumqi; 880* Asia/Dhaka;
886* Asia/Taipei; 90 Europe/Istanbul; 91* Asia/Kolkata; 92* Asia/Karachi; 93 Asia/Kabul; 94 Asia/Colombo;
95 Asia/Yangon; 960 Indian/Maldives; 961* Asia/Beirut; 962* Asia/Amman; 963* Asia/Damascus; 964* Asia/Baghdad;
965* Asia/Kuwait; 966* Asia/Riyadh; 967* Asia/Aden; 968* Asia/Muscat; 970* Asia/Gaza; 971* Asia/Dubai;
972 Asia/Jerusalem; 973* Asia/Bahrain; 974* Asia/Qatar; 975* Asia/Thimphu; 976 Asia/Ulaanbaatar Asia/Hovd;
977 Asia/Kathmandu; 98 Asia/Tehran; 992 Asia/Dushanbe; 993 Asia/Ashgabat; 994 Asia/Baku; 995 Asia/Tbilisi;
996 Asia/Bishkek; 998 Asia/Tashkent
`;

type Row = { zones: readonly string[]; clock: 12 | 24 };

let rows: ReadonlyMap<string, Row> | null = null;

/** Read when first asked for. */
function table(): ReadonlyMap<string, Row> {
  rows ??= new Map(
    TABLE.split(';').flatMap((entry) => {
      const [codes = '', ...zones] = entry.trim().split(' ');
      const row: Row = { zones, clock: codes.endsWith('*') ? 12 : 24 };
      return codes
        .replace('*', '')
        .split(',')
        .map((code): [string, Row] => [code, row]);
    }),
  );
  return rows;
}

/** The row with the longest code that the number begins with. */
function rowOf(e164: string): Row | null {
  const digits = /^\+(\d{1,15})$/.exec(e164)?.[1] ?? '';
  for (let length = 4; length > 0; length--) {
    const row = digits.length > length ? table().get(digits.slice(0, length)) : undefined;
    if (row) return row;
  }
  return null;
}

/** The zones of the countries that share the number’s calling code, those of most people first; [] where unknown. */
export const zonesOfNumber = (e164: string): string[] => [...(rowOf(e164)?.zones ?? [])];

/** The zone, where there is only one. */
export function zoneOfNumber(e164: string): string | null {
  const [only, ...others] = rowOf(e164)?.zones ?? [];
  return only !== undefined && others.length === 0 ? only : null;
}

export const clockOf = (e164: string): 12 | 24 => rowOf(e164)?.clock ?? 24;
