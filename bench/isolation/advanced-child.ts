import type { Tensor } from '#domain/serving/tensor.ts';
import { openModel } from '../../lambdas/serving/model-session.ts';

/** The same by what Node has for it: messages of `fork`, in its advanced serialization. */
const session = await openModel(process.argv[2] ?? '');
process.on('message', ([inputs, outputs]: [Tensor[], string[]]) => {
  void session.run(inputs, outputs).then(({ outputs }) => process.send?.(outputs));
});
process.send?.('opened');
