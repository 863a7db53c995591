import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import type { JWK } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { sealSecret } from '../../src/links/sealed-secret.ts';
import { CONNECT_AUDIENCE, MODEL_AUDIENCE, signToken } from '../../src/protocol/index.ts';
import { answerTo, Person, quiet } from './person.ts';
import { addressObject, stubOf, useOutside, vars } from './relay.ts';

// The connect gateway at the edge: a machine comes with a short-lived token, and its request leaves with the person's
// credential for one repository at one host, or not at all.

const world = useOutside();
beforeEach(quiet);
const SECRETS_KEY = 'A'.repeat(43);
const TOKEN = 'github_pat_theSecretOfThePerson';
const key = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as JWK;
const [ZERO, A, B] = ['0', 'a', 'b'].map((digit) => digit.repeat(40)) as [string, string, string];
const CAPS = ' report-status-v2 side-band-64k object-format=sha1 agent=git/2.39.5';
const line = (text: string): string => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
const push = (...commands: [ref: string, old: string, next: string][]): string =>
  `${commands.map(([ref, old, next], n) => line(`${old} ${next} ${ref}${n === 0 ? `\0${CAPS}` : ''}`)).join('')}0000PACK`;
/** What a host says that took the refs. */
const took = (...refs: string[]): string => {
  const report = `${line('unpack ok\n')}${refs.map((ref) => line(`ok ${ref}\n`)).join('')}0000`;
  return `${line(`\u0001${report}`)}0000`;
};

type Seen = { method: string; url: string; authorization: string | null; headers: Headers; body: string };

