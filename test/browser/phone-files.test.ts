import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { faultsFor, mine, ROBIN, say, shoot, theirs, usePhone } from './phone-stage.ts';
import { PICTURE } from './product.ts';

// Files on the phone page: sent, received, recorded, too large, gone.

const phone = usePhone();

describe('files', () => {
  test('a photo goes with its caption, a picture from the product is shown', async () => {
    const page = await phone.open();
    await page.locator('#pick-file').setInputFiles({ name: 'cat.png', mimeType: 'image/png', buffer: PICTURE });
    await page.getByRole('button', { name: 'Remove cat.png' }).waitFor();
    await shoot(page, 'attached');
    await say(page, 'silence, a cat');
    await mine(page, 'a cat').getByRole('img', { name: 'Photo cat.png' }).waitFor();
    await mine(page, 'a cat').getByRole('img', { name: 'delivered' }).waitFor();
    const form = phone.stage.received[0];
    expect([form?.get('NumMedia'), form?.get('MediaContentType0'), form?.get('Body')]).toEqual([
      '1',
      'image/png',
      'silence, a cat',
    ]);
    await phone.stage.say({ to: ROBIN, body: 'yours', mediaUrl: '/picture.png' });
    const image = theirs(page, 'yours').getByRole('img', { name: 'Photo' });
    await image.waitFor();
    await page.waitForFunction(() => [...document.images].every((one) => one.complete && one.naturalWidth === 120));
    await shoot(page, 'pictures');
  });

  test('files from the product: a picture with its name and words, a document to download, audio to play', async () => {
    const page = await phone.open();
    await say(page, 'silence, please');
    await phone.stage.say({ to: ROBIN, body: 'a hen', mediaUrl: '/hen.png' });
    const image = theirs(page, 'a hen').getByRole('img', { name: 'Photo hen.png' });
    await image.waitFor();
    await page.waitForFunction(() => [...document.images].every((one) => one.complete && one.naturalWidth === 120));
    await phone.stage.say({ to: ROBIN, mediaUrl: '/report.pdf' });
    const link = page.locator('.bubble.theirs').getByRole('link', { name: /report\.pdf PDF · 15 bytes/ });
    await link.waitFor();
    const answer = await page.request.get(new URL((await link.getAttribute('href')) ?? '', page.url()).href);
    expect(answer.headers()['content-disposition']).toMatch(/report\.pdf$/);
    expect(await answer.text()).toBe('%PDF-1.4 report');
    await phone.stage.say({ to: ROBIN, mediaUrl: '/song.mp3' });
    await page.getByLabel('Audio song.mp3').waitFor();
    expect(await faultsFor(page)).toEqual([]);
    await shoot(page, 'files');
  });

  test('a document and an audio file have separate bubbles; an attachment can be removed', async () => {
    const page = await phone.open();
    const pdf = { name: 'plan.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') };
    await page.locator('#pick-file').setInputFiles(pdf);
    await page.getByRole('button', { name: 'Remove plan.pdf' }).click();
    await page.keyboard.press('Enter');
    await page.locator('#pick-file').setInputFiles(pdf);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('link', { name: /plan\.pdf PDF · 8 bytes/ }).waitFor();
    const wave = { name: 'hm.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('not much of a song') };
    await page.locator('#pick-audio').setInputFiles(wave);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.bubble audio').waitFor();
    await mine(page, '')
      .last()
      .getByRole('img', { name: /delivered|read/ })
      .waitFor();
    expect(phone.stage.received.map((form) => form.get('MediaContentType0'))).toEqual([
      'application/pdf',
      'audio/mpeg',
    ]);
  });

  test('above 16 MB the page says so before anything is sent', async () => {
    const page = await phone.open();
    const folder = mkdtempSync(join(tmpdir(), 'roost-upload-'));
    const big = join(folder, 'big.zip');
    writeFileSync(big, '');
    truncateSync(big, 16 * 2 ** 20 + 1);
    await page.locator('#pick-file').setInputFiles(big);
    await page.getByRole('alert').getByText('up to 16 MB').waitFor();
    expect(await page.locator('#attached').isVisible()).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test('a file that has changed or is gone is reported, and holds up no later text', async () => {
    const page = await phone.open();
    const folder = mkdtempSync(join(tmpdir(), 'roost-upload-'));
    const path = join(folder, 'notes.txt');
    writeFileSync(path, 'as it was');
    await page.locator('#pick-file').setInputFiles(path);
    await page.getByRole('button', { name: 'Remove notes.txt' }).waitFor();
    rmSync(folder, { recursive: true });
    await say(page, 'my notes');
    await page.getByText('That file has changed or is gone since.').waitFor();
    await say(page, 'and this');
    await theirs(page, 'You said: and this').waitFor();
    // The caption survives a reload, and is never sent without the file.
    await page.reload();
    await mine(page, 'my notes').getByText('notes.txt').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await say(page, 'and that');
    await theirs(page, 'You said: and that').waitFor();
    await page.getByText('That file has changed or is gone since.').waitFor();
    expect(phone.stage.received.map((form) => form.get('Body'))).toEqual(['and this', 'and that']);
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await mine(page, 'my notes').count()).toBe(0);
  });

  test('a voice message is recorded where the browser can', async () => {
    const page = await phone.open({ permissions: ['microphone'] });
    await page.getByRole('button', { name: 'Record a voice message' }).click();
    await page.getByText('Recording 0:01').waitFor();
    await shoot(page, 'recording');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Voice message').waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.bubble audio[aria-label="Voice message"]').waitFor();
    await mine(page, '')
      .getByRole('img', { name: /delivered|read/ })
      .waitFor();
    expect(phone.stage.received[0]?.get('MediaContentType0')).toMatch(/^audio\//);
  });

  test('without a microphone an audio file is asked for', async () => {
    const page = await phone.open();
    await page.evaluate(() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined }));
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Record a voice message' }).click();
    expect(await (await chooser).element().getAttribute('accept')).toBe('audio/*');
  });
});

test('a picture that cannot be shown is a file with its name', async () => {
  const page = await phone.open();
  const broken = { name: 's.webp', mimeType: 'image/webp', buffer: Buffer.from('no picture at all') };
  await page.locator('#pick-file').setInputFiles(broken);
  await say(page, 'silence, a picture');
  const chip = mine(page, 'a picture').getByRole('link', { name: /s\.webp WEBP · 17 bytes/ });
  await chip.waitFor();
  await mine(page, 'a picture').getByRole('img', { name: 'delivered' }).waitFor();
  expect(await mine(page, 'a picture').locator('img').count()).toBe(0);
});
