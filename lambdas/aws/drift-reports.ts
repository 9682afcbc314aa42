import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { CHECKS, DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { type Headline, headlineOf, LEVELS_OR_NONE } from '#domain/monitoring/report/headline.ts';
import { reportHtml } from '#domain/monitoring/report/report-html.ts';
import { EvidencePointer } from '#domain/registry/artifact.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { EvidenceBucket } from './evidence-bucket.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** A report in the index, and where the whole of it lies. */
export interface KeptReport extends Headline {
  readonly json: EvidencePointer;
  readonly html: EvidencePointer;
}

/** A report, and the key that it is kept under in the evidence bucket. */
export interface FoundReport {
  readonly report: DriftReport;
  readonly key: string;
  readonly kept: KeptReport;
}

/** Evidence is kept longer; beyond a year nobody looks for a report by its model. */
const KEPT_SECONDS = 400 * 24 * 3600;

const Stored = z.object({
  id: z.string(),
  at: z.string(),
  kinds: z.array(z.enum(CHECKS)),
  version: z.string(),
  digest: z.string(),
  outcome: z.enum(['STABLE', 'DRIFT', 'INSUFFICIENT_DATA']),
  level: z.enum(LEVELS_OR_NONE),
  drifted: z.array(z.string()),
  json: EvidencePointer,
  html: EvidencePointer,
});

/** Reports of checks: whole in the evidence bucket, written once, and by model in an index that expires. */
export class DriftReports {
  readonly #table: string;
  readonly #evidence: Pick<EvidenceBucket, 'put' | 'readJson' | 'read'>;
  readonly #client: DynamoDBDocumentClient;
  readonly #clock: () => number;

  constructor(
    table: string,
    evidence: Pick<EvidenceBucket, 'put' | 'readJson' | 'read'>,
    client = new DynamoDBClient({}),
    clock = Date.now,
  ) {
    this.#table = table;
    this.#evidence = evidence;
    this.#client = DynamoDBDocumentClient.from(client);
    this.#clock = clock;
  }

  /** Keeps a report; the same one again changes nothing. */
  async save(report: DriftReport): Promise<Pick<KeptReport, 'json' | 'html'>> {
    const { tenant, model, id, at } = report;
    const key = `drift-reports/${tenant}/${model}/${at}-${id}`;
    const page = new TextEncoder().encode(reportHtml(report));
    const json = await this.#evidence.put(
      `${key}.json`,
      canonicalBytes(report),
      'application/json',
    );
    const html = await this.#evidence.put(`${key}.html`, page, 'text/html; charset=utf-8');
    await this.#client.send(
      new PutCommand({
        TableName: this.#table,
        Item: {
          PK: partition(report),
          SK: sortKey(report),
          ...headlineOf(report),
          ...{ json, html, expiresAt: Math.floor(this.#clock() / 1000) + KEPT_SECONDS },
        },
      }),
    );
    return { json, html };
  }

  async latest(model: Model): Promise<FoundReport | undefined> {
    const [kept] = await this.list(model, 1);
    return kept && this.#read(kept);
  }

  /** The newest first. @param before only those older than this one */
  async list(
    model: Model,
    limit: number,
    before?: Pick<KeptReport, 'at' | 'id'>,
  ): Promise<readonly KeptReport[]> {
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: before ? 'PK = :pk AND SK < :before' : 'PK = :pk',
        ExpressionAttributeValues: {
          ':pk': partition(model),
          ...(before && { ':before': sortKey(before) }),
        },
        ScanIndexForward: false,
        Limit: limit,
        ConsistentRead: true,
      }),
    );
    return Items.map((item) => Stored.parse(item));
  }

  /** One report, by its id, which begins with the time that it is kept under. */
  async get(model: Model, id: string): Promise<FoundReport | undefined> {
    const at = timeOf(id);
    if (at === undefined) return undefined;
    const { Items: [item] = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'PK = :pk AND SK = :sk',
        ExpressionAttributeValues: { ':pk': partition(model), ':sk': sortKey({ at, id }) },
        ConsistentRead: true,
      }),
    );
    return item && this.#read(Stored.parse(item));
  }

  /** The page of a report. @throws EvidenceAltered when it is not the one that was kept. */
  async page({ html }: Pick<KeptReport, 'html'>): Promise<Uint8Array> {
    return this.#evidence.read(html);
  }

  async #read(kept: KeptReport): Promise<FoundReport> {
    const report = DriftReport.parse(await this.#evidence.readJson(kept.json));
    return { report, key: kept.json.key, kept };
  }
}

const partition = ({ tenant, model }: Model): string => `T#${tenant}#K#${model}`;
const sortKey = ({ at, id }: Pick<KeptReport, 'at' | 'id'>): string => `${at}#${id}`;

/** A UUID v7 begins with milliseconds since 1970, in hexadecimal. */
function timeOf(id: string): string | undefined {
  const [, high = '', low = ''] = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(id) ?? [];
  const time = new Date(Number.parseInt(`${high}${low}`, 16));
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