/** A person whose project has acme/shop and a running turn, the token of their machine, and what reaches the host. */
async function running(answer: (seen: Seen) => Response = () => new Response('ok')) {
  Object.assign(vars, { SECRETS_KEY });
  const person = new Person(world);
  await person.says('hello');
  await person.answered(0, 'Hi.');
  const id = stubOf(person.address).id.toString();
  const sealed = await sealSecret(
    { current: SECRETS_KEY },
    { object: id, host: 'github.com' },
    JSON.stringify({ token: TOKEN }),
  );
  const repository = {
    host: 'github.com',
    path: 'acme/shop',
    id: '1',
    defaultBranch: 'main',
    isPrivate: true,
    sizeKb: 1,
  };
  await person.rewrites(`UPDATE projects SET repository = '${JSON.stringify(repository)}'`);
  await person.rewrites(
    `INSERT INTO connections (host, kind, state, login, sealed, connected_at) VALUES ('github.com', 'token', 'good', 'ada', '${sealed}', 1)`,
  );
  await person.says('work');
  const { attempt, uuids } = await person.started(1);
  const token = await signToken(key, { audience: CONNECT_AUDIENCE, conversation: id, attempt }, Date.now(), 600_000);
  const seen: Seen[] = [];
  world.outside.onGit = async (request) => {
    const { method, url, headers } = request;
    const one = { method, url, headers, authorization: headers.get('authorization'), body: await request.text() };
    seen.push(one);
    return answer(one);
  };
  const call = (method: string, address: string, body: BodyInit | null = null, headers: Record<string, string> = {}) =>
    exports.default.fetch(`https://relay.example.com/connect/${address}`, {
      method,
      body,
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
  return { person, id, attempt, uuids, token, seen, call };
}

const directoryRows = (query: string) =>
  runInDurableObject(env.DIRECTORY.getByName('directory'), (_, { storage }) => storage.sql.exec(query).toArray());

const REPO = 'github.com/acme/shop.git';
const API = 'api.github.com/repos/acme/shop';
const basic = `Basic ${btoa(`x-access-token:${TOKEN}`)}`;

describe('passes on', () => {
  test('a fetch, with the credential in place of the token and nothing else of the machine', async () => {
    const { call, seen } = await running(
      () =>
        new Response('PACK', {
          headers: { 'content-type': 'application/x-git-upload-pack-result', 'set-cookie': 'a=1' },
        }),
    );
    const headers = {
      'git-protocol': 'version=2',
      'content-encoding': 'gzip',
      cookie: 'x=1',
      'x-forwarded-for': '1.2.3.4',
    };
    const response = await call('POST', `${REPO}/git-upload-pack`, 'want', headers);
    expect([response.status, await response.text()]).toEqual([200, 'PACK']);
    expect(response.headers.get('set-cookie')).toBeNull();
    const [one] = seen;
    expect(one).toMatchObject({
      url: 'https://github.com/acme/shop.git/git-upload-pack',
      authorization: basic,
      body: 'want',
    });
    expect(one?.headers.get('git-protocol')).toBe('version=2');
    expect(one?.headers.get('content-encoding')).toBe('gzip');
    expect(one?.headers.get('cookie')).toBeNull();
    expect(one?.headers.get('x-forwarded-for')).toBeNull();
  });

  test('a push of an own branch; its next push goes on from there, and not from anywhere else', async () => {
    const { call, seen } = await running(() => new Response(took('refs/heads/fix')));
    expect(await (await call('POST', `${REPO}/git-receive-pack`, '0000')).text()).toBe(took('refs/heads/fix'));
    const first = push(['refs/heads/fix', ZERO, A]);
    expect(await (await call('POST', `${REPO}/git-receive-pack`, first)).text()).toBe(took('refs/heads/fix'));
    expect(seen.map(({ body }) => body)).toEqual(['0000', first]);
    await world.outside.until(
      async () =>
        (await (await call('POST', `${REPO}/git-receive-pack`, push(['refs/heads/fix', A, B]))).text()) ===
        took('refs/heads/fix'),
    );
    const stale = await (await call('POST', `${REPO}/git-receive-pack`, push(['refs/heads/fix', A, B]))).text();
    expect(stale).toContain('ng refs/heads/fix not allowed');
  });

  test('REST and GraphQL about the repository, without a token that GitHub adds, and pages at the name', async () => {
    const { call, seen } = await running(({ body, url }) => {
      if (url.endsWith('/graphql') && body.includes('nodes(ids'))
        return Response.json({ data: { nodes: [{ nameWithOwner: 'Acme/shop' }] } });
      return Response.json(
        { id: 1, temp_clone_token: 'AAAA', nested: { temp_clone_token: 'BBBB' } },
        { headers: { link: '<https://api.github.com/repositories/77/pulls?page=2>; rel="next"' } },
      );
    });
    const pulls = await call('GET', `${API}/pulls?state=open`);
    expect(await pulls.json()).toEqual({ id: 1, temp_clone_token: null, nested: { temp_clone_token: null } });
    expect(pulls.headers.get('link')).toContain('https://api.github.com/repos/acme/shop/pulls?page=2');
    expect(seen[0]).toMatchObject({
      url: 'https://api.github.com/repos/acme/shop/pulls?state=open',
      authorization: `Bearer ${TOKEN}`,
    });
    const input = { repositoryId: 'R_1', title: 'Fix', headRefName: 'fix', baseRefName: 'main' };
    const query =
      'mutation($input: CreatePullRequestInput!) { createPullRequest(input: $input) { pullRequest { url } } }';
    const made = await call(
      'POST',
      'api.github.com/graphql',
      JSON.stringify({ query, variables: { input }, extensions: {} }),
    );
    expect(made.status).toBe(200);
    expect(JSON.parse(seen[1]?.body ?? '')).toMatchObject({ variables: { ids: ['R_1'] } });
    expect(JSON.parse(seen[2]?.body ?? '')).toEqual({ query, variables: { input } });
  });
});

test('a body goes on as the JSON that was read, whatever type the machine gave it', async () => {
  const { call, seen } = await running(() => Response.json({}));
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-http-method-override': 'PUT' };
  await call(
    'POST',
    `${API}/pulls/3/reviews`,
    '{"event":"COMMENT","event":"REQUEST_CHANGES","a":"&event=APPROVE&"}',
    headers,
  );
  await call('POST', `${REPO}/info/lfs/objects/batch`, '{"operation":"download","objects":[]}', headers);
  expect(seen.map((one) => one.headers.get('content-type'))).toEqual([
    'application/json',
    'application/vnd.git-lfs+json',
  ]);
  expect(seen[0]?.headers.get('x-http-method-override')).toBeNull();
  expect(seen[0]?.body).toBe('{"event":"REQUEST_CHANGES","a":"&event=APPROVE&"}');
});

describe('refuses', () => {
  test('without a token, with one of another kind, of another attempt, and after the turn', async () => {
    const { person, id, attempt, uuids, seen, call, token } = await running();
    const signed = (claims: object, now = Date.now()) =>
      signToken(key, { audience: CONNECT_AUDIENCE, conversation: id, attempt, ...claims }, now, 600_000);
    const wrong = ['', 'x', await signed({ audience: MODEL_AUDIENCE }), await signed({}, Date.now() - 3_600_000)];
    for (const each of wrong) {
      const headers = { authorization: `Bearer ${each}` };
      expect((await call('GET', `${REPO}/info/refs?service=git-upload-pack`, null, headers)).status).toBe(401);
    }
    const other = await signed({ attempt: `${attempt}1` });
    const refused = await call('GET', `${REPO}/info/refs?service=git-upload-pack`, null, {
      authorization: `Bearer ${other}`,
    });
    expect([refused.status, await refused.text()]).toEqual([
      403,
      'This turn is over and can no longer use the repository.\n',
    ]);
    person.tells(attempt, ...answerTo(uuids, 'Done.'));
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));
    expect(
      (await call('GET', `${REPO}/info/refs?service=git-upload-pack`, null, { authorization: `Bearer ${token}` }))
        .status,
    ).toBe(403);
    expect(seen).toEqual([]);
  });

  test('another repository, another host, another route, compressed bodies: the host hears nothing', async () => {
    const { call, seen } = await running();
    const refused: [string, string, BodyInit | null, Record<string, string>?][] = [
      ['GET', 'github.com/acme/vault.git/info/refs?service=git-upload-pack', null],
      ['POST', 'github.com/evil/shop.git/git-receive-pack', push(['refs/heads/fix', ZERO, A])],
      ['GET', 'gitlab.com/acme/shop.git/info/refs?service=git-upload-pack', null],
      ['GET', 'api.github.com/repos/acme/vault/pulls', null],
      ['GET', 'api.github.com/user', null],
      ['PUT', `${API}/contents/README.md`, '{}'],
      ['POST', `${API}/git/refs`, '{}'],
      ['POST', `${API}/pulls`, '{"head":"mallory:fix","base":"main"}'],
      ['POST', `${API}/pulls`, 'not json'],
      ['POST', `${REPO}/git-receive-pack`, push(['refs/heads/fix', ZERO, A]), { 'content-encoding': 'gzip' }],
      ['POST', `${API}/pulls`, '{}', { 'content-encoding': 'gzip' }],
    ];
    for (const [method, address, body, headers] of refused) {
      const response = await call(method, address, body, headers);
      // A push hears it in git's own report.
      const isRefused =
        response.status >= 400 || (await response.text()).includes('ng refs/heads/fix refused by Roost');
      expect([address, isRefused]).toEqual([address, true]);
    }
    const graphql = await call(
      'POST',
      'api.github.com/graphql',
      JSON.stringify({ query: '{ repository(owner: "acme", name: "vault") { id } }' }),
    );
    expect(await graphql.json()).toMatchObject({
      data: null,
      errors: [{ message: expect.stringContaining('another repository') }],
    });
    expect(seen).toEqual([]);
  });

  test.each([
    ['POST', `${API}/pulls/3/comments`, '{"body":', '"x"}'],
    ['POST', `${REPO}/git-receive-pack`, '00', push(['refs/heads/fix', ZERO, A]).slice(2)],
  ])('a slow body whose account is disconnected meanwhile: %s %s', async (method, address, first, rest) => {
    const { call, person, seen } = await running(() => Response.json({}));
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const body = writable.getWriter();
    const asked = call(method, address, readable);
    await body.write(encode(first));
    await person.says('/github off');
    await world.outside.until(async () => (await person.rows('SELECT 1 FROM connections')).length === 0);
    await body.write(encode(rest));
    await body.close();
    expect(await (await asked).text()).toContain('isn’t connected');
    expect(seen.filter(({ url }) => !url.endsWith('/credentials/revoke'))).toEqual([]);
  });

  test('ids of another repository', async () => {
    const { call, seen } = await running(() =>
      Response.json({ data: { nodes: [{ repository: { nameWithOwner: 'acme/vault' } }] } }),
    );
    const query = 'mutation { addComment(input: { subjectId: "I_1", body: "x" }) { clientMutationId } }';
    const response = await call('POST', 'api.github.com/graphql', JSON.stringify({ query }));
    expect(await response.json()).toMatchObject({
      errors: [{ message: 'This request names something outside this project’s repository.' }],
    });
    expect(seen).toHaveLength(1);
  });

  test('redirects and answers with the credential in them', async () => {
    const answers = [
      new Response(null, { status: 301, headers: { location: 'https://evil.example/steal' } }),
      new Response(null, { status: 307, headers: { location: 'https://github.com/acme/renamed.git/info/refs' } }),
    ];
    const { call, seen } = await running(() => answers.shift() ?? Response.json({ header: { Authorization: basic } }));
    for (const _ of [1, 2]) {
      const response = await call('GET', `${REPO}/info/refs?service=git-upload-pack`);
      expect([response.status, response.headers.get('location')]).toEqual([403, null]);
      expect(await response.text()).toContain('renamed or moved');
    }
    const lfs = await call('POST', `${REPO}/info/lfs/objects/batch`, '{"operation":"download","objects":[]}');
    expect([lfs.status, (await lfs.text()).includes(TOKEN)]).toEqual([502, false]);
    expect(seen).toHaveLength(3);
  });

  test('a push that is too large, by its length at once and while it streams', async () => {
    const { call, seen } = await running();
    Object.assign(vars, { MAX_PUSH_MB: '1' });
    const large = push(['refs/heads/fix', ZERO, A]) + 'x'.repeat(2 ** 20);
    const known = await call('POST', `${REPO}/git-receive-pack`, large);
    expect(await known.text()).toContain('This push is larger than 1 MB.');
    expect(seen).toEqual([]);
    const bytes = new TextEncoder().encode(large);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 65_536) controller.enqueue(bytes.slice(at, at + 65_536));
        controller.close();
      },
    });
    const streamed = await call('POST', `${REPO}/git-receive-pack`, stream);
    expect(await streamed.text()).toContain('ng refs/heads/fix too large');
  });

  test('a body of the API, or an answer that is read as a whole, that is too large; others pass in any size', async () => {
    const text = 'x'.repeat(2 ** 20);
    const { call, seen } = await running(() => Response.json({ text }));
    const body = await call('POST', `${API}/pulls`, JSON.stringify({ body: text }));
    expect(await body.json()).toEqual({ message: 'The request is larger than 1 MB. Send less at once.' });
    expect(seen).toEqual([]);
    const opened = await call('POST', `${API}/pulls`, '{"head":"fix","base":"main"}');
    expect(await opened.json()).toMatchObject({ message: expect.stringContaining('The answer is larger than 1 MB.') });
    expect(await (await call('GET', `${API}/pulls`)).json()).toEqual({ text });
  });

  test('an answer of any size that shows the credential breaks off before it', async () => {
    const text = `${'x'.repeat(200_000)}${TOKEN}`;
    const { person, call } = await running(() => Response.json({ text }));
    let got = '';
    const read = async () => {
      const answer = await call('GET', `${API}/pulls`);
      for await (const piece of answer.body ?? []) got += new TextDecoder().decode(piece);
    };
    await expect(read()).rejects.toThrow();
    expect(got).not.toContain('github_pat');
    await world.outside.until(
      async () => (await person.rows("SELECT 1 FROM git_refusals WHERE why = 'shows-credential'")).length === 1,
    );
  });

  test('a host that doesn’t answer: git hears it', async () => {
    const { call } = await running(() => {
      throw new Error('down');
    });
    const response = await call('POST', `${REPO}/git-upload-pack`, '0000');
    expect(await response.text()).toContain('ERR The git host doesn’t answer.');
  });
});

