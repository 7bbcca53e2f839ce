import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '#src/config/load.js';
import { envName, paths } from '#src/config/settings.js';
import { root } from './root.js';

interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: unknown;
  readonly [probe: `${string}Probe`]: { readonly exec: { readonly command: readonly string[] } };
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { version } = JSON.parse(read('package.json'));

describe('the image', () => {
  const instructions = read('deploy/Dockerfile').replace(/\\\n/g, '').split('\n');
  const last = (name: string) =>
    instructions.findLast((line) => line.startsWith(`${name} `))?.slice(name.length + 1);

  test('runs the server as a user that is not root, in the place of any shell', () => {
    expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(JSON.parse(last('ENTRYPOINT')!)).toEqual(['node', '/app/dist/main.js']);
  });

  test('names the port and the variables that the settings have', async () => {
    const env = variablesOf(last('ENV')!);
    const { config } = await configOf(env);
    expect(config.storage.tracker).toBe('sqlite:/data/trackside.db');
    expect(config.listen).toEqual([{ kind: 'tcp', host: '127.0.0.1', port: Number(last('EXPOSE')) }]);
    expect(env.TRACKSIDE_ADDRESS).toBe(`127.0.0.1:${last('EXPOSE')}`);
  });

  test('is built from what .dockerignore lets through', () => {
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    expect(allowed.map((line) => line.slice(1)).sort()).toEqual([...new Set(copied)].sort());
  });
});

describe('the example for Kubernetes', () => {
  const [service, set] = parseAllDocuments(read('deploy/kubernetes/sidecar.yaml')).map((document) =>
    document.toJS(),
  );
  const pod = set.spec.template.spec;
  const sidecar: Container = pod.initContainers[0];
  const bot: Container = pod.containers[0];

  test('runs this version as a native sidecar, for the pods of its service', () => {
    expect(sidecar).toMatchObject({ restartPolicy: 'Always', image: `trackside:${version}` });
    expect(set.spec.selector.matchLabels).toEqual(set.spec.template.metadata.labels);
    expect(service.spec.selector).toEqual(set.spec.selector.matchLabels);
    expect(set.spec.serviceName).toBe(service.metadata.name);
  });

  test('serves on the socket that the bot and the probes call', async () => {
    const { config } = await configOf(envOf(sidecar));
    const [address] = config.listen;
    expect(config.listen).toEqual([{ kind: 'unix', path: '/run/trackside/trackside.sock' }]);
    for (const container of [sidecar, bot]) {
      expect(envOf(container).TRACKSIDE_ADDRESS).toBe(`unix://${(address as { path: string }).path}`);
      expect(container.volumeMounts).toContainEqual({ name: 'socket', mountPath: '/run/trackside' });
    }
    expect(pod.volumes).toContainEqual({ name: 'socket', emptyDir: expect.anything() });
  });

  test('keeps the data on the claimed volume', async () => {
    const { config } = await configOf(envOf(sidecar));
    expect(config.storage.tracker).toBe('sqlite:/data/trackside.db');
    expect(sidecar.volumeMounts).toContainEqual({ name: 'data', mountPath: '/data' });
    expect(set.spec.volumeClaimTemplates[0]).toMatchObject({
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOncePod'] },
    });
    expect(set.spec.replicas).toBe(1);
  });

  test.each([
    ['startupProbe', 'ready'],
    ['readinessProbe', 'ready'],
    ['livenessProbe', 'alive'],
  ] as const)('has a %s that asks whether it is %s', (name, question) => {
    expect(sidecar[name]?.exec.command).toEqual(['node', '/app/dist/cli/health.js', question]);
  });

  test('grants nothing that the restricted profile forbids, and more time than a drain takes', async () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const container of [sidecar, bot]) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    const { config } = await configOf(envOf(sidecar));
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(config.shutdown.graceMs);
  });
});

function envOf(container: Container): Record<string, string> {
  return Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
}

function variablesOf(instruction: string): Record<string, string> {
  return Object.fromEntries(
    instruction
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split('=') as [string, string]),
  );
}

/** The configuration that these variables make; fails for one of ours that is neither a setting's nor the clients'. */
function configOf(env: Record<string, string>) {
  const known = [...paths.map(envName), 'TRACKSIDE_ADDRESS'];
  const ours = Object.keys(env).filter((name) => name.startsWith('TRACKSIDE_'));
  expect(known).toEqual(expect.arrayContaining(ours));
  return loadConfig({ flags: {}, env, schemes: ['memory', 'sqlite'] });
}
