import { describe, expect, test } from 'vitest';
import { readGitRequest } from '../../../src/git/git-request.ts';
import { isOwnBody, needsOfBody } from '../../../src/git/rest-routes.ts';

const API = 'api.github.com/repos/acme/shop';

describe('allowed', () => {
  test.each([
    ['GET', 'github.com/acme/shop.git/info/refs?service=git-upload-pack', 'refs', 'none'],
    ['GET', 'github.com/acme/shop.git/info/refs?service=git-receive-pack', 'refs', 'none'],
    ['POST', 'github.com/acme/shop.git/git-upload-pack', 'fetch', 'stream'],
    ['POST', 'github.com/acme/shop.git/git-receive-pack', 'push', 'push'],
    ['POST', 'github.com/acme/shop.git/info/lfs/objects/batch', 'lfs', 'json'],
    ['POST', 'github.com/acme/shop.git/info/lfs/locks/verify', 'lfs', 'json'],
  ])('%s %s', (method, address, kind, body) => {
    expect(readGitRequest(method, address)).toEqual({
      ...{ kind, body, host: 'github.com', path: 'acme/shop', needs: null },
      target: address.slice('github.com'.length),
    });
  });

  test('a repository in groups, at a host with a port', () => {
    expect(readGitRequest('POST', 'git.example.com:8443/a/b/c.git/git-upload-pack')).toMatchObject({
      host: 'git.example.com:8443',
      path: 'a/b/c',
    });
  });

  test.each([
    ['GET', '', 'none', null],
    ['GET', '/pulls?state=open&per_page=100', 'none', null],
    ['GET', '/pulls/12/files', 'none', null],
    ['GET', '/contents/src/a%20b.ts?ref=fix', 'none', null],
    ['GET', '/contents/a%20x.ts', 'none', null],
    ['GET', '/issues/7', 'none', null],
    ['GET', '/git/blobs/0123abc', 'none', null],
    ['GET', '/branches/fix%2Fcart', 'none', null],
    ['GET', '/compare/main...fix%2Fcart', 'none', null],
    ['GET', '/commits/0123abc/check-runs', 'none', null],
    ['POST', '/pulls', 'json', null],
    ['PATCH', '/pulls/12', 'json', null],
    ['POST', '/pulls/12/reviews', 'json', null],
    ['POST', '/issues/12/comments', 'json', null],
    ['PUT', '/pulls/12/merge', 'json', 'merge'],
  ])('REST %s %s', (method, rest, body, needs) => {
    expect(readGitRequest(method, API + rest)).toMatchObject({ kind: 'rest', path: 'acme/shop', body, needs });
  });

  test('GraphQL names no repository in its address', () => {
    expect(readGitRequest('POST', 'api.github.com/graphql')).toMatchObject({
      kind: 'graphql',
      path: null,
      body: 'json',
    });
  });
});

