import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import type { ServerReflection, ServerReflectionRequest } from '#gen/grpc/reflection/v1/reflection_pb.js';
import type { Handlers } from './define.js';

/**
 * Server reflection: shows a client without our proto files what is served. The v1 and v1alpha messages are
 * alike, so that one set of handlers answers both. `details` are files that no service imports: those of what
 * errors carry.
 */
export function reflectionHandlers(
  services: readonly DescService[],
  details: readonly DescFile[],
): Handlers<typeof ServerReflection> {
  const files = collectFiles([...services.map(({ file }) => file), ...details]);
  const fileOf = collectSymbols(files);
  return {
    async *serverReflectionInfo(requests) {
      for await (const request of requests) {
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(request) };
      }
    },
  };

  function answer({ messageRequest }: ServerReflectionRequest) {
    switch (messageRequest.case) {
      case 'listServices': {
        const service = services.map(({ typeName }) => ({ name: typeName }));
        return { case: 'listServicesResponse', value: { service } } as const;
      }
      case 'fileByFilename':
        return describe(files.get(messageRequest.value), messageRequest.value);
      case 'fileContainingSymbol':
        return describe(fileOf(messageRequest.value), messageRequest.value);
      default:
        return refuse(status.UNIMPLEMENTED, 'extensions are not used here');
    }
  }

  function describe(file: DescFile | undefined, name: string) {
    if (!file) return refuse(status.NOT_FOUND, `nothing here is called "${name}"`);
    const closure = [...withDependencies(file)];
    const fileDescriptorProto = closure.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
    return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } } as const;
  }
}

function refuse(errorCode: number, errorMessage: string) {
  return { case: 'errorResponse', value: { errorCode, errorMessage } } as const;
}

/** Every file that these rest on, by the name that other files import it by. */
function collectFiles(roots: readonly DescFile[]): ReadonlyMap<string, DescFile> {
  const files = new Map<string, DescFile>();
  for (const root of roots) {
    for (const file of withDependencies(root)) files.set(file.proto.name, file);
  }
  return files;
}

function withDependencies(file: DescFile, seen = new Set<DescFile>()): ReadonlySet<DescFile> {
  if (!seen.has(file)) {
    seen.add(file);
    for (const dependency of file.dependencies) withDependencies(dependency, seen);
  }
  return seen;
}

/** Looks up what declares a message, enum, service, method or field by its full name. */
function collectSymbols(files: ReadonlyMap<string, DescFile>): (symbol: string) => DescFile | undefined {
  const owners = new Map<string, DescFile>();
  for (const file of files.values()) {
    for (const { typeName } of [...file.messages, ...file.enums, ...file.services])
      owners.set(typeName, file);
  }
  return (symbol) => {
    for (let name = symbol; name !== ''; name = name.slice(0, Math.max(name.lastIndexOf('.'), 0))) {
      const file = owners.get(name);
      if (file) return file;
    }
    return undefined;
  };
}
