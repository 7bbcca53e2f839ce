/**
 * A stream's items put into another form; `end` is called once when it is over. It does what an async generator
 * would, at a fraction of its cost per item.
 */
export function mapItems<In, Out>(
  source: AsyncIterator<In, undefined>,
  map: (item: In) => Out,
  end: () => void = () => {},
): AsyncIterable<Out> {
  let over = false;
  const finish = () => {
    if (!over) end();
    over = true;
  };
  const mapped = (result: IteratorResult<In, undefined>): IteratorResult<Out, undefined> => {
    try {
      if (!result.done) return { done: false, value: map(result.value) };
    } catch (error) {
      // Whoever reads a stream doesn't end it when it fails.
      void source.return?.();
      return failed(error);
    }
    finish();
    return result;
  };
  const failed = (error: unknown): never => {
    finish();
    throw error;
  };
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => source.next().then(mapped, failed),
      return: async () => {
        finish();
        await source.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
}
