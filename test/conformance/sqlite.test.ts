import { sqlite } from './harnesses/sqlite.js';
import { runTrackerConformance } from './suite.js';

runTrackerConformance(sqlite);
