import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { PipelineRequestSchema, PipelineResponseSchema } from '#gen/trackside/v1/pipeline_service_pb.js';
import { invalid, TracksideError } from '../../errors.js';
import { checkRequestSize } from '../message.js';
import type { PipelineMethod } from './methods.js';

/** A frame, as far as it could be read. */
export interface Frame {
  /** 0 where it has none. */
  callId: number;
  /** Undefined for none. */
  timeoutMs: number | undefined;
  /** What to call, or to cancel a call. */
  call: PipelineMethod | 'cancel' | undefined;
  /** The method's request, encoded. */
  request: Uint8Array;
}

const requestFields = PipelineRequestSchema.field;
const callIdField = PipelineResponseSchema.field.callId.number;
const nothing = new Uint8Array();

/**
 * Reads a PipelineRequest. By hand, so that its call is decoded once, as that of a call of its own is, and that
 * a frame which can't be read through is answered under its call_id. Answers what is wrong with the frame.
 */
export function readFrame(
  frame: Frame,
  bytes: Uint8Array,
  methods: ReadonlyMap<number, PipelineMethod>,
): TracksideError | undefined {
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) readField(frame, reader, methods);
    checkRequestSize(bytes);
  } catch (error) {
    if (error instanceof TracksideError) return error;
    return invalid('request', `is not a valid PipelineRequest: ${(error as Error).message}`);
  }
  if (frame.callId === 0) return invalid('call_id', 'is required: any number but 0');
  if (!frame.call) return invalid('call', 'is required: a call that this version knows');
  return undefined;
}

export function emptyFrame(): Frame {
  return { callId: 0, timeoutMs: undefined, call: undefined, request: nothing };
}

function readField(frame: Frame, reader: BinaryReader, methods: ReadonlyMap<number, PipelineMethod>): void {
  const [number, wireType] = reader.tag();
  if (number === requestFields.callId.number && wireType === WireType.Varint) {
    frame.callId = reader.uint32();
    return;
  }
  if (wireType !== WireType.LengthDelimited) {
    reader.skip(wireType, number);
    return;
  }
  const value = reader.bytes();
  const call = number === requestFields.cancel.number ? 'cancel' : methods.get(number);
  if (call) {
    if (frame.call) throw invalid('call', 'is given twice; send two requests');
    frame.call = call;
    frame.request = value;
  } else if (number === requestFields.timeout.number) {
    frame.timeoutMs = readTimeout(value);
  }
}

function readTimeout(bytes: Uint8Array): number {
  const { seconds, nanos } = fromBinary(DurationSchema, bytes);
  if (seconds < 0n || nanos < 0) throw invalid('timeout', 'is negative');
  return Number(seconds) * 1_000 + nanos / 1e6;
}

/** The most that stands before an answer's result: its call_id and the field's head, each a tag and a number. */
const maxHead = 1 + 5 + 2 + 5;

/** A PipelineResponse with an encoded result in a field, copied once: a writer for it costs more than the rest. */
export function answerFrame(callId: number, field: number, result: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(maxHead + result.length);
  let end = 0;
  if (callId !== 0) {
    end = writeVarint(frame, end, tag(callIdField, WireType.Varint));
    end = writeVarint(frame, end, callId);
  }
  end = writeVarint(frame, end, tag(field, WireType.LengthDelimited));
  end = writeVarint(frame, end, result.length);
  frame.set(result, end);
  return frame.subarray(0, end + result.length);
}

function tag(field: number, wireType: WireType): number {
  return (field << 3) | wireType;
}

/** Writes a number of 32 bits; answers where it ends. */
function writeVarint(bytes: Uint8Array, start: number, number: number): number {
  let at = start;
  let rest = number;
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}
