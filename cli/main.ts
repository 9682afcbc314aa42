import { Command, CommanderError } from 'commander';
import { problemText } from '#domain/registry/problem.ts';
import { abCommand } from './commands/ab.ts';
import { approvalsCommand } from './commands/approvals.ts';
import { cardCommand } from './commands/card.ts';
import { convertCommand } from './commands/convert.ts';
import { dashboardCommand } from './commands/dashboard.ts';
import { dataCommand } from './commands/data.ts';
import { downloadCommand } from './commands/download.ts';
import { driftCommand } from './commands/drift.ts';
import { gatesCommand } from './commands/gates.ts';
import { initCommand } from './commands/init.ts';
import { listCommand } from './commands/list.ts';
import { loginCommand } from './commands/login.ts';
import { logoutCommand } from './commands/logout.ts';
import { monitorCommand } from './commands/monitor.ts';
import { outcomesCommand } from './commands/outcomes.ts';
import { policyCommand } from './commands/policy.ts';
import { predictCommand } from './commands/predict.ts';
import { registerCommand } from './commands/register.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { rolloutCommand } from './commands/rollout.ts';
import { scanCommand } from './commands/scan.ts';
import { statusCommand } from './commands/status.ts';
import { verifyCommand } from './commands/verify.ts';
import { approveCommand, refuseCommand } from './commands/vote.ts';
import { whoamiCommand } from './commands/whoami.ts';
import { type Act, type Context, contextOf } from './context.ts';
import { processIo } from './env.ts';
import { EXIT, EXIT_CODES_HELP, type ExitCode } from './exit-codes.ts';
import { Failure, messageOf } from './failure.ts';
import type { Io } from './io.ts';
import { Output } from './output.ts';

const COMMANDS = [
  loginCommand,
  whoamiCommand,
  logoutCommand,
  initCommand,
  registerCommand,
  statusCommand,
  gatesCommand,
  cardCommand,
  listCommand,
  approvalsCommand,
  approveCommand,
  refuseCommand,
  policyCommand,
  rolloutCommand,
  rollbackCommand,
  abCommand,
  monitorCommand,
  dashboardCommand,
  predictCommand,
  outcomesCommand,
  verifyCommand,
  scanCommand,
  convertCommand,
  dataCommand,
  driftCommand,
  downloadCommand,
];

const HELP = `
A first model:
  $ assay login --user dora --api URL --client-id ID --region eu-west-1
  $ assay init ./model && assay register ./model
  $ assay approve APPROVAL          (another person)
  $ assay predict MODEL --file request.json

Its successors are tried beside it, a few users at first:
  $ assay rollout status MODEL --follow
  $ assay rollback MODEL --severity critical --reason TEXT
  $ assay ab create MODEL --treatment VERSION

What runs is watched:
  $ assay monitor status
  $ assay dashboard

${EXIT_CODES_HELP}

Environment:
  ASSAY_HOME      folder of settings and tokens (~/.assay)
  ASSAY_PASSWORD  password for "assay login"
  ASSAY_DEBUG=1   stack traces
  NO_COLOR        no colours`;

/** Runs one command line; resolves to its exit code and never throws. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  const act: Act =
    <Args extends unknown[]>(run: (context: Context, ...args: Args) => Promise<ExitCode>) =>
    async (...args: [...Args, Command]) => {
      const command = args.at(-1) as Command;
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      exit = await run(contextOf(io, json === true), ...(args.slice(0, -1) as Args));
    };
  const program = programOf(act, io);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    return report(error, new Output(io, argv.includes('--json')), io);
  }
}

function programOf(act: Act, io: Io): Command {
  const program = new Command('assay')
    .description('Only verified, approved and watched models serve traffic.')
    .option('--json', 'one JSON document on stdout, messages on stderr')
    .enablePositionalOptions()
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .addHelpText('after', HELP);
  for (const make of COMMANDS) program.addCommand(inheriting(make(act), program));
  return program;
}

/** Commands within commands too end by exit codes of ours, not by commander's. */
function inheriting(command: Command, from: Command): Command {
  for (const inner of command.commands) inheriting(inner, from);
  return command.copyInheritedSettings(from);
}

function report(error: unknown, out: Output, io: Io): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const { message, problems, exit } =
    error instanceof Failure
      ? error
      : {
          message: `${messageOf(error)} (ASSAY_DEBUG=1 shows where)`,
          problems: [],
          exit: EXIT.error,
        };
  // Commander has said it already.
  if (!(error instanceof CommanderError)) out.error(message, problems.map(problemText));
  if (out.json) out.result({ error: { message, problems } }, () => '');
  if (io.env.ASSAY_DEBUG === '1' && error instanceof Error) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      for (const line of (at.stack ?? '').split('\n')) out.note(line);
    }
  }
  return exit;
}
