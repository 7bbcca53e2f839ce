import { clientOf, openChannel } from '@trackside/client';
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '@trackside/client/gen/grpc/health/v1/health_pb.js';
import { exitCode } from './exit.js';

/*
 * The probe of containers, `node dist/cli/health.js ready|alive`. It asks the server at TRACKSIDE_ADDRESS by
 * grpc.health.v1, and ends with 0 where the server serves (ready) or answers at all (alive), with 1 elsewhere.
 */

const timeoutMs = 2000;

process.exitCode = await probe(process.argv[2], process.env.TRACKSIDE_ADDRESS ?? '127.0.0.1:7420');

async function probe(question: string | undefined, address: string): Promise<number> {
  if (question !== 'ready' && question !== 'alive') {
    console.error('usage: node dist/cli/health.js ready|alive');
    return exitCode.usage;
  }
  const channel = openChannel(address);
  try {
    const { status } = await clientOf(Health, channel).check({}, { timeoutMs });
    console.log(Status[status]);
    return question === 'alive' || status === Status.SERVING ? 0 : exitCode.failure;
  } catch (error) {
    console.error(`${address}: ${(error as Error).message}`);
    return exitCode.failure;
  } finally {
    channel.close();
  }
}
