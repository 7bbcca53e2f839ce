/** What gRPC clients send beside the path; each text is shorter than 127 bytes, so that its length is one byte. */
const fields = [
  { name: { index: 1 }, value: 'localhost' },
  { name: 'te', value: 'trailers' },
  { name: { index: 31 }, value: 'application/grpc' },
  { name: { index: 58 }, value: 'trackside-bench' },
  { name: 'grpc-accept-encoding', value: 'identity,deflate,gzip' },
] as const;

/** The indices of `:method: POST` and `:scheme: http`, and of the name `:path`, in HPACK's static table. */
const post = 0x83;
const http = 0x86;
const path = 4;
/** The first index of HPACK's dynamic table: the field that was added last. */
const dynamic = 62;

/**
 * The header blocks of a connection that calls one method only: the first adds its fields to the peer's table,
 * the later ones name them there.
 */
export function headerBlocks(method: string): { readonly first: Buffer; readonly later: Buffer } {
  const literals = [
    literal({ index: path }, method),
    ...fields.map(({ name, value }) => literal(name, value)),
  ];
  const references = literals.map((_, i) => 0x80 | (dynamic + literals.length - 1 - i));
  return {
    first: Buffer.concat([Buffer.from([post, http]), ...literals]),
    later: Buffer.from([post, http, ...references]),
  };
}

/** A literal field with incremental indexing. */
function literal(name: string | { readonly index: number }, value: string): Buffer {
  const head =
    typeof name === 'string' ? [Buffer.from([0x40]), text(name)] : [Buffer.from([0x40 | name.index])];
  return Buffer.concat([...head, text(value)]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}
