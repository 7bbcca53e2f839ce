import { memory } from '../harnesses/memory.js';
import { runKeyedConformance } from './suite.js';

runKeyedConformance(memory);
