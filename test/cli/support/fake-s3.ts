import { createHash, randomUUID } from 'node:crypto';

interface Reply {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Multipart {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
}

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('base64');

/** Path-style S3 with PUT and multipart; it checks the SHA-256 that each body comes with. */
export class FakeS3 {
  readonly objects = new Map<string, Buffer>();
  readonly multiparts = new Map<string, Multipart>();
  /** `PUT manifest.json`, `PART 2 model.onnx`, in order of arrival. */
  readonly log: string[] = [];
  /** Entries of the log that are answered by 403. */
  readonly denied = new Set<string>();

  answer(method: string, url: URL, body: Buffer, checksum: string | undefined): Reply {
    const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/');
    const name = key.split('/').slice(5).join('/');
    const id = url.searchParams.get('uploadId') ?? '';
    const part = Number(url.searchParams.get('partNumber'));
    const what = this.#name(method, url, part);
    this.log.push(`${what} ${name}`);
    if (this.denied.has(`${what} ${name}`)) return error(403, 'AccessDenied');
    if (method === 'PUT' && checksum !== sha256(body)) return error(400, 'BadDigest');
    const multipart = this.multiparts.get(id);
    switch (what) {
      case 'PUT':
        this.objects.set(key, body);
        return { status: 200, headers: { 'x-amz-version-id': 'v-1', etag: '"e"' } };
      case 'CREATE': {
        const made = randomUUID();
        this.multiparts.set(made, { key, parts: new Map() });
        return xml('InitiateMultipartUploadResult', `<UploadId>${made}</UploadId>`);
      }
      case 'LIST':
        return multipart ? xml('ListPartsResult', listed(multipart)) : error(404, 'NoSuchUpload');
      case 'COMPLETE': {
        if (!multipart) return error(404, 'NoSuchUpload');
        const ordered = [...multipart.parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
        this.objects.set(key, Buffer.concat(ordered));
        this.multiparts.delete(id);
        return xml('CompleteMultipartUploadResult', '<ETag>"e"</ETag>');
      }
      default:
        multipart?.parts.set(part, body);
        return { status: 200, headers: { etag: `"${part}"` } };
    }
  }

  #name(method: string, url: URL, part: number): string {
    if (url.searchParams.has('uploads')) return 'CREATE';
    if (!url.searchParams.has('uploadId')) return method;
    if (method === 'PUT') return `PART ${part}`;
    return method === 'GET' ? 'LIST' : 'COMPLETE';
  }
}

const listed = ({ parts }: Multipart): string => {
  const items = [...parts].map(
    ([number, body]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>"${number}"</ETag><Size>${body.length}</Size><ChecksumSHA256>${sha256(body)}</ChecksumSHA256></Part>`,
  );
  return `${items.join('')}<IsTruncated>false</IsTruncated>`;
};

const xml = (root: string, inner: string): Reply => ({
  status: 200,
  body: `<?xml version="1.0"?><${root}>${inner}</${root}>`,
});

const error = (status: number, code: string): Reply => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});
