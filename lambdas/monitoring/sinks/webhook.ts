import { createHmac } from 'node:crypto';
import { requestJson } from './request-json.ts';
import type { Sink } from './sink.ts';

/**
 * Any receiver of HTTPS. `x-assay-signature` is the HMAC-SHA256 of the timestamp, a dot and the body,
 * by the secret that both know; `x-assay-delivery` is the same in a repeat.
 */
export const webhookSink = (
  url: string,
  secret: () => Promise<string>,
  nowSeconds: () => number,
): Sink => ({
  name: 'webhook',
  async tell(page, delivery) {
    const body = JSON.stringify(page);
    const timestamp = String(nowSeconds());
    await requestJson(url, {
      body,
      headers: {
        'x-assay-delivery': delivery,
        'x-assay-timestamp': timestamp,
        'x-assay-signature': `sha256=${signature(await secret(), timestamp, body)}`,
      },
    });
  },
});

const signature = (secret: string, timestamp: string, body: string): string =>
  createHmac('sha256', secret.trim()).update(`${timestamp}.${body}`).digest('hex');
