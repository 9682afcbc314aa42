import * as rules from '#domain/gates/scan/pickle/rules.ts';
import { type Allowed, each } from './entry.ts';

const CONTAINERS =
  'int float complex bool str bytes bytearray list dict tuple set frozenset object';

/** What pickles of plain data name, in the spelling of Python 3. */
export const STANDARD_LIBRARY: Allowed = {
  ...each({ builtins: `${CONTAINERS} slice range Ellipsis NotImplemented`, array: 'array' }, {}),
  ...each({ builtins: 'object' }, { make: true }),
  ...each({ builtins: 'set frozenset' }, { call: rules.oneCollection }),
  ...each({ builtins: 'bytes bytearray' }, { call: rules.contents }),
  ...each({ builtins: 'complex slice range' }, { call: rules.plain }),
  ...each({ _codecs: 'encode' }, { call: rules.encoding, returns: 'builtins bytes' }),
  ...each(
    { copyreg: '_reconstructor' },
    { call: rules.reconstructor, returns: 'first', state: true },
  ),
  ...each({ copyreg: '__newobj__' }, { call: rules.newObject, returns: 'first', state: true }),
  ...each(
    { collections: 'OrderedDict Counter' },
    { make: true, call: rules.data, state: true, items: true },
  ),
  ...each({ collections: 'deque' }, { call: rules.data, state: true, items: true }),
  ...each({ collections: 'defaultdict' }, { call: rules.factory, state: true, items: true }),
  ...each(
    { functools: 'partial' },
    { call: rules.preparedCall, state: true, stateRule: rules.preparedState },
  ),
  ...each({ datetime: 'date datetime time timedelta timezone' }, { call: rules.data }),
  ...each({ decimal: 'Decimal', fractions: 'Fraction' }, { call: rules.plain }),
  ...each({ uuid: 'UUID', argparse: 'Namespace' }, { make: true }),
  ...each({ uuid: 'SafeUUID' }, { call: rules.plain }),
  ...each({ types: 'SimpleNamespace' }, { call: rules.nothing, state: true }),
  ...each({ random: 'Random' }, { call: rules.nothing, state: true }),
  ...each({ array: '_array_reconstructor' }, { call: rules.arrayItems }),
  ...each(
    {
      pathlib: 'PosixPath PurePosixPath PureWindowsPath WindowsPath',
      'pathlib._local': 'PosixPath PurePosixPath PureWindowsPath WindowsPath',
    },
    { call: rules.plain },
  ),
};
