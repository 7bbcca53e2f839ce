import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  ConversationSchema,
  GetConversationRequest,
  ListConversationsRequest,
} from '#gen/trackside/v1/tracker_service_pb.js';
import type { Conversation } from '../../storage/ports/tracker.js';
import { checkId, checkSize, checkText } from '../check.js';
import { toTimestamp } from '../codec.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import type { TrackerContext } from './context.js';
import { notFound } from './refusals.js';

export function getConversation({ store, limits }: TrackerContext) {
  return async (request: GetConversationRequest) => {
    const id = checkId('conversation_id', request.conversationId, limits.conversationIdBytes);
    const conversation = await store.conversation(id);
    if (!conversation) throw notFound(id);
    return { conversation: toConversation(conversation) };
  };
}

export function listConversations({ store, limits }: TrackerContext) {
  return async (request: ListConversationsRequest) => {
    const prefix = checkText(
      'conversation_id_prefix',
      request.conversationIdPrefix,
      limits.conversationIdBytes,
    );
    const size = checkSize('page_size', request.pageSize, limits.pageSize);
    const key = ['conversations', prefix];
    const [after = ''] = request.pageToken ? decodePageToken(key, request.pageToken, 'string') : [];
    const conversations = await store.listConversations(prefix, after, size);
    const last = conversations.length === size ? conversations.at(-1) : undefined;
    return {
      conversations: conversations.map(toConversation),
      nextPageToken: last ? encodePageToken(key, [last.conversationId]) : '',
    };
  };
}

function toConversation(conversation: Conversation): MessageInitShape<typeof ConversationSchema> {
  const { highestFence } = conversation;
  return {
    conversationId: conversation.conversationId,
    firstSequence: BigInt(conversation.firstSequence),
    lastSequence: BigInt(conversation.lastSequence),
    createTime: toTimestamp(conversation.createTime),
    updateTime: toTimestamp(conversation.updateTime),
    partition: conversation.partition,
    ...(highestFence === undefined ? {} : { highestFence: BigInt(highestFence) }),
  };
}
