import { beforeEach, expect, test } from 'vitest';
import { operatorConversation } from '../../src/texts/operator-conversation.ts';
import { operatorTranscript as words } from '../../src/texts/operator-transcript.ts';
import { detailOf, NOW, PERSON, timelineOf } from '../fixtures/conversation-view.ts';
import { sessionBucket } from '../fixtures/session-backup.ts';
import { cells, keepShot, openRows, SIZES, tooSmall, tooWide, violations } from './operator-browser.ts';
import { SESSION, useStage } from './operator-stage.ts';

// The transcript of a session on the operator's page in a real browser: opened and read by keys, for a reason.

const audit: string[] = [];
const home = {
  detail: async () => detailOf(false),
  timeline: async () => timelineOf(false),
  sessionFacts: async () => ({
    session: { startedAt: NOW - 7_200_000, usedAt: NOW - 180_000 },
    backup: { bytes: 230_000, copiedAt: NOW - 720_000, refused: null },
  }),
};
const desk = {
  [Symbol.dispose]: () => undefined,
  operator: async () => ({ id: PERSON, role: 'owner', name: 'Ann', session: SESSION }),
};
const directory = {
  operators: () => desk,
  recordAudit: async ({ action, detail }: { action: string; detail: string }) => void audit.push(`${action} ${detail}`),
};
const env = {
  DIRECTORY: { getByName: () => directory },
  CONVERSATIONS: { idFromString: (id: string) => id, get: () => home },
  ARCHIVE: sessionBucket(),
};
const stage = useStage(env, { person: PERSON, now: NOW });
beforeEach(() => {
  audit.splice(0);
});

test.each(cells)(
  'on a $size, $scheme: opened by keys and shown for a reason; nothing to mend for axe',
  async (cell) => {
    const { size, scheme } = cell;
    const page = await stage.open(`/operator/people/${PERSON}`, {
      viewport: SIZES[size],
      colorScheme: scheme,
      bypassCSP: true,
    });
    await page.locator('table a[href*="/sessions/"]').focus();
    await page.keyboard.press('Enter');
    await page.getByLabel(operatorConversation.reason).focus();
    await keepShot(page, `session-${size}-${scheme}`);
    expect(await violations(page)).toEqual([]);
    expect(await page.content()).not.toContain('Deploy the garden');
    await page.keyboard.type('Mara asked for help');
    await page.keyboard.press('Enter');
    await page.getByText('Deploy the garden').waitFor();
    await openRows(page);
    await keepShot(page, `transcript-${size}-${scheme}`);
    expect(await violations(page)).toEqual([]);
    expect(await tooWide(page)).toBe(0);
    if (size === 'phone') expect(await tooSmall(page)).toEqual([]);
    expect(audit).toEqual(['read a transcript …3e5b10: Mara asked for help']);
    await page.getByText(words.leave).click();
    await page.getByText(words.hidden).waitFor();
    expect(await page.content()).not.toContain('Deploy the garden');
  },
);
