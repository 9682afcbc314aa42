import { join } from 'node:path';
import * as z from 'zod/mini';
import { failed } from './failure.ts';
import type { Io } from './io.ts';
import { readPrivateJson, writePrivateJson } from './private-file.ts';

const Settings = z.object({
  /** Base URL of the HTTP API. */
  api: z.string(),
  /** App client of the user pool. */
  clientId: z.string(),
  /** Endpoint of Cognito. */
  cognito: z.string(),
  /** Endpoint of S3, where it is not AWS's own. */
  s3: z.optional(z.string()),
});
export type Settings = z.infer<typeof Settings>;

/** What `assay login` may be told. */
export interface SettingFlags {
  readonly api?: string;
  readonly clientId?: string;
  readonly cognito?: string;
  readonly s3?: string;
  readonly region?: string;
}

export const assayHome = ({ env, home }: Pick<Io, 'env' | 'home'>): string =>
  env.ASSAY_HOME || join(home, '.assay');

const settingsPath = (io: Io): string => join(assayHome(io), 'config.json');

export const readSettings = (io: Io): Promise<Settings | undefined> =>
  readPrivateJson(settingsPath(io), Settings, 'remove it, then run "assay login" again');

export const writeSettings = (io: Io, settings: Settings): Promise<void> =>
  writePrivateJson(settingsPath(io), settings);

/** Flags over what is stored; `region` names AWS's own Cognito endpoint. */
export function mergeSettings(flags: SettingFlags, stored: Settings | undefined): Settings {
  const ofRegion = flags.region && `https://cognito-idp.${flags.region}.amazonaws.com/`;
  const s3 = flags.s3 ?? stored?.s3;
  return {
    api: endpoint('--api', flags.api ?? stored?.api),
    clientId: flags.clientId ?? stored?.clientId ?? missing('--client-id', 'the app client id'),
    cognito: endpoint(
      '--cognito',
      flags.cognito ?? ofRegion ?? stored?.cognito ?? missing('--region', 'an AWS region'),
    ),
    ...(s3 === undefined ? {} : { s3: endpoint('--s3', s3) }),
  };
}

/** Passwords and tokens travel to it, so it is encrypted or this machine itself. */
function endpoint(flag: string, text: string | undefined): string {
  if (text === undefined) return missing(flag, 'the base URL of the API');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? '');
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback)) return text;
  throw failed({
    field: flag,
    got: JSON.stringify(text),
    expected: 'an https:// URL, or http:// on this machine',
    remedy: 'correct the address; the outputs of the deployment name it',
  });
}

function missing(flag: string, expected: string): never {
  throw failed({
    field: flag,
    got: 'nothing, and no earlier login',
    expected,
    remedy: 'the outputs of the deployment name it; it is remembered afterwards',
  });
}
