import { describe, expect, test } from '@jest/globals';
import { describeTarget, parseLocation } from './location.js';

function parse(url: string) {
  const colon = url.indexOf(':');
  return parseLocation(url.slice(0, colon), url.slice(colon + 1));
}

describe('a Redis URL', () => {
  test.each([
    ['redis://h', { kind: 'single', server: { host: 'h', port: 6379 } }, 0],
    ['redis://h:1/3', { kind: 'single', server: { host: 'h', port: 1 } }, 3],
    ['rediss://[::1]:1/', { kind: 'single', server: { host: '::1', port: 1 } }, 0],
    ['unix:///run/redis.sock', { kind: 'socket', path: '/run/redis.sock' }, 0],
    ['redis+unix:///a%20b', { kind: 'socket', path: '/a b' }, 0],
    [
      'redis+sentinel://a,b:2/main/4',
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 2 },
        ],
        name: 'main',
      },
      4,
    ],
    [
      'redis+cluster://a,b:2',
      {
        kind: 'cluster',
        seeds: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 2 },
        ],
      },
      0,
    ],
  ])('says where the server is: %s', (url, topology, database) => {
    expect(parse(url)).toMatchObject({ topology, database, tls: url.startsWith('rediss') ? {} : undefined });
  });

  test('says how to come in', () => {
    expect(parse('redis://me:a%3A%40b:c@h')).toMatchObject({ username: 'me', password: 'a:@b:c' });
    expect(parse('redis://:secret@h')).toMatchObject({ username: undefined, password: 'secret' });
    expect(parse('unix://:secret@/run/s')).toMatchObject({ password: 'secret' });
    expect(parse('rediss://h?ca=/ca.pem&cert=c&key=k').tls).toEqual({ ca: '/ca.pem', cert: 'c', key: 'k' });
    expect(parse('redis+sentinel://h/m?sentinel_username=u&sentinel_password=p')).toMatchObject({
      sentinelUsername: 'u',
      sentinelPassword: 'p',
    });
    expect(parse('redis://h?durability=volatile').durability).toBe('volatile');
    expect(parse('redis://h')).toMatchObject({ namespace: 'trackside', wait: undefined });
    const wait = { replicas: 2, fsync: false, timeoutMs: 1_000 };
    expect(parse('redis://h?wait_replicas=2').wait).toEqual(wait);
    expect(parse('redis://h?wait_fsync=yes&wait_timeout=3000').wait).toEqual({
      replicas: 0,
      fsync: true,
      timeoutMs: 3_000,
    });
    expect(parse(`redis://h?namespace=${'a'.repeat(64)}`).namespace).toBe('a'.repeat(64));
  });

  test.each([
    ['redis:h', 'redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]'],
    ['redis://', 'redis://'],
    ['redis://:secret@h/x', 'redis://'],
    ['redis://a,b', 'redis://'],
    ['redis://h:0', 'redis://'],
    ['redis://h:65536', 'redis://'],
    ['redis://a%zz@h', 'redis://'],
    ['redis+sentinel://h', 'redis+sentinel://'],
    ['redis+cluster://h/1', 'redis+cluster://'],
    ['unix:///', 'unix://'],
    ['unix://h/path', 'unix://'],
    ['redis://h?databse=1', '"databse" is no parameter of a Redis URL; known: namespace, ca'],
    ['redis://h?namespace=a:b', '"namespace" must be 1 to 64 letters'],
    [`redis://h?namespace=${'a'.repeat(65)}`, '"namespace" must be 1 to 64 letters'],
    ['redis://h?ca=/ca.pem', 'write rediss instead of redis'],
    ['redis://h?wait_replicas=101', '"wait_replicas" must be a whole number from 0 to 100'],
    ['redis://h?wait_replicas=-1', '"wait_replicas" must be a whole number from 0 to 100'],
    ['redis://h?wait_replicas=1&wait_timeout=0', '"wait_timeout" must be a whole number from 1 to 3000'],
    ['redis://h?wait_replicas=1&wait_timeout=3001', '"wait_timeout" must be a whole number from 1 to 3000'],
    ['redis://h?wait_replicas=0&wait_timeout=9', 'say wait_replicas or wait_fsync too'],
    ['redis://h?wait_fsync=true', '"wait_fsync" must be yes or no'],
    ['redis://h?durability=some', '"durability" must be persisted or volatile'],
  ])('is refused with the way to write it: %s', (url, message) => {
    expect(() => parse(url)).toThrow(message);
    expect(() => parse(url)).not.toThrow('secret');
  });

  test('is described without its secrets', () => {
    const described = (url: string) => describeTarget(parse(url));
    expect(described('redis://me:secret@h:1/2')).toBe('h:1, database 2');
    expect(described('unix://:secret@/run/s')).toBe('/run/s');
    expect(described('redis+sentinel://:secret@a,b/main')).toBe('main of the sentinels a:26379,b:26379');
    expect(described('redis+cluster://:secret@a,b')).toBe('the cluster of a:6379,b:6379');
  });
});
