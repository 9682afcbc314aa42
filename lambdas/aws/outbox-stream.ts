import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import type { AuditEntry } from '#domain/audit/entry.ts';

/** A batch of the registry table's stream. */
export const StreamEvent = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      dynamodb: z.object({ NewImage: z.optional(z.record(z.string(), z.unknown())) }),
    }),
  ),
});
export type StreamEvent = z.infer<typeof StreamEvent>;

/** The audit entries among the records; the event source filters, and this does again. */
export const outboxEntries = ({ Records }: StreamEvent): AuditEntry[] =>
  Records.filter(({ eventName }) => eventName === 'INSERT')
    .map(({ dynamodb }) => unmarshall((dynamodb.NewImage ?? {}) as Record<string, AttributeValue>))
    .filter(({ PK, SK }) => String(PK).startsWith('AUD#') && SK === 'ENTRY')
    .map(({ PK, SK, ...item }) => item as AuditEntry);
