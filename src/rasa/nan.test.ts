import { expect, test } from '@jest/globals';
import { withoutNaN } from './nan.js';

test.each([
  ['{"a": NaN, "b": [-Infinity,Infinity]}', '{"a": null, "b": [null,null]}'],
  ['{"a": "NaN", "NaN": NaN}', '{"a": "NaN", "NaN": null}'],
  ['{"a": "\\"NaN\\\\", "b": NaN}', '{"a": "\\"NaN\\\\", "b": null}'],
  ['{"a": "half of NaN', '{"a": "half of null'],
  ['{"a": 1.0}', '{"a": 1.0}'],
])('%j has no NaN as %j', (text, expected) => {
  expect(withoutNaN(text)).toBe(expected);
});
