import { compareBytes } from '../bytes.js';
import { Sorted } from './sorted.js';

/** Ids in the order of their UTF-8 bytes. */
export class SortedIds extends Sorted<string> {
  constructor() {
    super(compareBytes);
  }
}
