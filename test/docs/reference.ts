import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
  type MethodDescriptorProto,
  type ServiceDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import { root } from '../root.js';

/** The reference of the API, made from the comments in its proto files. */
export function reference(): string {
  const buf = join(root, 'node_modules/@bufbuild/buf/bin/buf');
  const image = execFileSync(process.execPath, [buf, 'build', '-o', '-'], { cwd: root });
  const files = fromBinary(FileDescriptorSetSchema, image).file.filter(({ package: name }) =>
    name.startsWith('trackside.'),
  );
  const sections = files.sort((a, b) => b.service.length - a.service.length).flatMap(describeFile);
  return [
    '# API reference',
    '<!-- Made from the comments in proto/ by `npm run docs`. -->',
    'Package `trackside.v1`. The sidecar also serves `grpc.health.v1.Health` and server reflection.',
    ...sections,
  ].join('\n\n');
}

/** Finds the comment of what stands at a path of descriptor field numbers and indexes. */
type CommentAt = (...path: number[]) => string;

function commentsOf(file: FileDescriptorProto): CommentAt {
  const comments = new Map(
    file.sourceCodeInfo!.location.map(({ path, leadingComments }) => [path.join(), leadingComments]),
  );
  return (...path) => (comments.get(path.join()) ?? '').replaceAll(/^ /gm, '').trim();
}

function describeFile(file: FileDescriptorProto): string[] {
  const at = commentsOf(file);
  return [
    ...file.service.flatMap((service, i) => describeService(service, at, [6, i])),
    `## Messages of ${file.name}`,
    at(2),
    ...file.messageType.flatMap((message, i) => describeMessage(message, message.name, at, [4, i])),
    ...file.enumType.flatMap((type, i) => describeEnum(type, type.name, at, [5, i])),
  ];
}

function describeService(service: ServiceDescriptorProto, at: CommentAt, path: number[]): string[] {
  const methods = service.method.flatMap((method, i) => [
    `### ${method.name}`,
    signature(method),
    at(...path, 2, i),
  ]);
  return [`## ${service.name}`, at(...path), ...methods];
}

function signature(method: MethodDescriptorProto): string {
  const request = `${method.clientStreaming ? 'stream of ' : ''}${typeLink(method.inputType)}`;
  const response = `${method.serverStreaming ? 'stream of ' : ''}${typeLink(method.outputType)}`;
  return `\`${method.name}\`(${request}) → ${response}`;
}

function describeMessage(message: DescriptorProto, name: string, at: CommentAt, path: number[]): string[] {
  const rows: string[] = [];
  let choice: number | undefined;
  message.field.forEach((field, i) => {
    const inChoice = field.proto3Optional || !isMember(field) ? undefined : field.oneofIndex;
    if (inChoice !== undefined && inChoice !== choice) {
      rows.push(row(`*one of* \`${message.oneofDecl[inChoice]!.name}\``, '', at(...path, 8, inChoice)));
    }
    choice = inChoice;
    rows.push(
      row(
        `${choice === undefined ? '' : '· '}\`${field.name}\``,
        fieldType(field, message),
        at(...path, 2, i),
      ),
    );
  });
  const enums = message.enumType.flatMap((type, i) =>
    describeEnum(type, `${name}.${type.name}`, at, [...path, 4, i]),
  );
  const messages = message.nestedType.flatMap((type, i) =>
    type.options?.mapEntry ? [] : describeMessage(type, `${name}.${type.name}`, at, [...path, 3, i]),
  );
  return [`### ${name}`, at(...path), ...table(['field', 'type', 'meaning'], rows), ...messages, ...enums];
}

function describeEnum(type: EnumDescriptorProto, name: string, at: CommentAt, path: number[]): string[] {
  const rows = type.value.map((value, i) => row(`\`${value.name}\``, `${value.number}`, at(...path, 2, i)));
  return [`### ${name}`, at(...path), ...table(['value', 'number', 'meaning'], rows)];
}

/** Whether a field is in a oneof: its index is 0 also where it isn't set. */
function isMember(field: FieldDescriptorProto): boolean {
  return Object.hasOwn(field, 'oneofIndex');
}

function fieldType(field: FieldDescriptorProto, message: DescriptorProto): string {
  const map = message.nestedType.find(
    ({ name, options }) => options?.mapEntry && field.typeName.endsWith(`.${name}`),
  );
  if (map) return `map of ${map.field.map((part) => fieldType(part, map)).join(' to ')}`;
  const type = field.typeName
    ? typeLink(field.typeName)
    : FieldDescriptorProto_Type[field.type]!.toLowerCase();
  if (field.label === FieldDescriptorProto_Label.REPEATED) return `list of ${type}`;
  return field.proto3Optional ? `optional ${type}` : type;
}

function typeLink(typeName: string): string {
  const name = typeName.replace(/^\.(trackside\.v1|google\.protobuf)\./, '');
  return typeName.startsWith('.google.') ? name : `[${name}](#${name.toLowerCase().replaceAll('.', '')})`;
}

function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('\n', ' ').replaceAll('|', '\\|')).join(' | ')} |`;
}

function table(head: string[], rows: string[]): string[] {
  return rows.length === 0 ? [] : [[row(...head), row(...head.map(() => '---')), ...rows].join('\n')];
}
