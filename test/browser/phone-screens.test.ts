import { describe, expect, test } from 'vitest';
import {
  BUTTONS,
  faultsFor,
  field,
  LIST,
  mine,
  misfits,
  ROBIN,
  SMALL,
  say,
  shoot,
  theirs,
  usePhone,
  WIDE,
} from './phone-stage.ts';

// Every screen of the phone page fits, small and wide, light and dark, and axe finds nothing. Screenshots are kept.

const phone = usePhone();

describe.each([
  ['small', SMALL, 'light'],
  ['wide', WIDE, 'dark'],
] as const)('%s, %o, %s', (size, viewport, colorScheme) => {
  test('nothing is in anyone’s way on any of its screens', async () => {
    const page = await phone.open({ viewport, colorScheme, hasTouch: size === 'small' });
    const check = async (screen: string): Promise<void> => {
      await shoot(page, `${size}-${colorScheme}-${screen}`);
      expect(await faultsFor(page), screen).toEqual([]);
      expect(await misfits(page), screen).toEqual([]);
    };
    await check('empty');
    await say(page, 'markup');
    await theirs(page, 'what I found').waitFor();
    await say(page, `silence ${'averylongwordwithoutanyspace'.repeat(10)}`);
    await mine(page, 'averylongword').getByRole('img', { name: 'delivered' }).waitFor();
    phone.stage.answerWith(500);
    await say(page, 'This one fails');
    await page.getByText('answered 500').waitFor();
    phone.stage.answerWith(200);
    await phone.stage.say({ to: 'whatsapp:+15555550199', body: 'out of the window' });
    await check('chat');
    await phone.stage.ask(ROBIN, BUTTONS);
    await phone.stage.ask(ROBIN, LIST);
    await page.getByRole('button', { name: 'Choose' }).waitFor();
    await check('choices');
    await page.getByRole('button', { name: 'Choose' }).click();
    await page.getByRole('dialog', { name: 'Choose' }).waitFor();
    await check('list');
    await page.keyboard.press('Escape');
    if (size === 'small') {
      await page.getByRole('button', { name: 'Phones', exact: true }).click();
      await check('phones');
    }
    await page.getByRole('button', { name: 'Add a phone' }).click();
    await check('add');
    await page.keyboard.press('Escape');
    if (size === 'small') await page.getByRole('button', { name: /Robin/ }).click();
    await field(page).fill('/');
    await page.getByRole('option', { name: /^\/status/ }).waitFor();
    await check('picker');
    await field(page).fill('');
    await page.getByRole('button', { name: 'Network log' }).click();
    await check('log');
    await page.locator('#wire-groups > li > details > summary', { hasText: 'what I found' }).click();
    await page.locator('.exchanges summary', { hasText: 'API call' }).click();
    await page.getByRole('heading', { name: 'Request' }).waitFor();
    await check('log-open');
  });
});
