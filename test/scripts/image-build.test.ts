import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildImage, findBuilder } from '../../scripts/setup/image.ts';
import { openRecord } from '../../scripts/setup/record.ts';
import { plainScreen } from '../../scripts/setup/screen.ts';
import { imageStep } from '../../scripts/setup/steps-machine.ts';
import { ORG, standUp, TOKEN } from '../simulator/fly-stand.ts';

// Building the image, with programs that only record their calls: their arguments, that the token is in none of them,
// and the resulting image.

const DIGEST = `sha256:${'a'.repeat(64)}`;
const PATH = process.env.PATH ?? '';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roost-image-test-'));
  process.env.PATH = `${folder}:/usr/bin:/bin`;
  process.env.OF_THE_CALLER = 'secret ';
});
afterEach(() => {
  process.env.PATH = PATH;
  delete process.env.OF_THE_CALLER;
  rmSync(folder, { recursive: true, force: true });
});

/** A program of that name that records its arguments, whether it was given the token, and prints. */
function program(name: string, prints: string, code = 0): void {
  const path = join(folder, name);
  const script = [
    '#!/bin/sh',
    `echo "$@" >> ${folder}/arguments`,
    `echo "$OF_THE_CALLER$HOME" >> ${folder}/environments`,
    // Reads its input, as a login does, and records what it knows.
    `case "$*" in *--password-stdin*) cat >> ${folder}/input;; esac`,
    `[ "$FLY_API_TOKEN" = "${TOKEN}" ] && echo yes >> ${folder}/told`,
    // A Docker context is the person's own, and names their engine.
    `case "$1" in context) echo unix:///home/robin/engine.sock; exit;; esac`,
    `echo "$DOCKER_HOST" >> ${folder}/engines`,
    `echo "${prints}"`,
    `exit ${code}`,
  ];
  writeFileSync(path, `${script.join('\n')}\n`);
  chmodSync(path, 0o755);
}

const noted = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('with flyctl', () => {
  test('is built and pushed there, and named by its digest', async () => {
    program(
      'flyctl',
      `FROM node@sha256:${'b'.repeat(64)} pushing manifest for registry.fly.io/roost-images-me:0.1.0@${DIGEST}`,
    );
    expect(findBuilder(process.env.PATH)).toBe('flyctl');
    const built = await buildImage('flyctl', 'roost-images-me', TOKEN);
    expect(built).toEqual({ ok: true, image: `registry.fly.io/roost-images-me@${DIGEST}` });
    expect(noted('arguments')).toMatch(/^deploy --build-only --push .*--app roost-images-me .*--config fly\.toml/);
    expect(noted('arguments')).not.toContain(TOKEN);
    expect(noted('told')).toBe('yes\n');
    expect(noted('environments')).toMatch(/^\S*roost-image-\w+\n$/);
  });

  test('without a digest the tag is this version', async () => {
    program('flyctl', 'image: registry.fly.io/roost-images-me:0.1.0');
    const built = await buildImage('flyctl', 'roost-images-me', TOKEN);
    expect(built).toEqual({ ok: true, image: 'registry.fly.io/roost-images-me:0.1.0' });
  });

  test('a failure is shown without the token', async () => {
    program('flyctl', `Error: no access with ${TOKEN}`, 1);
    expect(await buildImage('flyctl', 'roost-images-me', TOKEN)).toEqual({
      ok: false,
      tail: 'Error: no access with …',
    });
  });
});

describe('the app that holds the images', () => {
  /** Fly with or without that app; what setup recorded as its own. */
  async function noted(isThere: boolean, isBusy = false): Promise<string[]> {
    const { fly, call } = await standUp();
    if (isThere) await call('POST', '/apps', { app_name: `roost-images-${ORG}`, org_slug: ORG });
    if (isBusy) fly.faults.next({ kind: 'answer', status: 503 }, { times: 10 });
    program('flyctl', `pushing manifest for registry.fly.io/roost-images-${ORG}:0.1.0@${DIGEST}`);
    const answers = { FLY_API_URL: fly.apiUrl, FLY_API_TOKEN: TOKEN, FLY_ORG: ORG, MACHINE_PROVIDER: 'fly' };
    const record = openRecord(join(folder, 'record.json'));
    try {
      await imageStep.perform?.({ answers: () => answers, save: () => {}, record, screen: plainScreen(() => {}) });
    } catch (error) {
      if (!isBusy) throw error;
      expect(String(error)).toContain('Fly answered 503');
    }
    return record.all().map(({ kind, id }) => `${kind} ${id}`);
  }

  test('is noted, and so removed by teardown, when it was made here', async () => {
    expect(await noted(false)).toEqual([`fly-app roost-images-${ORG}`]);
  });

  test('is left to whoever made it when it was there before, or when Fly does not tell', async () => {
    expect(await noted(true)).toEqual([]);
    expect(await noted(true, true)).toEqual([]);
  });
});

describe('with Docker', () => {
  test('the token goes through stdin, and what was pushed is named by its digest', async () => {
    program('docker', `0.1.0: digest: ${DIGEST} size: 1234`);
    expect(findBuilder(folder)).toBe('docker');
    for (const name of ['arguments', 'engines']) rmSync(join(folder, name));
    const built = await buildImage('docker', 'roost-images-me', TOKEN);
    expect(built).toEqual({ ok: true, image: `registry.fly.io/roost-images-me@${DIGEST}` });
    expect(
      noted('arguments')
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['context', 'login', 'build', 'push', '']);
    expect(noted('engines')).toBe('unix:///home/robin/engine.sock\n'.repeat(3));
    expect(noted('arguments')).not.toContain(TOKEN);
    expect(noted('arguments')).toContain('build --platform linux/amd64 --file vm/Dockerfile');
    expect(noted('input')).toBe(TOKEN);
  });

  test('without its engine it is no builder', () => {
    program('docker', 'Cannot connect to the Docker daemon', 1);
    expect(findBuilder(folder)).toBeNull();
  });
});
