import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { down, reset, status, up } from './cloud.ts';
import { homeAt } from './home.ts';
import { PEOPLE, settlePeople } from './people.ts';

const say = (line: string): void => console.log(`${pc.cyan('local')} ${line}`);

const program = new Command('local').description(
  'Runs Assay on this machine: MiniStack stands in for AWS, the same CDK app is deployed to it.',
);

program
  .command('up')
  .description('start the local cloud and deploy the app to it')
  .option('--port <n>', 'port to listen on (default: 4566, or any free one)', parsePort)
  .option('--iam', 'let IAM policies decide on every request')
  .action(async ({ port, iam }: { port?: number; iam?: boolean }) => {
    const startedMs = Date.now();
    const cloud = await up({ port: port ?? portOf(process.env.ASSAY_LOCAL_PORT), iam, say });
    const password = await settlePeople(cloud);
    say(
      `${pc.green('up')} at ${cloud.endpoint} in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`,
    );
    for (const [stack, outputs] of Object.entries(cloud.outputs)) {
      for (const [name, value] of Object.entries(outputs)) {
        // What one stack exports to another is nobody's business.
        if (name.startsWith('Export')) continue;
        console.log(`  ${pc.dim(`${stack}.`)}${name} ${pc.dim('=')} ${value}`);
      }
    }
    console.log('\nTo look around with any AWS client:\n');
    for (const [name, value] of Object.entries(cloud.variables)) {
      console.log(`  export ${name}=${value}`);
    }
    console.log('  aws s3 ls        # if you have the AWS CLI\n');
    const { ApiUrl, ClientId } = cloud.outputs.Assay ?? {};
    console.log(`To sign in as ${PEOPLE.map(({ name }) => name).join(', ')}:\n`);
    console.log(
      `  ASSAY_PASSWORD=${password} npm run assay -- login --user submitter \\\n` +
        `    --api ${ApiUrl} --client-id ${ClientId} --cognito ${cloud.endpoint} --s3 ${cloud.endpoint}\n`,
    );
    console.log('What the functions write: npm run local:logs    Stop: npm run local:down');
  });

program
  .command('down')
  .description('stop the local cloud; everything in it is gone')
  .action(async () => say((await down()) ? 'down' : 'nothing was running'));

program
  .command('reset')
  .description('empty the running cloud; `up` deploys to it again')
  .action(async () =>
    say((await reset()) ? 'empty; deploy with: npm run local:up' : 'not running'),
  );

program
  .command('status')
  .description('tell what runs; exits with 1 when nothing does')
  .action(async () => {
    const state = await status();
    if (!state) {
      say('not running; start it with: npm run local:up');
      process.exitCode = 1;
      return;
    }
    say(`running at ${state.endpoint}, process ${state.pid}, since ${state.startedAt}`);
    say(state.iam ? 'IAM is enforced' : 'IAM is not enforced');
    say(state.deployed ? `deployed: templates ${state.deployed.slice(0, 12)}` : 'nothing deployed');
  });

program
  .command('logs')
  .description('print what the functions wrote, oldest first')
  .option('-n, --lines <n>', 'lines from the end', parseLines, 200)
  .option('-f, --follow', 'go on until interrupted', false)
  .option('--server', "print the server's own log instead", false)
  .action(async (options: { lines: number; follow: boolean; server: boolean }) => {
    const [program, ...args] = options.server ? serverLog(options) : await functionLogs(options);
    await once(spawn(program, args, { stdio: 'inherit' }), 'close');
  });

type LogOptions = { readonly lines: number; readonly follow: boolean };
type CommandLine = readonly [program: string, ...args: string[]];

function serverLog({ lines, follow }: LogOptions): CommandLine {
  const { log } = homeAt();
  if (!existsSync(log)) throw new Error(`there is no log at ${log}; start with: npm run local:up`);
  return ['tail', '-n', String(lines), ...(follow ? ['-f'] : []), log];
}

async function functionLogs({ lines, follow }: LogOptions): Promise<CommandLine> {
  const state = await status();
  if (!state) throw new Error('the local cloud is not running; start it with: npm run local:up');
  const script = fileURLToPath(new URL('python/function_logs.py', import.meta.url));
  const python = join(homeAt().venv, 'bin', 'python');
  return [python, script, state.endpoint, String(lines), ...(follow ? ['--follow'] : [])];
}

function parseLines(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError(`got '${text}', expected a number`);
  return Number(text);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError(`got '${text}', expected 1 to 65535, or 0 for any free port`);
  }
  return port;
}

const portOf = (text: string | undefined): number | undefined =>
  text ? parsePort(text) : undefined;

try {
  await program.parseAsync();
} catch (error) {
  console.error(`${pc.red('local')} ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
