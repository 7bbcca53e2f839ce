/** Tests run as compiled: `npm test` builds first, jest reads dist/. */
export default {
  roots: ['<rootDir>/dist', '<rootDir>/clients/typescript/dist'],
  testMatch: ['**/*.test.js'],
  transform: {},
  testEnvironment: 'node',
  testTimeout: 30_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/dist/test/servers/reporter.js'],
};
