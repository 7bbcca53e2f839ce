import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { targetOf } from './address.js';

test.each([
  ['127.0.0.1:7420', '127.0.0.1:7420'],
  ['localhost:80', 'localhost:80'],
  ['[::1]:7420', '[::1]:7420'],
  ['unix:///run/x.sock', 'unix:///run/x.sock'],
  ['unix:/run/x.sock', 'unix:///run/x.sock'],
  ['unix:run/x.sock', `unix://${resolve('run/x.sock')}`],
])('%s is reached at %s', (address, target) => {
  expect(targetOf(address)).toBe(target);
});

test.each(['', 'localhost', 'http://x:1', 'unix:', 'unix://run/x', 'x:99999'])('refuses "%s"', (address) => {
  expect(() => targetOf(address)).toThrow('is not an address: write it as');
});
