import { toBinary } from '@bufbuild/protobuf';
import { expect, test } from '@jest/globals';
import { AppendEventsRequestSchema, TrackerService } from '#gen/trackside/v1/tracker_service_pb.js';
import { definitionOf } from './definition.js';

const definition = definitionOf(TrackerService);

test('knows path, streams and idempotency of every method', () => {
  expect(Object.keys(definition)).toEqual(TrackerService.methods.map(({ localName }) => localName));
  expect(definition.appendEvents).toMatchObject({
    path: '/trackside.v1.TrackerService/AppendEvents',
    requestStream: false,
    responseStream: false,
    options: { idempotencyLevel: 'IDEMPOTENT' },
  });
  expect(definition.subscribeEvents).toMatchObject({
    requestStream: false,
    responseStream: true,
    options: { idempotencyLevel: 'NO_SIDE_EFFECTS' },
  });
});

test('encodes plain objects and messages alike', () => {
  const { requestSerialize, requestDeserialize } = definition.appendEvents;
  const bytes = requestSerialize({ conversationId: 'alice', expectation: { case: 'sequence', value: 7n } });
  const message = requestDeserialize(bytes);
  expect(message).toMatchObject({ $typeName: 'trackside.v1.AppendEventsRequest', conversationId: 'alice' });
  expect(requestSerialize(message)).toEqual(toBinary(AppendEventsRequestSchema, message));
});
