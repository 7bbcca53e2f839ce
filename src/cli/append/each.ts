import { maxLineBytes } from '../lines.js';
import { createLanes } from './lanes.js';

interface Sized {
  /** Tasks of one id run one after another. */
  readonly id: string;
  readonly bytes: number;
}

/** Runs a task for each item, side by side, as long as none fails; ends when those that have begun are done. */
export async function each<Item extends Sized>(
  items: AsyncIterable<Item>,
  options: { readonly parallel: number; onFailure?(): void },
  task: (item: Item) => Promise<void>,
): Promise<void> {
  let hasFailed = false;
  const onFailure = () => {
    hasFailed = true;
    options.onFailure?.();
  };
  const lanes = createLanes({ tasks: options.parallel, bytes: maxLineBytes, onFailure });
  try {
    for await (const item of items) {
      if (hasFailed) break;
      await lanes.begin(item.id, item.bytes, () => task(item));
    }
  } finally {
    await lanes.finish();
  }
}
