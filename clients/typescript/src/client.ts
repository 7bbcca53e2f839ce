import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import { type Channel, type Client, createClientFactory } from 'nice-grpc';
import { type Definition, definitionOf } from './definition.js';
import { tellFailures } from './middleware.js';
import type { TimeoutOption } from './options.js';
import { pipelineMethodOf } from './pipeline/methods.js';
import type { PipelinedOptions } from './pipeline/pending.js';
import type { Pipeline } from './pipeline/pipeline.js';

/** A client of a generated service. What its calls fail with is a CallError. */
export type ClientOf<Service> =
  Service extends GenService<infer Methods> ? Client<Definition<Methods>, TimeoutOption> : never;

type AnyCall = (request: never, options?: object) => unknown;

/** A client of any generated service, all of whose calls are calls of their own. */
export function clientOf<Methods extends GenServiceMethods>(
  service: GenService<Methods>,
  channel: Channel,
): Client<Definition<Methods>, TimeoutOption> {
  return createClientFactory().use(tellFailures).create(definitionOf(service), channel);
}

/** The same, with its unary calls on a pipeline where they can be. */
export function pipelinedClientOf<Methods extends GenServiceMethods>(
  service: GenService<Methods>,
  channel: Channel,
  pipeline: Pipeline,
): Client<Definition<Methods>, TimeoutOption> {
  const client = clientOf(service, channel);
  const calls: Record<string, AnyCall> = { ...(client as Record<string, AnyCall>) };
  for (const desc of service.methods) {
    const method = pipelineMethodOf(desc);
    if (!method) continue;
    const plain = calls[desc.localName]!;
    calls[desc.localName] = async (request, options = {}) =>
      (isPipelined(request, options) && pipeline.call(method, request, options)) || plain(request, options);
  }
  return calls as typeof client;
}

/** A frame has no metadata, and cancelling a call that waits has to reach the server. */
function isPipelined(
  { waitDuration }: { readonly waitDuration?: unknown },
  options: object,
): options is PipelinedOptions {
  const hasHeaders = 'metadata' in options || 'onHeader' in options || 'onTrailer' in options;
  return !hasHeaders && waitDuration === undefined;
}
