import { leftOut } from './servers.js';

/** Jest's reporter that says at the end which servers the tests had to do without. */
export default class LeftOutReporter {
  onRunComplete(): void {
    for (const line of leftOut()) console.error(line);
  }
}
