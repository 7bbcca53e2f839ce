import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { wrongImports } from './architecture.js';
import { root } from './root.js';

describe('the import direction', () => {
  test('is kept by every source file', () => {
    const sources = sourceFiles();
    expect(sources.size).toBeGreaterThan(10);
    expect(wrongImports(sources)).toEqual([]);
  });

  test.each([
    ['feed/follow.ts', '../rpc/tracker.js'],
    ['feed/follow.ts', '../storage/sqlite/tracker.js'],
    ['feed/follow.ts', '../storage/registry.js'],
    ['feed/follow.ts', '#gen/trackside/v1/event_pb.js'],
    ['tracker/batcher.ts', '@grpc/grpc-js'],
    ['tracker/batcher.ts', '../feed/feed.js'],
    ['storage/memory/index.ts', '../sqlite/tracker.js'],
    ['storage/memory/index.ts', '../../feed/feed.js'],
    ['storage/memory/index.ts', '@photostructure/sqlite'],
    ['storage/ports/backend.ts', '../sqlite/schema.js'],
    ['rpc/tracker.ts', '../app.js'],
    ['rpc/tracker.ts', '../storage/sqlite/tracker.js'],
    ['config/schema.ts', '../rpc/send.js'],
    ['rpc/server.ts', '@trackside/client'],
    ['cli/tail/run.ts', '#gen/trackside/v1/event_pb.js'],
    ['cli/tail/run.ts', '../../storage/sqlite/tracker.js'],
    ['rasa/sqlite.ts', '../storage/ports/backend.js'],
    ['rasa/redis.ts', 'ioredis'],
    ['json/check.ts', '../storage/ports/backend.js'],
    ['errors.ts', 'node:util'],
    ['brokers/kafka.ts', '../storage/ports/backend.js'],
  ])('does not let src/%s import %s', (path, specifier) => {
    for (const statement of [`import { x } from '${specifier}';`, `await import('${specifier}');`]) {
      expect(wrongImports(new Map([[path, statement]]))).toHaveLength(1);
    }
  });
});

/** The sources without the tests beside them, by their path below src/. */
function sourceFiles(): Map<string, string> {
  const src = join(root, 'src');
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts') && !/\.(test|testing)\.ts$/.test(path));
  return new Map(paths.map((path) => [path, readFileSync(join(src, path), 'utf8')]));
}