describe('refused', () => {
  test.each(
    `PUT /contents/README.md
    DELETE /contents/README.md
    POST /git/refs
    PATCH /git/refs/heads/main
    POST /git/commits
    POST /git/trees
    POST /git/blobs
    POST /git/tags
    POST /merges
    POST /merge-upstream
    PUT /pulls/1/update-branch
    POST /dispatches
    POST /actions/workflows/1/dispatches
    POST /actions/runs/1/rerun
    GET /actions/secrets
    GET /actions/secrets/public-key
    GET /actions/runs/1/logs
    GET /actions/artifacts/1/zip
    GET /tarball/main
    POST /releases
    POST /deployments
    POST /statuses/0123abc
    POST /check-runs
    PATCH /check-runs/1
    GET /hooks
    POST /hooks
    GET /keys
    POST /keys
    GET /collaborators
    PUT /collaborators/mallory
    PUT /branches/main/protection
    DELETE /branches/main/protection
    POST /branches/main/rename
    PATCH /
    DELETE /
    POST /forks
    POST /transfer
    POST /generate
    PUT /topics
    GET /traffic/views
    GET /pulls/x/files
    GET /pulls/1/reviews/2/dismissals
    PUT /pulls/1/reviews/2/dismissals
    DELETE /issues/comments/1
    DELETE /git/refs
    DELETE /git/refs/heads/fix
    POST /pulls?x=1
    GET /contents/../../vault
    GET /contents/%2e%2e/vault
    GET /contents/..%2f..%2f..%2fvault
    GET /contents/a%2F../vault
    GET /commits/..%2F..%2Fvault
    GET /commits/%2f%2fvault
    GET /compare/main...mallory:fix
    GET /compare/main...mallory%3Ashop%3afix
    GET /issues/1/timeline
    GET /contents//etc
    GET /contents/a%5cb
    GET /contents/a%00
    GET /contents/a%2
    GET /branches/a/b
    HEAD /pulls
    get /pulls`
      .split('\n')
      .map((line) => line.trim().split(' ') as [string, string]),
  )('REST %s %s', (method, rest) => {
    expect(readGitRequest(method, API + rest)).toBeNull();
  });

  test.each([
    ['GET', 'api.github.com/user'],
    ['GET', 'api.github.com/user/repos'],
    ['GET', 'api.github.com/repos/acme'],
    ['GET', 'api.github.com/repositories/1/pulls'],
    ['GET', 'api.github.com/graphql'],
    ['POST', 'api.github.com/graphql?query=x'],
    ['POST', 'api.github.com/graphql/'],
    ['POST', 'api.gitlab.com/graphql'],
    ['GET', 'github.com/acme/shop'],
    ['GET', 'github.com/acme/shop.git/HEAD'],
    ['GET', 'github.com/acme/shop.git/objects/info/packs'],
    ['GET', 'github.com/acme/shop.git/info/refs'],
    ['GET', 'github.com/acme/shop.git/info/refs?service=git-upload-archive'],
    ['GET', 'github.com/acme/shop.git/info/refs?service=git-upload-pack&x=1'],
    ['POST', 'github.com/acme/shop.git/info/refs?service=git-upload-pack'],
    ['POST', 'github.com/acme/shop.git/git-receive-pack?x'],
    ['POST', 'github.com/acme/shop.git/info/lfs/locks'],
    ['POST', 'github.com/acme/shop.git/info/lfs/locks/1/unlock'],
    ['PUT', 'github.com/acme/shop.git/info/lfs/objects/abc'],
    ['POST', 'github.com/acme/../vault.git/git-upload-pack'],
    ['POST', 'github.com/acme/shop.git/../vault.git/git-upload-pack'],
    ['POST', 'github.com//acme/shop.git/git-upload-pack'],
    ['POST', 'github.com/acme/shop.git%2f..%2fvault.git/git-upload-pack'],
    ['POST', 'github.com@evil.example/acme/shop.git/git-upload-pack'],
    ['POST', 'localhost/acme/shop.git/git-upload-pack'],
    ['POST', '127.0.0.1/acme/shop.git/git-upload-pack'],
    ['POST', 'github.com:acme/shop.git/git-upload-pack'],
    ['GET', 'api.github.com/repos/acme/shop/contents/x#y'],
    ['GET', 'api.github.com/repos/acme/shop/contents/x%23y'],
    ['GET', 'api.github.com/repos/acme/shop/contents/x%252e%252e'],
    ['GET', 'api.github.com/repos/acme/shop/contents/./x'],
    ['GET', 'api.github.com/repos/acme/shop/contents/ü'],
    ['GET', `api.github.com/repos/acme/shop/contents?ref=${'a'.repeat(4000)}`],
    ['GET', 'api.github.com/repos/acme/-shop/contents'],
    ['POST', 'git.example.com/acme/sh~p.git/git-upload-pack'],
    ['POST', `git.example.com/${'a/'.repeat(10)}shop.git/git-upload-pack`],
    ['POST', 'github.com/acme/shop.git/git-upload-pack#x'],
    ['POST', `github.com/acme/${'a'.repeat(5000)}.git/git-upload-pack`],
    ['POST', ''],
  ])('%s %s', (method, address) => {
    expect(readGitRequest(method, address)).toBeNull();
  });
});

test.each([
  ['/pulls/1/reviews', { event: 'APPROVE' }, 'merge'],
  ['/pulls/1/reviews/2/events', { event: 'approve' }, 'merge'],
  ['/pulls/1/reviews', { event: 'COMMENT' }, null],
  ['/pulls/1/reviews', null, null],
  ['/pulls/1', { event: 'APPROVE' }, null],
])('an approval needs the permission to merge: %s %j', (rest, body, needs) => {
  expect(needsOfBody(rest, body)).toBe(needs);
});

test.each([
  [{ head: 'fix' }, true],
  [{ head: 'Acme:fix' }, true],
  [{ head: 'mallory:fix' }, false],
  [{ head: ['mallory:fix'] }, false],
  [{ head: 'fix', head_repo: 'vault' }, false],
  [{ head: 'fix', head_repo: 'shop' }, true],
  [{ issue: 3 }, true],
  [null, true],
])('a pull request is made from a branch of the repository: %j', (body, isOwn) => {
  expect(isOwnBody('/pulls', body, 'acme/shop')).toBe(isOwn);
  expect(isOwnBody('/issues', body, 'acme/shop')).toBe(true);
});

test.each([
  ['@dependabot merge', 'merge'],
  ['@dependabot squash and merge', 'merge'],
  ['Looks good.\n  /merge squash', 'merge'],
  ['bors r+', 'merge'],
  ['@mergifyio queue', 'merge'],
  ['@dependabot  squash and\tmerge', 'merge'],
  ['bors: r+', 'merge'],
  ['/LGTM', 'merge'],
  ['Thanks! @dependabot merge', 'merge'],
  ['@Dependabot Merge', 'merge'],
  ['@bors r+', 'merge'],
  ['All fine, @bors p=1 r+', 'merge'],
  ['@mergifyio\u00a0queue', 'merge'],
  ['mail@dependabot merge', null],
  ['@dependabot rebase', null],
  ['Please don’t /merge yet', null],
  ['See /merged and src/merge.ts', null],
  ['/merger', null],
])('a comment that makes a known bot merge needs the permission to merge: %j', (text, needs) => {
  expect(needsOfBody('/issues/3/comments', { body: text })).toBe(needs);
  expect(needsOfBody('/pulls/3/reviews', { event: 'COMMENT', comments: [{ path: 'a', body: text }] })).toBe(needs);
});
