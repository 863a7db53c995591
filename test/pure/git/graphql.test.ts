import { describe, expect, test } from 'vitest';
import { readDocument } from '../../../src/git/graphql-document.ts';
import { graphqlBody, judgeGraphql } from '../../../src/git/graphql-verdict.ts';

const judge = (query: unknown, variables?: unknown) => judgeGraphql({ query, variables }, 'acme/shop');
const HERE = 'repository(owner: "acme", name: "shop")';
const inside = (fields: string): string => `{ ${HERE} { ${fields} } }`;

describe('allowed', () => {
  test.each([
    ['a repository by words', inside('id name'), {}],
    ['in another case', '{ repository(owner: "ACME", name: "Shop") { id } }', {}],
    [
      'by variables',
      'query($o: String!, $n: String!) { repository(owner: $o, name: $n) { id } }',
      { o: 'acme', n: 'shop' },
    ],
    ['by the default of a variable', 'query($n: String = "shop") { repository(owner: "acme", name: $n) { id } }', {}],
    [
      'under another name, in a fragment',
      `query Q { ...F } fragment F on Query { repo_000: ${HERE} { ...R } } fragment R on Repository { id owner { login } parent { name owner { login } } }`,
      {},
    ],
    [
      'pull requests',
      inside(
        'pullRequests(first: 30, states: [OPEN]) { totalCount nodes { number author { login ... on User { name } } headRepository { name } commits(last: 1) { nodes { commit { statusCheckRollup { contexts(first: 100) { nodes { ... on CheckRun { name checkSuite { workflowRun { workflow { name } } } } ... on StatusContext { state } } } } } } } } pageInfo { hasNextPage endCursor } }',
      ),
      {},
    ],
    [
      'a search within',
      '{ search(query: "Repo:Acme/shop is:pr state:open author:@me", type: ISSUE, first: 9) { nodes { ... on PullRequest { title } } } }',
      {},
    ],
    ['the repository of a pull request', inside('pullRequest(number: 1) { repository { nameWithOwner } }'), {}],
    ['who asks', `query { viewer { login } ${HERE} { id } }`, {}],
    [
      'what the host knows',
      '{ PullRequest: __type(name: "PullRequest") { fields(includeDeprecated: true) { name } } }',
      {},
    ],
    [
      'comments, commas and conditions',
      `# a { comment\nquery($x: Boolean!) { ${HERE} { id, name @include(if: $x) } } # the end {`,
      { x: true },
    ],
  ])('%s', (_, query, variables) => {
    expect(judge(query, variables)).toEqual({ ids: [], needs: null });
  });

  test('a node, when the host says that it belongs to the repository', () => {
    expect(
      judge('query($id: ID!) { node(id: $id) { ... on PullRequest { reviews(first: 100) { nodes { body } } } } }', {
        id: 'PR_1',
      }),
    ).toEqual({ ids: ['PR_1'], needs: null });
  });

  test.each([
    [
      'createPullRequest',
      { repositoryId: 'R_1', title: 'Fix', body: 'b', headRefName: 'fix', baseRefName: 'main' },
      ['R_1'],
    ],
    ['addComment', { subjectId: 'PR_1', body: 'repositoryId' }, ['PR_1']],
    ['addPullRequestReview', { pullRequestId: 'PR_1', event: 'COMMENT', threads: [{ path: 'a', line: 1 }] }, ['PR_1']],
    ['addPullRequestReviewComment', { pullRequestReviewId: 'RV_1', inReplyTo: 'C_1' }, ['RV_1', 'C_1']],
    ['updateIssueComment', { id: 'IC_1', body: 'x' }, ['IC_1']],
    ['createIssue', { repositoryId: 'R_1', assigneeIds: ['U_1'], labelIds: ['L_1', 'L_2'] }, ['R_1', 'L_1', 'L_2']],
  ])('%s, with the ids in its input', (name, input, ids) => {
    const query = `mutation M($input: I!) { ${name}(input: $input) { clientMutationId pullRequest { id url } } }`;
    expect(judge(query, { input })).toEqual({ ids, needs: null });
  });

  test.each([
    ['mutation { mergePullRequest(input: { pullRequestId: "PR_1" }) { clientMutationId } }'],
    ['mutation { addPullRequestReview(input: { pullRequestId: "PR_1", event: APPROVE }) { clientMutationId } }'],
    [
      'mutation { a: addComment(input: { subjectId: "PR_1" }) { clientMutationId } b: enablePullRequestAutoMerge(input: { pullRequestId: "PR_1" }) { clientMutationId } }',
    ],
    [
      'mutation { mergePullRequest(input: { pullRequestId: "PR_1", expectedHeadOid: "0123abc" }) { clientMutationId } }',
    ],
    ['mutation { addComment(input: { subjectId: "PR_1", body: "@dependabot merge" }) { clientMutationId } }'],
    [
      'mutation { addPullRequestReview(input: { pullRequestId: "PR_1", threads: [{ body: "/lgtm" }] }) { clientMutationId } }',
    ],
  ])('merging and approving by permission: %s', (query) => {
    expect(judge(query)).toEqual({ ids: ['PR_1'], needs: 'merge' });
  });
});

