import { FrameConnection } from './load/frames.js';
import { type FrameCall, frameBody, pipelinePath } from './messages.js';

/** Makes a call; resolves to its response. */
export type Call<Name extends FrameCall = FrameCall> = (
  name: Name,
  request: Uint8Array,
) => Promise<Uint8Array>;

/** Calls on a pipeline of its own. */
export async function pipelined(address: string): Promise<Call> {
  const connection = await FrameConnection.open(address, pipelinePath);
  return (name, request) => connection.call(frameBody(name, request));
}
