import { isUtf8 } from 'node:buffer';
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** The path of a message's first text that isn't UTF-8; undefined where something else is wrong with it. */
export function findBadText(schema: DescMessage, bytes: Uint8Array): string | undefined {
  try {
    return search(schema, new BinaryReader(bytes));
  } catch {
    return undefined;
  }
}

function search(schema: DescMessage, reader: BinaryReader): string | undefined {
  const seen = new Map<number, number>();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = schema.fields.find((known) => known.number === number);
    if (!field || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
      continue;
    }
    const index = seen.get(number) ?? 0;
    seen.set(number, index + 1);
    const path = badPath(field, reader.bytes());
    if (path !== undefined) return `${field.name}${field.fieldKind === 'list' ? `[${index}]` : ''}${path}`;
  }
  return undefined;
}

/** What is bad below a field: empty for its own text, undefined for nothing. */
function badPath(field: DescField, value: Uint8Array): string | undefined {
  if (field.message) {
    const path = search(field.message, new BinaryReader(value));
    return path === undefined ? undefined : `.${path}`;
  }
  return 'scalar' in field && field.scalar === ScalarType.STRING && !isUtf8(value) ? '' : undefined;
}
