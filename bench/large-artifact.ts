import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  createWriteStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { down, up } from '../local/cloud.ts';
import { settlePeople } from '../local/people.ts';

/**
 * Registers an artifact of 1 GB on a local cloud of its own and prints the peak memory of the
 * registering and the signing function's process, beside what each is configured with.
 * `npx tsx bench/large-artifact.ts`, about two minutes. Linux only: it reads /proc.
 */
const BYTES = 1_000_000_000;
const CHUNK = 8 * 1024 * 1024;
const home = '.local/bench';

const cloud = await up({ home, port: 0, say: (line) => console.error(line) });
const scratch = mkdtempSync(join(tmpdir(), 'assay-large-'));
try {
  const password = await settlePeople(cloud);
  await makeArtifact(scratch);
  const { ApiUrl = '', ClientId = '' } = cloud.outputs.Assay ?? {};
  const run = (...args: string[]) => {
    const { status } = spawnSync(process.execPath, ['cli/assay.mjs', ...args], {
      env: { ...process.env, ASSAY_HOME: join(scratch, 'home'), ASSAY_PASSWORD: password },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return status;
  };
  const login = ['login', '--user', 'submitter', '--api', ApiUrl, '--client-id', ClientId];
  run(...login, '--cognito', cloud.endpoint, '--s3', cloud.endpoint);
  console.error(`register ended with ${run('register', join(scratch, 'artifact'))}`);
  console.log('| function | peak resident memory, MiB | configured, MiB |');
  console.log('|---|---:|---:|');
  for (const name of ['RegisterVersion', 'SignDigest']) {
    console.log(`| ${name} | ${peakMiB(name)} | 512 |`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
  await down({ home });
}

/** The example's baseline, with a file of weights that nobody needs beside it. */
async function makeArtifact(folder: string): Promise<void> {
  const artifact = join(folder, 'artifact');
  cpSync('examples/breast-cancer/1.0.0-baseline', artifact, { recursive: true });
  const hash = createHash('sha256');
  const chunks = function* (): Generator<Buffer> {
    for (let left = BYTES; left > 0; left -= CHUNK) {
      const chunk = Buffer.alloc(Math.min(CHUNK, left), left & 0xff);
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(Readable.from(chunks()), createWriteStream(join(artifact, 'weights.bin')));
  const manifest = JSON.parse(readFileSync(join(artifact, 'manifest.json'), 'utf8'));
  manifest.files.push({ path: 'weights.bin', sha256: hash.digest('hex'), size: BYTES });
  writeFileSync(join(artifact, 'manifest.json'), JSON.stringify(manifest));
}

/** High-water mark of the worker that ran a function: the kernel keeps it for the process. */
function peakMiB(name: string): number {
  const peaks = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environment.includes(`AWS_LAMBDA_FUNCTION_NAME=Assay-Release${name}`)) return [];
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        return [Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024];
      } catch {
        return [];
      }
    });
  if (peaks.length === 0) throw new Error(`no process of ${name} is left to ask`);
  return Math.round(Math.max(...peaks));
}
