import { memory } from '../harnesses/memory.js';
import { runLockConformance } from './suite.js';

runLockConformance(memory);
