import type { RecordService } from '#gen/trackside/v1/record_service_pb.js';
import type { RecordStore } from '../../storage/ports/record.js';
import type { Handlers } from '../define.js';
import { nowMicros } from '../keyed/clock.js';
import type { KeyedContext } from '../keyed/context.js';
import { checkScope, clearAll, listKeys } from '../keyed/keys.js';
import { batchGetRecords, countItems, getRecord, hasRecord, listItems } from './reads.js';
import { appendItems, batchSetRecords, deleteRecord, setRecord } from './writes.js';

/** The handlers of RecordService. */
export function recordHandlers(context: KeyedContext<RecordStore>): Handlers<typeof RecordService> {
  const { store, limits } = context;
  return {
    getRecord: getRecord(context),
    setRecord: setRecord(context),
    deleteRecord: deleteRecord(context),
    hasRecord: hasRecord(context),
    batchGetRecords: batchGetRecords(context),
    batchSetRecords: batchSetRecords(context),
    listRecordKeys: (request) => listKeys('records', context, request),
    clearRecords: async ({ scope }, call) => {
      const prefix = checkScope(scope, limits);
      const now = nowMicros();
      return { cleared: await clearAll((after, limit) => store.clear(prefix, after, limit, now), call) };
    },
    appendItems: appendItems(context),
    listItems: listItems(context),
    countItems: countItems(context),
  };
}
