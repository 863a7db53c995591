import { randomInt } from 'node:crypto';
import { newCode } from '../credentials.ts';
import type { GitHost } from '../host.ts';

// Codes that a person approves: a device's, and those of the browser. They are in memory, because they last minutes.

export type DeviceCode = {
  device: string;
  user: string;
  client: string;
  scopes: string[];
  until: number;
  intervalS: number;
  askedAt: number;
  answer: { login: string } | 'denied' | null;
};
export type BrowserCode = {
  code: string;
  client: string;
  login: string;
  redirect: string;
  scopes: string[];
  until: number;
};

const DEVICE_MS = 900_000;
const BROWSER_MS = 600_000;

type Codes = { device: Map<string, DeviceCode>; browser: Map<string, BrowserCode> };
const all = new WeakMap<GitHost, Codes>();
export const codesOf = (host: GitHost): Codes => {
  const known = all.get(host) ?? { device: new Map(), browser: new Map() };
  all.set(host, known);
  return known;
};

export const DEVICE_S = DEVICE_MS / 1000;

export function newDeviceCode(host: GitHost, client: string, scopes: string[]): DeviceCode {
  const letters = (count: number): string =>
    Array.from({ length: count }, () => 'BCDFGHJKLMNPQRSTVWXZ'[randomInt(20)]).join('');
  const code: DeviceCode = {
    device: newCode() + newCode(),
    user: `${letters(4)}-${letters(4)}`,
    client,
    scopes,
    until: host.now() + DEVICE_MS,
    intervalS: host.options.deviceIntervalS ?? 5,
    askedAt: 0,
    answer: null,
  };
  codesOf(host).device.set(code.device, code);
  return code;
}

export const deviceCodeByUser = (host: GitHost, user: string): DeviceCode | undefined =>
  [...codesOf(host).device.values()].find((one) => one.user === user.trim().toUpperCase() && one.until > host.now());

export function newBrowserCode(host: GitHost, given: Omit<BrowserCode, 'code' | 'until'>): string {
  const code = newCode();
  codesOf(host).browser.set(code, { ...given, code, until: host.now() + BROWSER_MS });
  return code;
}
