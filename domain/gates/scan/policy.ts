import * as z from 'zod/mini';

/** What a scan lets pass that the formats themselves leave open. */
export const ScanPolicy = z.strictObject({
  /** `quarantine`: a pickle is inconclusive even when nothing in it is dangerous. */
  pickle: z.enum(['quarantine', 'judge']),
  onnx: z.strictObject({
    /** Operator domains beyond the standard that the serving runtime has. */
    customDomains: z.array(z.string()),
  }),
});
export type ScanPolicy = z.infer<typeof ScanPolicy>;

export const DEFAULT_SCAN_POLICY: ScanPolicy = {
  pickle: 'quarantine',
  // ONNX Runtime's own contributions, which quantised models use.
  onnx: { customDomains: ['com.microsoft'] },
};
