import { sqlite } from '../harnesses/sqlite.js';
import { runLockConformance } from './suite.js';

runLockConformance(sqlite);
