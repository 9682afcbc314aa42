import type { ReservoirStream } from '#aws/reservoir-stream.ts';
import { fromHalf } from '#domain/gates/half.ts';
import { hourOf } from '#domain/monitoring/capture/seen.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import type { Clock } from '../ports.ts';
import type { AnsweredRows } from './count-rows.ts';
import { namesOf } from './feature-counter.ts';

export interface ReservoirOptions {
  /** Of rows, 0 to 0.1. */
  readonly share: number;
  /** Features that are never kept, by `name` or `input/name`. */
  readonly omit: readonly string[];
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly clock: Clock;
  /** A request's id without its name, by a key of the tenant; undefined while that is away. */
  readonly unitOf: (tenant: string, requestId: string) => Promise<string | undefined>;
  /** Told how many rows were not taken. */
  readonly onLost: (rows: number) => void;
  /** Told once of names in `omit` that no feature has had, of the versions offered so far. */
  readonly onUnmatched: (names: readonly string[], version: Subject) => void;
}

/** Rows that a version answered, with what they are to be found by. */
export interface Offered extends AnsweredRows {
  readonly version: Subject;
  readonly io: IoSchema;
  readonly requestId: string;
}

/** Of one process and hour: the first that are drawn, so that late ones are missing beyond it. */
const MAX_ROWS_AN_HOUR = 10_000;
/** Wider inputs and outputs are no tables: images, embeddings. */
const MAX_WIDTH = 2_000;

/** Rows wait for others to be sent with. */
const SEND_EVERY = 100;
const SEND_EVERY_MS = 1_000;

/** A row without its request, whose name is still being hidden. */
interface Drawn {
  readonly row: object;
  readonly request: Promise<string | undefined>;
}

type Value = number | string | boolean | null;
type Fields = Readonly<Record<string, Value | readonly Value[]>>;

/** A sample of rows as they were taken and answered, for what counters cannot tell. */
export class Reservoir {
  readonly #stream: Pick<ReservoirStream, 'send'>;
  readonly #options: ReservoirOptions;
  readonly #omit: ReadonlySet<string>;
  /** Names in `omit` that a feature had, or that were told of. */
  readonly #accounted = new Set<string>();
  readonly #checked = new WeakSet<IoSchema>();
  #waiting: Drawn[] = [];
  #since = 0;
  #hour = 0;
  #kept = 0;

  constructor(stream: Pick<ReservoirStream, 'send'>, options: ReservoirOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#omit = new Set(options.omit);
  }

  /** Draws among the rows of an answer. */
  offer({ version: subject, io, inputs, outputs, rows, requestId }: Offered): void {
    const { tenant, model, version } = subject;
    const { share, random, clock, unitOf } = this.#options;
    const now = clock();
    this.#turn(hourOf(now));
    this.#checkOmit(io, subject);
    let request: Drawn['request'] | undefined;
    for (let row = 0; row < rows && this.#kept < MAX_ROWS_AN_HOUR; row++) {
      if (random() >= share) continue;
      this.#kept += 1;
      if (this.#waiting.length === 0) this.#since = now;
      request ??= unitOf(tenant, requestId).catch(() => undefined);
      const drawn = {
        schema: 'assay.reservoir-row/v1',
        ...{ tenant, model, version, at: new Date(now).toISOString(), row },
        features: this.#featuresOf(io, inputs, rows, row),
        answer: answerOf(outputs, rows, row),
      };
      this.#waiting.push({ row: drawn, request });
    }
  }

  /** Sends what was drawn once it is enough, or a second old; else undefined. Never rejects. */
  sent(): Promise<void> | undefined {
    const { length } = this.#waiting;
    const isDue = length >= SEND_EVERY || this.#options.clock() - this.#since >= SEND_EVERY_MS;
    return length > 0 && isDue ? this.closed() : undefined;
  }

  /** Sends all that was drawn. Never rejects. */
  async closed(): Promise<void> {
    const drawn = this.#waiting;
    if (drawn.length === 0) return;
    this.#waiting = [];
    const lost = await this.#send(drawn).catch(() => drawn.length);
    if (lost > 0) this.#options.onLost(lost);
  }

  async #send(drawn: readonly Drawn[]): Promise<number> {
    const rows = drawn.map(async ({ row, request }) => {
      const unit = await request;
      return { ...row, ...(unit !== undefined && { request: unit }) };
    });
    return this.#stream.send(await Promise.all(rows));
  }

  #checkOmit(io: IoSchema, version: Subject): void {
    if (this.#checked.has(io)) return;
    this.#checked.add(io);
    const names = io.inputs.flatMap((spec) =>
      namesOf(spec).flatMap((name) => [name, `${spec.name}/${name}`]),
    );
    for (const name of names) if (this.#omit.has(name)) this.#accounted.add(name);
    const unmatched = [...this.#omit].filter((name) => !this.#accounted.has(name));
    if (unmatched.length === 0) return;
    for (const name of unmatched) this.#accounted.add(name);
    this.#options.onUnmatched(unmatched, version);
  }

  #turn(hour: number): void {
    if (hour === this.#hour) return;
    this.#hour = hour;
    this.#kept = 0;
  }

  #featuresOf(io: IoSchema, inputs: readonly Tensor[], rows: number, row: number): Fields {
    const fields = new Map<string, Value>();
    for (const tensor of inputs) {
      const spec = io.inputs.find(({ name }) => name === tensor.name);
      const names = spec ? namesOf(spec) : [];
      if (tensor.data.length !== rows * names.length) continue;
      names.forEach((name, offset) => {
        const full = `${tensor.name}/${name}`;
        if (this.#omit.has(name) || this.#omit.has(full)) return;
        fields.set(full, valueAt(tensor, row * names.length + offset));
      });
    }
    return Object.fromEntries(fields);
  }
}

function answerOf(outputs: ReadonlyMap<string, Tensor>, rows: number, row: number): Fields {
  // An output may be named `__proto__`: only a map has no names of its own.
  const fields = new Map<string, Value | readonly Value[]>();
  for (const [name, tensor] of outputs) {
    const width = tensor.data.length / rows;
    if (tensor.shape[0] !== rows || width > MAX_WIDTH) continue;
    const values = Array.from({ length: width }, (_, i) => valueAt(tensor, row * width + i));
    fields.set(name, width === 1 ? (values[0] as Value) : values);
  }
  return Object.fromEntries(fields);
}

/** As JSON has it: NaN is null, 64 bits are digits. */
function valueAt({ datatype, data }: Tensor, index: number): Value {
  const cell = data[index] as number | bigint | string;
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'bigint') return String(cell);
  if (datatype === 'BOOL') return cell !== 0;
  const value = datatype === 'FP16' ? fromHalf(cell) : cell;
  return Number.isFinite(value) ? value : null;
}
