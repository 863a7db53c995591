import type { FakeGitHost } from '../server.ts';
import type { SeedCommit } from './import.ts';
import { shopFiles } from './shop.ts';

// The accounts and repositories of a new local run: a person, a colleague, their organisation, a private project of two
// hundred files, and a host that isn't GitHub.

const HOUR_MS = 3_600_000;
const ROBIN = { name: 'Robin Field', email: 'robin-field@example.com' };
const KIM = { name: 'Kim Reyes', email: 'kim-reyes@example.com' };

export async function seedFirst({ world }: FakeGitHost, now: number): Promise<void> {
  if (!world.store.account('robin-field')) {
    world.addPerson('robin-field', { name: ROBIN.name });
    world.addPerson('kim-reyes', { name: KIM.name });
    world.addOrganization('north-shed', ['robin-field', 'kim-reyes']);
  }
  const shop = 'robin-field/shop';
  await world.addRepository(shop, {
    description: 'The shop: catalogue, cart and prices',
    formerPaths: ['robin-field/store'],
    collaborators: { 'kim-reyes': 'write' },
    createdAt: now - 90 * 24 * HOUR_MS,
    pushedAt: now - 5 * HOUR_MS,
    commits: shopCommits(now),
  });
  world.openIssue(
    shop,
    'kim-reyes',
    'Prices show too many decimals',
    'A cart of 3 × 3.33 € shows 9.990000000000002 €. See src/price.ts.',
  );
  const pull = await world.openPull(shop, 'kim-reyes', {
    title: 'Say how many articles are in the cart',
    head: 'kim/cart-count',
    body: 'The header shows the number of articles.',
  });
  world.finishChecks(shop, pull.headSha, 'success');
  await world.addRepository('robin-field/notes', {
    private: false,
    description: 'Notes that everybody may read',
    commits: [{ message: 'Begin', author: ROBIN, at: now - 400 * HOUR_MS, files: { 'README.md': '# Notes\n' } }],
  });
  await world.addRepository('north-shed/site', {
    description: 'The site of North Shed; main is protected',
    protections: [{ branch: 'main', requiresPull: true, approvals: 1, checks: ['build'] }],
    commits: [
      {
        message: 'Begin',
        author: KIM,
        at: now - 300 * HOUR_MS,
        files: { 'index.html': '<h1>North Shed</h1>\n', 'README.md': '# Site\n' },
      },
    ],
  });
  await world.addRepository('north-shed/old-site', {
    archived: true,
    commits: [
      { message: 'Begin', author: KIM, at: now - 9_000 * HOUR_MS, files: { 'index.html': '<h1>North Shed</h1>\n' } },
    ],
  });
  await world.addRepository('kim-reyes/diary', {
    commits: [
      { message: 'Begin', author: KIM, at: now - 200 * HOUR_MS, files: { 'diary.md': 'Nobody else reads this.\n' } },
    ],
  });
  for (const path of ['gitlab.com/robin-field/tool', 'git.example.com/team/tool'])
    await world.addRepository(path, {
      commits: [{ message: 'Begin', author: ROBIN, at: now - 100 * HOUR_MS, files: { 'README.md': '# Tool\n' } }],
    });
}

/** Yesterday's commits are there for a standup. */
function shopCommits(now: number): SeedCommit[] {
  const files = shopFiles();
  const { 'src/price.ts': price = '', 'src/cart.ts': cart = '', 'README.md': readme = '', ...rest } = files;
  return [
    { message: 'Begin the shop', author: ROBIN, at: now - 89 * 24 * HOUR_MS, files: { ...rest, 'README.md': readme } },
    { message: 'Count prices', author: ROBIN, at: now - 60 * 24 * HOUR_MS, files: { 'src/price.ts': price } },
    {
      message: 'Add the cart\n\nIt keeps its articles in the order in which they came.',
      author: KIM,
      at: now - 28 * HOUR_MS,
      files: { 'src/cart.ts': cart },
    },
    {
      message: 'Say how to run the tests',
      author: ROBIN,
      at: now - 26 * HOUR_MS,
      files: { 'README.md': `${readme}\nTests: \`npm test\`\n` },
    },
    {
      message: 'Say how many articles are in the cart',
      author: KIM,
      at: now - 5 * HOUR_MS,
      branch: 'kim/cart-count',
      from: 'main',
      files: {
        'src/cart-count.ts':
          "import type { Cart } from './cart.ts';\n\nexport const countOf = (cart: Cart): number => cart.lines.length;\n",
      },
    },
  ];
}
