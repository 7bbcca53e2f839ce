import {
  create,
  createFileRegistry,
  type DescService,
  fromBinary,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ClientOf, clientOf } from '@trackside/client';
import {
  ServerReflection,
  type ServerReflectionRequestSchema,
} from '#gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '#gen/grpc/reflection/v1alpha/reflection_pb.js';
import { TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { cleanUp, type Sidecar, startSidecar } from './sidecar.js';

let sidecar: Sidecar;
beforeAll(async () => {
  sidecar = await startSidecar();
});
afterAll(cleanUp);

type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest']>;

describe.each([
  ['v1', ServerReflection],
  ['v1alpha', ServerReflectionAlpha as unknown as typeof ServerReflection],
])('reflection %s', (_, service) => {
  let reflection: ClientOf<typeof ServerReflection>;
  beforeAll(() => {
    reflection = clientOf(service, sidecar.connection.channel);
  });

  /** Asks everything on one stream. */
  async function ask(...questions: readonly Question[]) {
    async function* requests() {
      for (const messageRequest of questions) yield { host: 'h', messageRequest };
    }
    const answers = [];
    for await (const response of reflection.serverReflectionInfo(requests())) answers.push(response);
    return answers;
  }

  async function filesOf(question: Question): Promise<FileDescriptorProto[]> {
    const [answer] = await ask(question);
    if (answer?.messageResponse.case !== 'fileDescriptorResponse') throw new Error('no files');
    const { fileDescriptorProto } = answer.messageResponse.value;
    return fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  }

  test('describes what errors carry, which no service mentions', async () => {
    const files = await filesOf({ case: 'fileContainingSymbol', value: 'google.rpc.ErrorInfo' });
    expect(files.map(({ name }) => name)).toContain('google/rpc/error_details.proto');
  });

  test('lists the services', async () => {
    const [answer] = await ask({ case: 'listServices', value: '' });
    expect(answer).toMatchObject({
      validHost: 'h',
      messageResponse: {
        case: 'listServicesResponse',
        value: {
          service: expect.arrayContaining([
            expect.objectContaining({ name: 'trackside.v1.TrackerService' }),
            expect.objectContaining({ name: 'grpc.health.v1.Health' }),
            expect.objectContaining({ name: 'grpc.reflection.v1.ServerReflection' }),
          ]),
        },
      },
    });
  });

  /** The services as a client learns them that has nothing of ours. */
  async function learn(name: string): Promise<DescService | undefined> {
    const files = await filesOf({ case: 'fileContainingSymbol', value: name });
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: dependenciesFirst(files) }));
    return registry.getService(name);
  }

  test('describes each listed service', async () => {
    const [list] = await ask({ case: 'listServices', value: '' });
    if (list?.messageResponse.case !== 'listServicesResponse') throw new Error('no services');
    for (const { name } of list.messageResponse.value.service) {
      expect((await learn(name))?.methods.length).toBeGreaterThan(0);
    }
  });

  test('is enough to call a service', async () => {
    const learned = (await learn('trackside.v1.TrackerService')) as typeof TrackerService;
    const tracker = clientOf(learned, sidecar.connection.channel);
    const conversationId = `by ${service.typeName}`;
    await tracker.appendEvents({ conversationId, events: [{ type: 'user', data: '{"a":1.0}' }] });
    const { events } = await tracker.listEvents({ conversationId });
    expect(events).toMatchObject([{ type: 'user', data: '{"a":1.0}', sequence: 1n }]);
  });

  test.each([
    'trackside.v1.TrackerService',
    'trackside.v1.TrackerService.AppendEvents',
    'trackside.v1.AppendEventsRequest',
    'trackside.v1.AppendEventsRequest.events',
    'trackside.v1.Discontinuity.Reason',
  ])('finds the file of %s', async (value) => {
    const [file] = await filesOf({ case: 'fileContainingSymbol', value });
    expect(file?.name).toBe('trackside/v1/tracker_service.proto');
  });

  test('answers every file by its name, comments aside as it was compiled', async () => {
    const files = await filesOf({ case: 'fileByFilename', value: 'trackside/v1/event.proto' });
    expect(files.map(({ name }) => name)).toEqual([
      'trackside/v1/event.proto',
      'google/protobuf/timestamp.proto',
    ]);
    const [own] = await filesOf({ case: 'fileByFilename', value: 'trackside/v1/tracker_service.proto' });
    expect(own?.service[0]?.method.map(({ name }) => name)).toEqual(
      TrackerService.methods.map(({ name }) => name),
    );
  });

  test('answers an error to what is not there, and goes on', async () => {
    const answers = await ask(
      { case: 'fileContainingSymbol', value: 'trackside.v1.Nothing' },
      { case: 'fileByFilename', value: 'nothing.proto' },
      { case: 'fileContainingExtension', value: { containingType: 'a', extensionNumber: 1 } },
      { case: 'listServices', value: '' },
    );
    expect(answers.map(({ messageResponse }) => messageResponse.case)).toEqual([
      'errorResponse',
      'errorResponse',
      'errorResponse',
      'listServicesResponse',
    ]);
    expect(answers[0]).toMatchObject({ messageResponse: { value: { errorCode: 5 } } });
  });
});

/** The first file and all that it rests on, each behind what it rests on itself. */
function dependenciesFirst([first, ...rest]: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const needed = first!.dependency.map((name) => rest.find((file) => file.name === name)!);
  return [...new Set([...needed.flatMap((file) => dependenciesFirst([file, ...rest])), first!])];
}
