import fc from 'fast-check';

/** A JSON value and one of the many texts of it. */
export interface Spaced {
  readonly value: unknown;
  readonly text: string;
}

/** Arbitrary JSON with arbitrary space between its tokens and arbitrary escapes in its strings. */
export function spacedJson(): fc.Arbitrary<Spaced> {
  const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 2 });
  const string = fc
    .array(fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.boolean()), {
      maxLength: 30,
    })
    .map((units) => ({
      value: units.map(([unit]) => unit).join(''),
      text: `"${units.map(([unit, isEscaped]) => (isEscaped ? escaped(unit) : JSON.stringify(unit).slice(1, -1))).join('')}"`,
    }));
  const scalar = fc
    .oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constantFrom(true, false, null),
    )
    .map((value) => ({ value, text: JSON.stringify(value) }));
  const { any } = fc.letrec<{ any: Spaced; array: Spaced; object: Spaced }>((tie) => ({
    any: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, string, tie('array'), tie('object')),
    array: fc.array(fc.tuple(space, tie('any'), space), { maxLength: 4 }).map((items) => ({
      value: items.map(([, item]) => item.value),
      text: `[${items.map(([before, item, after]) => before + item.text + after).join(',')}]`,
    })),
    object: fc
      .array(fc.tuple(space, string, space, space, tie('any'), space), { maxLength: 4 })
      .map((members) => ({
        value: Object.fromEntries(members.map(([, key, , , item]) => [key.value, item.value])),
        text: `{${members.map(([a, key, b, c, item, d]) => `${a}${key.text}${b}:${c}${item.text}${d}`).join(',')}}`,
      })),
  }));
  return fc.tuple(space, any, space).map(([before, { value, text }, after]) => ({
    value,
    text: before + text + after,
  }));
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}
