import {
  CloudWatchClient,
  GetDashboardCommand,
  type MetricDataQuery,
  type MetricDataResult,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import type { Asked } from '#domain/monitoring/dashboard/asked.ts';
import type { Line } from '#domain/monitoring/dashboard/drawing.ts';
import type { Found } from '#domain/monitoring/dashboard/panels.ts';
import type { Question } from '#domain/monitoring/dashboard/question.ts';

/** CloudWatch has too many questions at once, ours or the account's. */
export class Throttled extends Error {
  override readonly name = 'Throttled';
}

/** CloudWatch's dashboards, and the numbers that they draw. */
export class Dashboards {
  readonly #client: CloudWatchClient;

  constructor(client = new CloudWatchClient({})) {
    this.#client = client;
  }

  /**
   * The body of a dashboard, as whoever changed it last left it; undefined where there is none.
   * @throws Throttled
   */
  async body(name: string): Promise<string | undefined> {
    try {
      const { DashboardBody } = await this.#client.send(
        new GetDashboardCommand({ DashboardName: name }),
      );
      return DashboardBody;
    } catch (error) {
      if (isNamed(error, MISSING)) return undefined;
      throw unlessThrottled(error);
    }
  }

  /**
   * What CloudWatch has of each that is asked for, in that order. A search may find many lines.
   * @throws Throttled
   */
  async find({ asked, from, to }: Question): Promise<Found[]> {
    const results: MetricDataResult[] = [];
    const said = new Set<string>();
    try {
      const pages = paginateGetMetricData(
        { client: this.#client },
        {
          StartTime: new Date(from),
          EndTime: new Date(to),
          ScanBy: 'TimestampAscending',
          MetricDataQueries: asked.map(queryOf),
        },
      );
      for await (const { MetricDataResults = [], Messages = [] } of pages) {
        results.push(...MetricDataResults);
        for (const { Code = 'something' } of Messages) said.add(Code);
      }
    } catch (error) {
      throw unlessThrottled(error);
    }
    return asked.map((one, i) =>
      foundOf(
        one,
        results.filter(({ Id }) => Id === idOf(i)),
        [...said],
      ),
    );
  }
}

/** By its name in either protocol of CloudWatch. */
const MISSING = ['DashboardNotFoundError', 'ResourceNotFound'];
const THROTTLED = [
  ...['Throttling', 'ThrottlingException', 'TooManyRequestsException'],
  ...['RequestLimitExceeded', 'LimitExceededException', 'LimitExceededFault'],
];

const isNamed = (error: unknown, names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);

const unlessThrottled = (error: unknown): unknown =>
  isNamed(error, THROTTLED)
    ? new Throttled('CloudWatch answers no more questions for now', { cause: error })
    : error;

/** CloudWatch wants small letters first. */
const idOf = (index: number): string => `asked${index}`;

function queryOf(asked: Asked, index: number): MetricDataQuery {
  const query = { Id: idOf(index), Label: asked.label };
  if ('expression' in asked) {
    return { ...query, Expression: asked.expression, Period: asked.periodSeconds };
  }
  const { namespace, metric, dimensions, statistic, periodSeconds } = asked;
  return {
    ...query,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: periodSeconds,
      Stat: statistic,
    },
  };
}

/**
 * A line may come in pieces, on several pages; whether it is whole is said by the last one. A search may
 * find no line; a metric without points is answered by an empty one, so of one that is not, nothing is known.
 */
function foundOf(
  asked: Asked,
  results: readonly MetricDataResult[],
  saidOfAll: readonly string[],
): Found {
  const lines = new Map<string, { points: Line['points']; whole: boolean }>();
  const said = new Set(saidOfAll);
  for (const { Label = '', Timestamps = [], Values = [], StatusCode, Messages = [] } of results) {
    const points = Timestamps.map((at, i): [number, number] => [at.getTime(), Values[i] ?? 0]);
    const whole = StatusCode === 'Complete';
    lines.set(Label, { points: [...(lines.get(Label)?.points ?? []), ...points], whole });
    for (const { Code = 'something' } of Messages) said.add(Code);
  }
  const isAnswered = 'expression' in asked || lines.size > 0;
  return {
    lines: [...lines].flatMap(([label, { points }]) =>
      points.length > 0 ? [{ label, points: points.sort(([a], [b]) => a - b) }] : [],
    ),
    complete: isAnswered && [...lines.values()].every(({ whole }) => whole),
    said: [...said],
  };
}
