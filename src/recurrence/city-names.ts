// Large cities that no zone is named after, by zone: people name the city they live in. Names that are also another
// city or a common word are left out.

const TABLE: Readonly<Record<string, string>> = {
  'Africa/Casablanca': 'marrakesh, rabat',
  'Africa/Johannesburg': 'cape town, durban, pretoria',
  'Africa/Lagos': 'abuja',
  'America/Bogota': 'medellin',
  'America/Chicago': 'austin, dallas, houston, minneapolis, new orleans, san antonio',
  'America/Denver': 'albuquerque, salt lake city',
  'America/Edmonton': 'calgary',
  'America/Guayaquil': 'quito',
  'America/Los_Angeles': 'las vegas, sacramento, san diego, san francisco, seattle',
  'America/New_York': 'atlanta, boston, miami, orlando, philadelphia, pittsburgh, washington dc',
  'America/Sao_Paulo': 'belo horizonte, brasilia, rio de janeiro',
  'America/Toronto': 'montreal, ottawa',
  'Asia/Dubai': 'abu dhabi',
  'Asia/Ho_Chi_Minh': 'hanoi',
  'Asia/Jakarta': 'bandung, surabaya',
  'Asia/Jerusalem': 'haifa, tel aviv',
  'Asia/Karachi': 'islamabad, lahore',
  'Asia/Kolkata': 'ahmedabad, bangalore, bengaluru, chennai, delhi, mumbai, new delhi, pune',
  'Asia/Manila': 'cebu',
  'Asia/Riyadh': 'jeddah, mecca',
  'Asia/Seoul': 'busan',
  'Asia/Shanghai': 'beijing, chengdu, guangzhou, shenzhen, wuhan',
  'Asia/Tokyo': 'kyoto, nagoya, osaka, yokohama',
  'Australia/Sydney': 'canberra',
  'Europe/Amsterdam': 'rotterdam, the hague',
  'Europe/Berlin': 'cologne, dusseldorf, frankfurt, hamburg, koln, leipzig, munchen, munich, stuttgart',
  'Europe/Brussels': 'antwerp',
  'Europe/Istanbul': 'ankara, izmir',
  'Europe/Lisbon': 'porto',
  'Europe/London': 'edinburgh, glasgow, leeds, liverpool, manchester',
  'Europe/Madrid': 'barcelona, seville',
  'Europe/Moscow': 'saint petersburg',
  'Europe/Paris': 'lyon, marseille, toulouse',
  'Europe/Rome': 'florence, milan, milano, naples, turin',
  'Europe/Warsaw': 'gdansk, krakow',
  'Europe/Zurich': 'basel, bern, geneva',
  'Pacific/Auckland': 'christchurch, wellington',
};

/** In lower case, without accents and dots. */
export const listCities = (): [city: string, zone: string][] =>
  Object.entries(TABLE).flatMap(([zone, cities]) => cities.split(', ').map((city): [string, string] => [city, zone]));
