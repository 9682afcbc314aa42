import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { api } from './support/assay.ts';
import {
  type As,
  administrator,
  as,
  asFunction,
  assume,
  denied,
  root,
  type SessionKeys,
  settingOf,
} from './support/roles.ts';

const { ArtifactBucket, EvidenceBucket, RegistryTable } = inject('cloud').outputs;
const MODEL = 'permissions';

/** What no identity policy could allow. */
const BY_BUCKET = /explicit deny in a resource-based policy/;

const TAGS = { TagSet: [{ Key: 'class', Value: 'public' }] };
const HOLD = { Status: 'ON' } as const;

interface Version {
  readonly Bucket: string | undefined;
  readonly Key: string;
  readonly VersionId: string | undefined;
}

const lock = (by: As, at: Version): Promise<unknown> => {
  const RetainUntilDate = new Date(Date.now() + 86_400_000);
  const Retention = { Mode: 'GOVERNANCE', RetainUntilDate } as const;
  return by.s3.send(new PutObjectRetentionCommand({ ...at, Retention }));
};

let gate: As;
let infer: As;
let admin: As;
beforeAll(async () => {
  gate = await asFunction('CheckIntegrity');
  infer = await asFunction('Infer');
  admin = await administrator();
});

describe('an upload session', () => {
  interface Upload {
    readonly prefix: string;
    readonly credentials: SessionKeys;
  }
  const open = async (model: string): Promise<Upload> => {
    const { status, body } = await api('submitter', 'POST', '/governance/uploads', { model });
    expect(status).toBe(201);
    return body as unknown as Upload;
  };
  const put = (by: As, key: string) =>
    by.s3.send(new PutObjectCommand({ Bucket: ArtifactBucket, Key: key, Body: 'x' }));

  let session: As;
  let prefix: string;
  beforeAll(async () => {
    const opened = await open(MODEL);
    session = as(opened.credentials);
    prefix = opened.prefix;
  });

  it('writes below the prefix of its own upload and no other', async () => {
    await put(session, `${prefix}notes.txt`);
    const [uploads, principal, tenant, model, id] = prefix.split('/');
    for (const other of [
      [uploads, `${principal}x`, tenant, model, id],
      [uploads, 'AROAANOTHER:submitter@default', tenant, model, id],
      [uploads, principal, 'rival', model, id],
      [uploads, principal, tenant, 'another', id],
      [uploads, principal, tenant, model, 'another'],
      [uploads, '..', uploads, principal, tenant, model, id],
      ['elsewhere'],
    ]) {
      const key = `${other.join('/')}/notes.txt`;
      await denied(put(session, key));
      await put(root, key);
    }
    const sibling = await open(MODEL);
    await denied(put(session, `${sibling.prefix}notes.txt`));
    await put(as(sibling.credentials), `${sibling.prefix}notes.txt`);
  });

  it.each<[string, (by: As, at: Version) => Promise<unknown>]>([
    ['read', (by, at) => by.s3.send(new GetObjectCommand(at))],
    ['see the tags of', (by, at) => by.s3.send(new GetObjectTaggingCommand(at))],
    ['tag', (by, at) => by.s3.send(new PutObjectTaggingCommand({ ...at, Tagging: TAGS }))],
    ['lock', lock],
    ['hold', (by, at) => by.s3.send(new PutObjectLegalHoldCommand({ ...at, LegalHold: HOLD }))],
    ['hide', (by, { Bucket, Key }) => by.s3.send(new DeleteObjectCommand({ Bucket, Key }))],
    ['delete', (by, at) => by.s3.send(new DeleteObjectCommand(at))],
  ])('cannot %s what it wrote', async (what, attack) => {
    const Key = `${prefix}${what}`;
    const { VersionId } = await put(session, Key);
    const at = { Bucket: ArtifactBucket, Key, VersionId };
    await denied(attack(session, at));
    await attack(root, at);
  });

  it('cannot list the bucket', async () => {
    const at = { Bucket: ArtifactBucket, Prefix: prefix };
    await denied(session.s3.send(new ListObjectsV2Command(at)));
    await denied(session.s3.send(new ListObjectVersionsCommand(at)));
    await root.s3.send(new ListObjectsV2Command(at));
    await root.s3.send(new ListObjectVersionsCommand(at));
  });

  it('reaches no other service, and none but the API opens one', async () => {
    const get = (by: As, PK: string) =>
      by.dynamodb.send(new GetCommand({ TableName: RegistryTable, Key: { PK, SK: 'x' } }));
    const [version, policy] = ['T#default#M#x', 'T#default#P#x'];
    for (const PK of [version, policy]) await denied(get(session, PK));
    await get(infer, version);
    await denied(get(infer, policy));
    const role = await settingOf('ServeApi', 'UPLOAD_ROLE_ARN');
    for (const other of [session, gate, infer, root]) await denied(assume(role, other));
    // Without the session policy that the API adds, the role's own still binds it to its name.
    const whole = await assume(role, await asFunction('ServeApi'));
    await put(whole, `uploads/${whole.userId}/notes.txt`);
    await denied(put(whole, `uploads/AROAANOTHER:${whole.userId}/notes.txt`));
  });

  it('is the only writer of its name, and only the registrar locks, whatever a role allows', async () => {
    await denied(put(admin, `${prefix}admin.txt`), BY_BUCKET);
    const Key = `${prefix}locked.txt`;
    const { VersionId } = await put(session, Key);
    const at = { Bucket: ArtifactBucket, Key, VersionId };
    await denied(lock(admin, at), BY_BUCKET);
    await denied(admin.s3.send(new DeleteObjectCommand(at)), BY_BUCKET);
    await denied(lock(gate, at));
    await lock(await asFunction('RegisterVersion'), at);
  });
});

