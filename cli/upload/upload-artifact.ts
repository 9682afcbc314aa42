import { MANIFEST_FILE } from '#domain/registry/manifest.ts';
import type { Api } from '../api.ts';
import { ApiFailure } from '../api-answer.ts';
import type { UploadGrant } from '../api-schemas.ts';
import { codeOf, Failure, failed, messageOf } from '../failure.ts';
import type { LocalArtifact } from '../local-artifact.ts';
import { Pool, settleAll } from './pool.ts';
import { S3Target } from './s3-target.ts';
import { uploadFile } from './upload-file.ts';
import type { UploadJournal } from './upload-journal.ts';

/** Requests in flight: enough to fill a line, few enough for its memory. */
const PARALLEL = 4;

/** Which S3 object the platform will start from. */
export interface UploadedManifest {
  readonly key: string;
  readonly versionId: string;
}

interface Ports {
  readonly api: Api;
  readonly journal: UploadJournal;
  /** Endpoint of S3, where it is not AWS's own. */
  readonly endpoint: string | undefined;
  readonly onBytes: (path: string, bytes: number) => void;
  readonly onNote: (message: string) => void;
}

/** Uploads an artifact, the manifest last: its arrival starts the release. */
export async function uploadArtifact(
  folder: string,
  { manifest, manifestBytes }: LocalArtifact,
  { api, endpoint, journal, onBytes, onNote }: Ports,
): Promise<UploadedManifest> {
  const grant = await beginOrResume(manifest.name, api, journal, onNote);
  const target = new S3Target(grant, endpoint, () => api.openUpload(manifest.name, grant.uploadId));
  const pool = new Pool(PARALLEL);
  try {
    await settleAll(
      manifest.files.map(({ path, size }) =>
        uploadFile({ folder, path, size }, { target, journal, pool, onBytes }),
      ),
    );
    const versionId = await target.put(MANIFEST_FILE, manifestBytes);
    await journal.end();
    if (versionId) return { key: target.key(MANIFEST_FILE), versionId };
  } catch (error) {
    await journal.save();
    throw interrupted(error);
  } finally {
    target.close();
  }
  throw failed({
    field: 'bucket',
    got: `no version id from ${grant.bucket}`,
    expected: 'a bucket with versioning',
    remedy: 'have the deployment checked',
  });
}

async function beginOrResume(
  model: string,
  api: Api,
  journal: UploadJournal,
  onNote: (message: string) => void,
): Promise<UploadGrant> {
  const { begun } = journal;
  if (begun) {
    const grant = await api.openUpload(model, begun.uploadId).catch((error: unknown) => {
      if (error instanceof ApiFailure && error.status < 500 && error.status !== 401)
        return undefined;
      throw error;
    });
    if (grant?.prefix === begun.prefix) {
      onNote('resuming the interrupted upload');
      return grant;
    }
    onNote('the interrupted upload cannot be resumed; starting again');
  }
  const grant = await api.openUpload(model);
  await journal.begin(grant.uploadId, grant.prefix);
  return grant;
}

function interrupted(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error);
  return failed(
    {
      field: 'upload',
      got: code && code !== 'Error' ? `${code}, ${messageOf(error)}` : messageOf(error),
      expected: 'S3 to take the files',
      remedy: 'run the same command again: it goes on where it stopped',
    },
    { cause: error },
  );
}
