import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';

/** Of one call. Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
const MAX_RECORDS = 500;
const MAX_CALL_BYTES = 4 * 1024 * 1024;
const MAX_RECORD_BYTES = 1_000 * 1024;

/** A sample misses little by what is not taken soon. */
const IMPATIENT = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};

/** The delivery stream that takes sampled rows to the data bucket. */
export class ReservoirStream {
  readonly #name: string;
  readonly #firehose: FirehoseClient;

  constructor(name: string, firehose = new FirehoseClient(IMPATIENT)) {
    this.#name = name;
    this.#firehose = firehose;
  }

  /** Sends documents as lines of JSON. Says how many were not taken; none is sent again. */
  async send(documents: readonly unknown[]): Promise<number> {
    const lines = documents.map((document) => Buffer.from(`${JSON.stringify(document)}\n`));
    const fitting = lines.filter(({ length }) => length <= MAX_RECORD_BYTES);
    const lost = await Promise.all(batchesOf(fitting).map((batch) => this.#put(batch)));
    return lost.reduce((sum, one) => sum + one, lines.length - fitting.length);
  }

  async #put(batch: readonly Buffer[]): Promise<number> {
    try {
      const { FailedPutCount } = await this.#firehose.send(
        new PutRecordBatchCommand({
          DeliveryStreamName: this.#name,
          Records: batch.map((Data) => ({ Data })),
        }),
      );
      return FailedPutCount ?? 0;
    } catch {
      return batch.length;
    }
  }
}

function batchesOf(lines: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const batches: Buffer[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const last = batches.at(-1);
    if (!last || last.length === MAX_RECORDS || bytes + line.length > MAX_CALL_BYTES) {
      batches.push([line]);
      bytes = line.length;
    } else {
      last.push(line);
      bytes += line.length;
    }
  }
  return batches;
}
