// The views, in the order of the navigation: the name in the address, the title, and the key after g.

export const VIEW_NAMES = {
  now: { title: 'Now', key: 'n' },
  people: { title: 'People', key: 'p' },
  money: { title: 'Money', key: 'm' },
  latency: { title: 'Latency', key: 'l' },
  machines: { title: 'Machines', key: 'c' },
  schedules: { title: 'Schedules', key: 's' },
  audit: { title: 'Audit', key: 'a' },
} as const satisfies Record<string, { title: string; key: string }>;
