import type { Command } from 'commander';
import { EXIT_CODES_HELP } from './exit-codes.ts';

/** What every command has: `--json`, examples and the exit codes. */
export const documented = (command: Command, examples: readonly string[]): Command =>
  command
    .option('--json', 'one JSON document on stdout, messages on stderr')
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((line) => `  $ assay ${line}`).join('\n')}\n\n${EXIT_CODES_HELP}`,
    );