test('a refused token: the account is marked, and the person told once', async () => {
  const { person, call } = await running(
    () => new Response('Bad credentials', { status: 401, headers: { 'www-authenticate': 'Basic' } }),
  );
  for (const _ of [1, 2]) {
    const response = await call('GET', `${REPO}/info/refs?service=git-upload-pack`);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([403, null]);
    expect(await response.text()).toContain('/github');
    await world.outside.until(
      async () => (await person.rows("SELECT 1 FROM connections WHERE state = 'refused'")).length === 1,
    );
  }
  const told = (await person.replies()).filter(({ body }) => body.includes('refused the token'));
  expect(told).toHaveLength(1);
});

test('a token that is refused when ids are looked up is told as that', async () => {
  const { person, call } = await running(() => new Response('Bad credentials', { status: 401 }));
  const query = 'mutation { addComment(input: { subjectId: "I_1", body: "x" }) { clientMutationId } }';
  const response = await call('POST', 'api.github.com/graphql', JSON.stringify({ query }));
  expect(await response.json()).toMatchObject({
    errors: [{ message: expect.stringContaining('refused the person’s') }],
  });
  await world.outside.until(
    async () => (await person.rows("SELECT 1 FROM connections WHERE state = 'refused'")).length === 1,
  );
});

describe('/github off while it runs cuts', () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const off = async (person: Person): Promise<void> => {
    await person.says('/github off');
    await world.outside.until(async () => (await person.rows('SELECT 1 FROM connections')).length === 0);
  };

  test('a fetch, in the middle of a packet: git shows why', async () => {
    const pieces = [`${line('packfile\n')}${line('\u0001PACK')}0020\u0001half`, `${'.'.repeat(23)}0020more`];
    let isLeft = false;
    const readable = new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        // The rest of the packet comes when the fetch is cut already.
        if (pieces.length === 1) await new Promise((resolve) => setTimeout(resolve, 4_000));
        const piece = pieces.shift();
        if (piece !== undefined) controller.enqueue(encode(piece));
        else await new Promise(() => undefined);
      },
      cancel() {
        isLeft = true;
      },
    });
    const { call, person } = await running(({ url }) => new Response(url.endsWith('revoke') ? null : readable));
    const answer = await call('POST', `${REPO}/git-upload-pack`, '0000');
    await off(person);
    const [, rest = ''] = (await answer.text()).split(line('\u0001PACK'));
    expect(rest.startsWith(`0020\u0001half${'.'.repeat(23)}`)).toBe(true);
    expect(rest.slice(32)).toMatch(/^[0-9a-f]{4}.The person’s account .* isn’t connected\. .*\n$/);
    await world.outside.until(() => isLeft);
  });

  test('a push: the host doesn’t get the rest, and git shows why', async () => {
    const got: string[] = [];
    const { call, person } = await running();
    world.outside.onGit = async (request) => {
      if (request.url.endsWith('revoke')) return new Response();
      for await (const piece of request.body ?? []) got.push(new TextDecoder().decode(piece));
      got.push('end');
      return new Response(took('refs/heads/fix'));
    };
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const git = writable.getWriter();
    const asked = call('POST', `${REPO}/git-receive-pack`, readable);
    await git.write(encode(push(['refs/heads/fix', ZERO, A])));
    await world.outside.until(() => got.length > 0);
    await off(person);
    for (let n = 0; n < 35; n++) {
      await git.write(encode('more'));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await git.write(encode('the last part'));
    await git.close();
    const text = await (await asked).text();
    expect(text).toContain('isn’t connected');
    expect(text).toContain('ng refs/heads/fix refused by Roost');
    const sent = got.join('');
    expect([sent.endsWith('moremore'), sent.includes('part'), sent.includes('end')]).toEqual([true, false, false]);
  });

  test('a request that the host hasn’t answered yet', async () => {
    const { call, person } = await running();
    world.outside.onGit = (request) => (request.url.endsWith('/pulls') ? new Promise(() => undefined) : new Response());
    const asked = call('GET', `${API}/pulls`);
    await off(person);
    expect(await (await asked).json()).toMatchObject({ message: expect.stringContaining('isn’t connected') });
  });
});

