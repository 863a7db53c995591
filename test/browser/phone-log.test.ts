import { describe, expect, test } from 'vitest';
import { ROBIN, say, theirs, usePhone } from './phone-stage.ts';

// The network log of the phone page.

const phone = usePhone();

describe('the network log', () => {
  test('has a row for each message: to filter, open, copy without secrets, and close with Escape', async () => {
    const page = await phone.open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await say(page, 'hello log');
    await theirs(page, 'hello log').waitFor();
    const opener = page.getByRole('button', { name: 'Network log' });
    await opener.click();
    const drawer = page.getByRole('dialog', { name: 'Network log' });
    const rows = drawer.locator('#wire-groups > li > details > summary');
    await expect.poll(() => rows.locator('.title').allTextContents()).toEqual(['You said: hello log', 'hello log']);
    await expect.poll(() => rows.locator('.outcome').first().textContent()).toBe('read');
    await rows.first().press('Enter');
    const kinds = drawer.locator('.exchanges .kind');
    const told = ['API call', 'Status: sent', 'Status: delivered', 'Status: read'];
    await expect.poll(() => kinds.allTextContents()).toEqual(told);
    await drawer.locator('.exchanges summary', { hasText: 'API call' }).press('Enter');
    const value = (name: RegExp) => drawer.locator('dt', { hasText: name }).locator('+ dd').first().textContent();
    expect(await value(/^Body$/)).toBe('You said: hello log');
    expect(await value(/^authorization$/)).toBe('Basic ••••••');
    await drawer.getByRole('button', { name: 'Copy' }).click();
    await drawer.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain('Body=You said: hello log');
    expect(copied).not.toContain(btoa('AC'));
    await phone.stage.say({ to: ROBIN, body: 'one more' });
    await expect.poll(() => rows.count()).toBe(3);
    // An open row stays open while more arrives.
    expect(await drawer.locator('dt', { hasText: /^Body$/ }).count()).toBe(1);

    await drawer.getByRole('searchbox', { name: 'Search the log' }).fill('hello messagetype');
    expect(await rows.locator('.title').allTextContents()).toEqual(['hello log']);
    await drawer.getByRole('checkbox', { name: 'Errors only' }).check();
    expect(await rows.count()).toBe(0);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    expect(await opener.evaluate((it) => it === document.activeElement)).toBe(true);
  });
});