describe('refused', () => {
  const long = (unit: string, times: number): string => unit.repeat(times);
  test.each([
    ['another repository', '{ repository(owner: "acme", name: "vault") { id } }'],
    ['another repository beside ours', `{ ${HERE} { id } x: repository(owner: "acme", name: "vault") { id } }`],
    [
      'another repository in a second operation',
      `query A { ${HERE} { id } } query B { repository(owner: "acme", name: "vault") { id } }`,
    ],
    [
      'another repository in a fragment',
      `{ ...F } fragment F on Query { repository(owner: "acme", name: "vault") { id } }`,
    ],
    ['a repository without a name', 'query($n: String!) { repository(owner: "acme", name: $n) { id } }'],
    ...['is:open', 'repo:acme/vault', 'repo:acme/shop repo:acme/vault', 'repo:acme/shop OR is:open', '(repo:acme/shop)']
      .concat(
        'repo:acme/shop user:acme',
        'repo:acme/shop owner:acme',
        '-"x repo:acme/shop y"',
        '-label:"x repo:acme/shop y"',
        '-“x repo:acme/shop y”',
        'repo:acme/shop "x',
        'repo:acme/shop -\\"x',
        '-repo:acme/shop',
        'repo:acme/shop or x',
        '"repo:acme/shop" x',
        'NOT repo:acme/shop',
      )
      .map((query): [string, string] => [
        `a search for ${query}`,
        `{ search(query: ${JSON.stringify(query)}, type: ISSUE, first: 1) { nodes { __typename } } }`,
      ]),
    ['a search for persons', '{ search(query: "repo:acme/shop", type: USER, first: 1) { nodes { __typename } } }'],
    [
      'a search for repositories',
      '{ search(query: "repo:acme/shop", type: REPOSITORY, first: 1) { repositoryCount } }',
    ],
    [
      'what is written in an issue of another repository',
      inside('pullRequest(number: 1) { closingIssuesReferences(first: 9) { nodes { number body } } }'),
    ],
    [
      'the same in a fragment',
      `{ ${HERE} { pullRequest(number: 1) { ...F author { ...T } } } } fragment F on PullRequest { closingIssuesReferences(first: 9) { nodes { repository { name } ...T } } } fragment T on Issue { title }`,
    ],
    [
      'what is written in the issue above one, which may be of another repository',
      inside('issue(number: 1) { parent { number title } }'),
    ],
    ['eleven operations', inside('id').repeat(11)],
    [
      'a hundred and one fragments',
      `${inside('...F0')}${Array.from({ length: 101 }, (_, n) => `fragment F${n} on Repository { id }`).join('')}`,
    ],
    ['a search for nothing', '{ search(type: ISSUE, first: 1) { nodes { __typename } } }'],
    ['a person', '{ user(login: "ada") { repositories(first: 9) { nodes { name } } } }'],
    ['an organisation', '{ organization(login: "acme") { id } }'],
    ['repositories of who asks', '{ viewer { repositories(first: 9) { nodes { name } } } }'],
    ['a repository of who asks', '{ viewer { repository(name: "vault") { description } } }'],
    ['repositories of the owner', inside('owner { ... on User { repositories(first: 9) { nodes { name } } } }')],
    [
      'a repository of the author',
      inside(
        'pullRequests(first: 1) { nodes { author { ... on User { repository(name: "vault") { description } } } } }',
      ),
    ],
    ['files of a fork', inside('parent { object(expression: "HEAD:key") { ... on Blob { text } } }')],
    [
      'files of a fork in a fragment that is allowed elsewhere',
      `{ ${HERE} { ...F parent { ...F } } } fragment F on Repository { object(expression: "HEAD:key") { ... on Blob { text } } }`,
    ],
    ['forks', inside('forks(first: 9) { nodes { name } }')],
    ['a token for cloning', inside('tempCloneToken')],
    ['a token under another name', inside('name: tempCloneToken')],
    ['a subscription', 'subscription { x }'],
    ['nothing', ''],
    ['no operation', 'fragment F on Query { viewer { login } }'],
    ['an unknown fragment', '{ ...F }'],
    ['a block string', '{ repository(owner: """acme""", name: "shop") { id } }'],
    ['a block string in a list', '{ nodes(ids: ["""PR_1"""]) { id } }'],
    ['a fragment twice', `{ ${HERE} { ...F } } fragment F on Repository { id } fragment F on Repository { name }`],
    ['an unknown directive', `{ ${HERE} { id @defer } }`],
    ['broken text', `{ ${HERE} { id `],
    ['a broken string', '{ repository(owner: "acme\n", name: "shop") { id } }'],
    ['an argument twice', '{ repository(owner: "acme", owner: "evil", name: "shop") { id } }'],
    ['depth', inside(`${long('commits{nodes{', 20)} id ${long('}}', 20)}`)],
    ['length', inside(long('id ', 40_000))],
    ['a list of requests', [{ query: inside('id') }]],
  ])('%s', (_, query) => {
    expect(judge(query)).toHaveProperty('refused');
  });

  test.each(
    `createRef updateRef deleteRef updateRefs createCommitOnBranch mergeBranch updatePullRequestBranch deleteRepository
    updateRepository createRepository transferIssue deleteIssue createDeployment createCheckRun addCollaborator
    createBranchProtectionRule updateBranchProtectionRule createLinkedBranch revertPullRequest __proto__ constructor`
      .split(/\s+/)
      .map((name) => [name]),
  )('the mutation %s', (name) => {
    expect(judge(`mutation { ${name}(input: { repositoryId: "R_1" }) { clientMutationId } }`)).toHaveProperty(
      'refused',
    );
    const hidden = `mutation A { addComment(input: { subjectId: "I_1" }) { clientMutationId } } mutation B { x: ${name}(input: {}) { clientMutationId } }`;
    expect(judge(hidden)).toHaveProperty('refused');
    expect(
      judge(`mutation { ...F } fragment F on Mutation { ${name}(input: {}) { clientMutationId } }`),
    ).toHaveProperty('refused');
  });

  test.each([
    ['an input that isn’t given', 'mutation($i: I!) { addComment(input: $i) { clientMutationId } }', {}],
    ['a list as input', 'mutation($i: I!) { addComment(input: $i) { clientMutationId } }', { i: [] }],
    [
      'a pull request from a fork',
      'mutation($i: I!) { createPullRequest(input: $i) { clientMutationId } }',
      { i: { repositoryId: 'R_1', headRefName: 'mallory:fix' } },
    ],
    [
      'an id that is a number',
      'mutation($i: I!) { addComment(input: $i) { clientMutationId } }',
      { i: { subjectId: 5 } },
    ],
    ['an id that isn’t text', '{ nodes(ids: [["a"]]) { id } }', {}],
    ['a number among the ids', '{ nodes(ids: ["PR_1", 5]) { id } }', {}],
    [
      'fields of others in a mutation’s answer',
      'mutation($i: I!) { addComment(input: $i) { subject { ... on Issue { author { repositories { nodes { name } } } } } } }',
      { i: { subjectId: 'I_1' } },
    ],
    ['variables that are a list', inside('id'), []],
    [
      'more ids than fifty',
      'query($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      { ids: Array.from({ length: 51 }, (_, n) => `n${n}`) },
    ],
  ])('%s', (_, query, variables) => {
    expect(judge(query, variables)).toHaveProperty('refused');
  });

  test('an input that is too deep', () => {
    let input: unknown = 'x';
    for (let n = 0; n < 5000; n += 1) input = { a: input };
    expect(judge('mutation($i: I!) { addComment(input: $i) { clientMutationId } }', { i: input })).toHaveProperty(
      'refused',
    );
  });
});

