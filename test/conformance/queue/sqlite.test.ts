import { sqlite } from '../harnesses/sqlite.js';
import { runQueueConformance } from './suite.js';

runQueueConformance(sqlite);