test('bodies that never end are few', async () => {
  const { call } = await running();
  const bodies = Array.from({ length: 32 }, () => new TransformStream<Uint8Array, Uint8Array>());
  const asked = bodies.map(({ readable }) => call('POST', `${API}/issues`, readable));
  await expect.poll(async () => (await call('GET', `${API}/pulls`)).status).toBe(429);
  await Promise.all(bodies.map(({ writable }) => writable.close()));
  expect((await Promise.all(asked)).map(({ status }) => status)).not.toContain(500);
  expect((await call('GET', `${API}/pulls`)).status).toBe(200);
});

test('a person who is a guest by now: the agent reads it, and the host hears nothing', async () => {
  const { person, call, seen } = await running();
  const guest = { to: 'role', role: 'guest' } as const;
  await addressObject(person.address).changeAccess(guest, { id: 'operator', role: 'owner', isSelf: false });
  for (const address of [`${REPO}/info/refs?service=git-upload-pack`, `${API}/pulls`]) {
    const response = await call('GET', address);
    expect([response.status, (await response.text()).includes('guests can’t use accounts')]).toEqual([403, true]);
  }
  expect(seen).toEqual([]);
});

describe('what the person may allow', () => {
  test('a push to the default branch: they are asked once, and a yes goes to the agent and to the next push', async () => {
    const { person, call, attempt, uuids, seen } = await running(() => new Response(took('refs/heads/main')));
    const toMain = () =>
      call('POST', `${REPO}/git-receive-pack`, push(['refs/heads/main', A, B])).then((r) => r.text());
    for (const _ of [1, 2]) expect(await toMain()).toContain('The person has been asked.');
    expect(seen).toEqual([]);
    const asks = () =>
      person.replies().then((all) => all.filter(({ body }) => body.includes('may I push to the default branch')));
    expect(await asks()).toHaveLength(1);
    await world.outside.until(async () => (await asks())[0]?.state === 'accepted');
    await person.says('yes');
    expect(await toMain()).toBe(took('refs/heads/main'));
    person.tells(attempt, ...answerTo(uuids, 'Waiting.'));
    const next = await person.asked(2);
    expect(next.texts[0]).toContain('they have allowed you to push to the default branch');
  });

  test('a no counts for the turn', async () => {
    const { person, call, seen } = await running();
    const remove = () =>
      call('POST', `${REPO}/git-receive-pack`, push(['refs/heads/fix', A, ZERO])).then((r) => r.text());
    expect(await remove()).toContain('The person has been asked.');
    await world.outside.until(async () =>
      (await person.replies()).some(({ body, state }) => body.includes('delete branches') && state === 'accepted'),
    );
    await person.says('no');
    expect(await remove()).toContain('They said no in this turn');
    expect(seen).toEqual([]);
  });

  test('merging and approving by permission', async () => {
    const { call, seen } = await running();
    const merge = await call('PUT', `${API}/pulls/3/merge`);
    expect(await merge.json()).toMatchObject({ message: expect.stringContaining('merging or approving') });
    const approve = await call('POST', `${API}/pulls/3/reviews`, JSON.stringify({ event: 'APPROVE' }));
    expect(approve.status).toBe(403);
    expect(seen).toEqual([]);
  });
});

