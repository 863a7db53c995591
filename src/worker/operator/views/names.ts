// The views, in the order of the navigation: the name in the address, the title, and the key after g.

export const VIEW_NAMES = {
  people: { title: 'People', key: 'p' },
  audit: { title: 'Audit', key: 'a' },
} as const satisfies Record<string, { title: string; key: string }>;
