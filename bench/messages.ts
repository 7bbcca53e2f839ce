import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  CacheService,
  GetEntryRequestSchema,
  GetEntryResponseSchema,
  SetEntryRequestSchema,
} from '#gen/trackside/v1/cache_service_pb.js';
import { PipelineRequestSchema, PipelineService } from '#gen/trackside/v1/pipeline_service_pb.js';
import {
  AppendEventsRequestSchema,
  GetConversationRequestSchema,
  GetTrackerRequestSchema,
  SubscribeEventsRequestSchema,
  TrackerService,
} from '#gen/trackside/v1/tracker_service_pb.js';

/** The path of a method of the CacheService. */
export function cachePath(method: 'GetEntry' | 'SetEntry'): string {
  return `/${CacheService.typeName}/${method}`;
}

/** A new event, as far as the measurements need it. */
export interface SampleEvent {
  readonly type: string;
  readonly name: string;
  readonly data: string;
}

/** The path of a method of the TrackerService. */
export function path(method: 'AppendEvents' | 'GetConversation' | 'GetTracker' | 'SubscribeEvents'): string {
  return `/${TrackerService.typeName}/${method}`;
}

/** A user's event whose data is one JSON object of so many bytes. */
export function userEvent(bytes: number): SampleEvent {
  const data = (text: string) =>
    JSON.stringify({
      event: 'user',
      timestamp: 1_789_161_719.139879,
      text,
      input_channel: 'rest',
      parse_data: { intent: { name: 'book_table', confidence: 0.9794 }, entities: [] },
    });
  return { type: 'user', name: '', data: data('x'.repeat(bytes - data('').length)) };
}

/** A user's turn as bots write it: six events of 250 bytes on average. */
export const turn: readonly SampleEvent[] = [
  userEvent(740),
  slotEvent('cuisine', 'italian'),
  actionEvent('utter_ask_people'),
  botEvent(),
  slotEvent('people', 'four'),
  actionEvent('action_listen'),
];

/** The two events that begin a session in either profile. */
export const sessionStart: readonly SampleEvent[] = [
  actionEvent('action_session_start'),
  { type: 'session_started', name: '', data: '{"event":"session_started","timestamp":1789161707.715479}' },
];

function slotEvent(name: string, value: string): SampleEvent {
  const data = { event: 'slot', timestamp: 1_789_161_719.140179, name, value };
  return { type: 'slot', name, data: JSON.stringify(data) };
}

function actionEvent(name: string): SampleEvent {
  const data = {
    event: 'action',
    timestamp: 1_789_161_719.220479,
    name,
    policy: 'policy_0_TEDPolicy',
    confidence: 0.93,
    action_text: null,
    hide_rule_turn: false,
  };
  return { type: 'action', name, data: JSON.stringify(data) };
}

function botEvent(): SampleEvent {
  const nothing = { elements: null, quick_replies: null, buttons: null, attachment: null, image: null };
  const text =
    'For how many people should I book the table, at what time in the evening, and should it be inside or outside?';
  const data = { event: 'bot', timestamp: 1_789_161_719.240479, text, data: { ...nothing, custom: null } };
  return { type: 'bot', name: '', data: JSON.stringify(data) };
}

const appendIdDigits = 12;
let appendIds = 0;

/** An append under an id of its own each time it is taken; only the id's digits are written anew. */
export function appendRequest(conversationId: string, events: readonly SampleEvent[]): () => Uint8Array {
  const placeholder = 'i'.repeat(appendIdDigits);
  const request = create(AppendEventsRequestSchema, {
    conversationId,
    events: [...events],
    appendId: placeholder,
  });
  const template = Buffer.from(toBinary(AppendEventsRequestSchema, request));
  const at = template.lastIndexOf(placeholder);
  return () => {
    const bytes = Buffer.from(template);
    appendIds += 1;
    bytes.write(`${appendIds}`.padStart(appendIdDigits, '0'), at, 'latin1');
    return bytes;
  };
}

/** An append of one event that leaves its id to the server. */
export function appendWithoutId(conversationId: string, event: SampleEvent): Uint8Array {
  const request = create(AppendEventsRequestSchema, { conversationId, events: [event] });
  return toBinary(AppendEventsRequestSchema, request);
}

export function getTrackerRequest(conversationId: string, includeState: boolean): Uint8Array {
  return toBinary(GetTrackerRequestSchema, create(GetTrackerRequestSchema, { conversationId, includeState }));
}

export function getConversationRequest(conversationId: string): Uint8Array {
  return toBinary(GetConversationRequestSchema, create(GetConversationRequestSchema, { conversationId }));
}

/** Asks for everything that is stored from now on. */
export function subscribeRequest(): Uint8Array {
  return toBinary(SubscribeEventsRequestSchema, create(SubscribeEventsRequestSchema));
}

/** A JSON value of 1 KiB. */
const sampleValue = { kind: { case: 'json' as const, value: JSON.stringify('x'.repeat(1_022)) } };

export function setEntryRequest(key: string): Uint8Array {
  return toBinary(SetEntryRequestSchema, create(SetEntryRequestSchema, { key, value: sampleValue }));
}

export function getEntryRequest(key: string): Uint8Array {
  return toBinary(GetEntryRequestSchema, create(GetEntryRequestSchema, { key }));
}

/** What GetEntry answers after such a SetEntry. */
export const sampleEntry = create(GetEntryResponseSchema, { entry: { value: sampleValue } });

export const pipelinePath = `/${PipelineService.typeName}/${PipelineService.method.pipeline.name}`;

/** A call as a frame's field names it. */
export type FrameCall = Exclude<keyof typeof PipelineRequestSchema.field, 'callId' | 'timeout'>;

/** A request as a frame has it, all but the call_id. */
export function frameBody(call: FrameCall, request: Uint8Array): Uint8Array {
  const field = PipelineRequestSchema.field[call].number;
  return new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(request).finish();
}