test('the audit hears of each turn, host and kind of request, and of each refusal', async () => {
  const { person, call, attempt, uuids } = await running(() => new Response('1234'));
  for (const _ of [1, 2, 3]) await (await call('POST', `${REPO}/git-upload-pack`, '12')).text();
  await call('POST', `${REPO}/git-receive-pack`, push(['refs/notes/x', ZERO, A]));
  await world.outside.until(async () => (await person.rows('SELECT 1 FROM git_uses WHERE requests = 3')).length === 1);
  person.tells(attempt, ...answerTo(uuids, 'Done.'));
  await world.outside.until(async () => (await person.rows('SELECT 1 FROM git_uses WHERE told = 0')).length === 0);
  const shown = await person.local.detail(false);
  expect(shown?.gitUses).toMatchObject([
    { kind: 'push', refused: 1 },
    { kind: 'fetch', requests: 3 },
  ]);
  expect(shown?.gitRefusals).toMatchObject([{ host: 'github.com', kind: 'push', why: 'namespace' }]);
  const said = (await directoryRows("SELECT action, detail FROM audit WHERE action LIKE 'git%' ORDER BY action")).map(
    Object.values,
  );
  expect(said).toEqual([
    ['git fetch', 'github.com: 3 requests, 6 bytes up, 12 down'],
    ['git push', 'github.com: 1 request, 174 bytes up, 0 down, 1 refused'],
    ['git push refused', 'github.com: namespace'],
  ]);
});
