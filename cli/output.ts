import pc from 'picocolors';
import type { Io } from './io.ts';
import { LiveView } from './render/live-view.ts';
import { printable } from './render/printable.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** How to draw: colours (or none), the width in columns and the time that ages are told from. */
export interface Style {
  readonly colors: Colors;
  readonly columns: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

const DEFAULT_COLUMNS = 100;

/**
 * Where a command writes: one result on stdout, messages on stderr. With `json` the result is
 * exactly one JSON document and nothing else reaches stdout.
 */
export class Output {
  readonly json: boolean;
  readonly #io: Io;
  readonly #colors: Colors;

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.json = json;
    this.#colors = pc.createColors(wantsColor(io));
  }

  get style(): Style {
    return {
      colors: this.#colors,
      columns: this.#io.stdout.columns ?? DEFAULT_COLUMNS,
      now: this.#io.now(),
    };
  }

  /** Called once per command. Values may come from strangers, so their control characters go. */
  result<T>(value: T, render: (value: T, style: Style) => string): void {
    this.#io.stdout.write(
      this.json
        ? `${JSON.stringify(value, null, 2)}\n`
        : `${render(printable(value), this.style)}\n`,
    );
  }

  note(line: string): void {
    this.#io.stderr.write(`${printable(line)}\n`);
  }

  /** What went wrong, then a line for each thing to mend. */
  error(message: string, details: readonly string[] = []): void {
    const { red } = pc.createColors(wantsColor(this.#io) && this.#io.stderr.isTTY === true);
    const [first = '', ...more] = message.split('\n');
    this.#io.stderr.write(`${red('error:')} ${printable(first)}\n`);
    for (const detail of [...more, ...details]) this.note(`  ${detail}`);
  }

  /** A place to redraw in, where there is a terminal and nobody wants JSON. */
  live(): LiveView | undefined {
    return this.#io.stdout.isTTY && !this.json ? new LiveView(this.#io.stdout) : undefined;
  }

  /** The same on stderr: progress that leaves stdout alone. */
  progress(): LiveView | undefined {
    return this.#io.stderr.isTTY ? new LiveView(this.#io.stderr) : undefined;
  }
}

/** https://no-color.org, and FORCE_COLOR for recordings. */
function wantsColor({ env, stdout }: Io): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stdout.isTTY === true && env.TERM !== 'dumb';
}
