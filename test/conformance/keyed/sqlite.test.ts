import { sqlite } from '../harnesses/sqlite.js';
import { runKeyedConformance } from './suite.js';

runKeyedConformance(sqlite);
