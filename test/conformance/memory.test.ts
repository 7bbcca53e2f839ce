import { memory } from './harnesses/memory.js';
import { runTrackerConformance } from './suite.js';

runTrackerConformance(memory);
