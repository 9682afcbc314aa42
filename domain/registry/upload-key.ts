import { MANIFEST_FILE } from './manifest.ts';
import { ModelName, Tenant } from './subject.ts';

/** What an upload's key says; the manifest may repeat it and never overrule it. */
export interface Upload {
  /** `aws:userid` of whoever wrote it: the bucket policy lets nobody write under another's. */
  readonly principal: string;
  readonly tenant: string;
  readonly model: string;
  readonly uploadId: string;
}

const UPLOADS = 'uploads';

/** Where one upload's files lie; ends in a slash. */
export const uploadPrefix = ({ principal, tenant, model, uploadId }: Upload): string =>
  `${UPLOADS}/${principal}/${tenant}/${model}/${uploadId}/`;

/**
 * Reads `uploads/<principal>/<tenant>/<model>/<upload-id>/manifest.json`; undefined for a key
 * of any other depth or alphabet, which no release is started for.
 */
export function parseManifestKey(key: string): Upload | undefined {
  const [root, principal, tenant, model, uploadId, file, ...rest] = key.split('/');
  if (root !== UPLOADS || file !== MANIFEST_FILE || rest.length > 0) return undefined;
  if (!principal || !uploadId || !/^[A-Za-z0-9._-]{1,64}$/.test(uploadId)) return undefined;
  if (!Tenant.safeParse(tenant).success || !ModelName.safeParse(model).success) return undefined;
  return { principal, tenant: tenant as string, model: model as string, uploadId };
}
