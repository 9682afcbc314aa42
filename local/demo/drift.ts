import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Cloud } from '../cloud.ts';
import { REGION } from '../environment.ts';
import { requireLoopback } from '../loopback.ts';
import { rowsOf, tokenOf } from './traffic.ts';

/** Rows that a process counts before it writes what it counted, and how long after it last did. */
const ROWS = 1000;
export const WRITE_GAP_MS = 5_000;

/**
 * Asks for a thousand rows whose every feature is `factor` times what it was.
 * @returns the status of the answer
 */
export async function askDrifted(
  cloud: Cloud,
  { person, model, csv }: { readonly person: string; readonly model: string; readonly csv: string },
  factor: number,
): Promise<number> {
  const known = rowsOf(csv);
  const rows = Array.from({ length: ROWS }, (_, i) =>
    (known[i % known.length] ?? []).map((value) => value * factor * (1 + i / 1e6)),
  );
  const { status } = await fetch(`${cloud.outputs.Assay?.ApiUrl}/v2/models/${model}/infer`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokenOf(cloud, person)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      inputs: [
        {
          name: 'features',
          shape: [rows.length, rows[0]?.length],
          datatype: 'FP32',
          data: rows.flat(),
        },
      ],
    }),
  });
  return status;
}

/** Runs the sweep that a schedule runs every hour. */
export async function sweepNow(cloud: Cloud): Promise<void> {
  const lambda = new LambdaClient({
    endpoint: requireLoopback(cloud.endpoint),
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: cloud.outputs.AssayMonitoring?.SweepModelsFunction,
      Payload: JSON.stringify({ at: new Date().toISOString(), kinds: ['drift'] }),
    }),
  );
  if (FunctionError) throw new Error(`the sweep failed: ${Payload?.transformToString()}`);
}