describe('evidence', () => {
  const FOLDER = `versions/default/${MODEL}/${'f'.repeat(64)}`;
  const RESULT = `${FOLDER}/gates/integrity`;
  const put = (by: As, Key: string, IfNoneMatch?: string) =>
    by.s3.send(new PutObjectCommand({ Bucket: EvidenceBucket, Key, Body: 'x', IfNoneMatch }));

  /** The headers go with the call that completes an upload, so only that one can be refused. */
  async function putInParts(by: As, Key: string, IfNoneMatch?: string) {
    const at = { Bucket: EvidenceBucket, Key };
    const { UploadId } = await by.s3.send(new CreateMultipartUploadCommand(at));
    const part = { ...at, UploadId, PartNumber: 1 };
    const { ETag } = await by.s3.send(new UploadPartCommand({ ...part, Body: 'x' }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    return by.s3.send(
      new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload, IfNoneMatch }),
    );
  }

  it.each([
    ['the gate whose result it is', () => gate],
    ['an administrator', () => admin],
  ])('is written once and never overwritten, not even by %s', async (who, by) => {
    for (const [way, write] of Object.entries({ put, putInParts })) {
      const key = `${RESULT}-${who.length}-${way}.json`;
      await denied(write(by(), key), BY_BUCKET);
      await write(by(), key, '*');
      await denied(write(by(), key), BY_BUCKET);
      await expect(write(by(), key, '*')).rejects.toMatchObject({ name: 'PreconditionFailed' });
    }
  });

  it('is deleted by nobody', async () => {
    const Key = `${RESULT}-kept.json`;
    const { VersionId } = await put(gate, Key, '*');
    for (const at of [{ Key }, { Key, VersionId }]) {
      const remove = { Bucket: EvidenceBucket, ...at };
      await denied(gate.s3.send(new DeleteObjectCommand(remove)));
      await denied(admin.s3.send(new DeleteObjectCommand(remove)), BY_BUCKET);
    }
    await admin.s3.send(new DeleteObjectCommand({ Bucket: ArtifactBucket, Key: 'anything' }));
  });

  it.each([
    ['model.sig', 'SignDigest'],
    ['admission/ADMITTED/1.json', 'AdmitVersion'],
    ['admission/STAGING/1.json', 'AdmitStaging'],
    ['description/1/model-card.json', 'DescribeVersion'],
    ['artifact.json', 'RegisterVersion'],
  ])('%s is written by %s and by no gate', async (file, writer) => {
    for (const other of [gate, infer, await asFunction('ServeApi')]) {
      await denied(put(other, `${FOLDER}/${file}`, '*'));
    }
    await put(await asFunction(writer), `${FOLDER}/${file}`, '*');
  });

  it('is read by the inference, which writes neither evidence nor artifacts', async () => {
    const Key = `${RESULT}-read.json`;
    await put(gate, Key, '*');
    await infer.s3.send(new GetObjectCommand({ Bucket: EvidenceBucket, Key }));
    await denied(put(infer, `${RESULT}-infer.json`, '*'));
    await put(gate, `${RESULT}-infer.json`, '*');
    const body = {
      Bucket: ArtifactBucket,
      Key: `uploads/x/default/${MODEL}/x/model.onnx`,
      Body: 'x',
    };
    await denied(infer.s3.send(new PutObjectCommand(body)));
    await root.s3.send(new PutObjectCommand(body));
  });
});
