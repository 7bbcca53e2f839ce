import { setsLeftOut } from '../clients/pythons.js';
import { rasaLeftOut } from '../examples/rasa-needs.js';
import { leftOut } from './servers.js';

/** Jest's reporter that says at the end which servers and which Pythons the tests had to do without. */
export default class LeftOutReporter {
  onRunComplete(): void {
    for (const line of [...leftOut(), ...setsLeftOut(), ...rasaLeftOut()]) console.error(line);
  }
}
