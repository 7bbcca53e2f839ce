import { memory } from '../harnesses/memory.js';
import { runQueueConformance } from './suite.js';

runQueueConformance(memory);