test('a path has the case that the host gave it', () => {
  expect(judgeGraphql({ query: inside('id') }, 'Acme/Shop')).toEqual({ ids: [], needs: null });
});

test('fragments that name each other end', () => {
  const circle = `{ ${HERE} { ...A } } fragment A on Repository { ...B } fragment B on Repository { ...A }`;
  expect(judge(circle)).toEqual({ ids: [], needs: null });
  const many = Array.from({ length: 60 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
  expect(judge(`{ ...F0 } ${many.join(' ')} fragment F60 on Query { ${HERE} { id } }`)).toHaveProperty('ids');
});

test('values are read as the host reads them', () => {
  const [operation] = readDocument('{ a(t: true, f: false, n: null, e: OPEN, s: "", i: -1.5e2) }')?.operations ?? [];
  const [field] = operation?.selections ?? [];
  const values = field?.kind === 'field' ? Object.entries(field.args) : [];
  expect(values.map(([, value]) => (value.kind === 'scalar' ? value.value : value))).toEqual([
    ...[true, false, null, 'OPEN', '', -150],
  ]);
});

test('what follows a comment’s end is read, and its words are not', () => {
  expect(readDocument('{ a # } query X { b }\n}')?.operations).toHaveLength(1);
  expect(readDocument('{ a } # { b }')?.operations).toHaveLength(1);
  expect(readDocument('{ a } #x\r{ b }')?.operations).toHaveLength(2);
});

test('the host gets only what was judged', () => {
  const body = JSON.parse(
    '{"query":"{ a }","variables":{"x":1},"operationName":"A","extensions":{"persistedQuery":1}}',
  );
  expect(JSON.parse(graphqlBody(body))).toEqual({ query: '{ a }', variables: { x: 1 }, operationName: 'A' });
});
