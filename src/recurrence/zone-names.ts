import { findAlike } from '../input/nearest-name.ts';
import { listCities } from './city-names.ts';

// The names that people use for a time zone, and its canonical spelling. The platform knows which zones exist; only old
// spellings are listed here.

/** The platform's spelling on the left, today's on the right. */
const RENAMED: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

const spelled = (zone: string): string => RENAMED[zone] ?? zone;

let cities: ReadonlyMap<string, string> | null = null;

/** `new york` → `America/New_York`, made when first asked for. A name that two zones share is in it for neither. */
function cityNames(): ReadonlyMap<string, string> {
  if (cities) return cities;
  const found = new Map<string, string | null>(listCities());
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    for (const name of new Set([zone, spelled(zone)].map((id) => plain(id.slice(id.lastIndexOf('/') + 1))))) {
      const other = found.get(name);
      found.set(name, other === undefined || other === spelled(zone) ? spelled(zone) : null);
    }
  }
  cities = new Map([...found].filter((entry): entry is [string, string] => entry[1] !== null));
  return cities;
}

/** São Paulo is Sao_Paulo, St. John is St_John. */
const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[\u0300-\u036f.]/g, '')
    .toLowerCase()
    .replace(/[\s_]+/g, ' ')
    .trim();

/** The canonical name; null when unknown. Abbreviations are unknown: EST says nothing about the summer. */
export function readZone(text: string): string | null {
  if (text.length > 60) return null;
  const name = plain(text);
  if (name === 'utc' || name === 'etc/utc') return 'UTC';
  const [area, ...rest] = name.split('/');
  if (rest.length === 0) return cityNames().get(name) ?? null;
  // Etc/GMT+5 is five hours WEST of Greenwich: nobody who writes it wants that.
  if (area === 'etc' || area === 'systemv' || !/^[a-z/ -]+$/.test(name)) return null;
  try {
    return spelled(
      new Intl.DateTimeFormat('en-US', { timeZone: name.replaceAll(' ', '_') }).resolvedOptions().timeZone,
    );
  } catch {
    return null;
  }
}

/** What a name that readZone does not know may have been meant as: cities as people write them, or a zone. */
export function findSimilarZones(text: string): string[] {
  const name = plain(text.slice(0, 60));
  const cities = findAlike(name, [...cityNames().keys()], 1).map((city) =>
    city.replace(/(?<![\p{L}’'])\p{Ll}/gu, (letter) => letter.toUpperCase()),
  );
  return cities.length > 0 ? cities : findAlike(name.replaceAll(' ', '_'), Intl.supportedValuesOf('timeZone'), 1);
}
