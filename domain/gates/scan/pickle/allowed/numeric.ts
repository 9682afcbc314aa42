import * as rules from '#domain/gates/scan/pickle/rules.ts';
import { type Allowed, each, type Names } from './entry.ts';
import { NUMPY_NAMES, PANDAS_CLASSES, SCIPY_CLASSES } from './scientific.ts';
import { SKLEARN_CALLS, SKLEARN_CLASSES, SKLEARN_NAMES } from './scikit-learn.ts';

/** The same names under `numpy.core` (version 1) and `numpy._core` (version 2). */
const core = (module: string, names: string): Names => ({
  [`numpy.core.${module}`]: names,
  [`numpy._core.${module}`]: names,
});

const BIT_GENERATORS: Names = {
  'numpy.random._mt19937': 'MT19937',
  'numpy.random._pcg64': 'PCG64 PCG64DXSM',
  'numpy.random._philox': 'Philox',
  'numpy.random._sfc64': 'SFC64',
};

const NUMPY: Allowed = {
  ...each(NUMPY_NAMES, {}),
  ...each({ numpy: 'ndarray', 'numpy.matrixlib.defmatrix': 'matrix' }, {}),
  ...each({ numpy: 'dtype' }, { call: rules.dtype, state: true }),
  ...each(core('multiarray', '_reconstruct'), {
    call: rules.emptyArray,
    returns: 'first',
    state: true,
  }),
  ...each(core('multiarray', 'scalar'), { call: rules.scalar }),
  ...each(core('numeric', '_frombuffer'), {
    call: rules.buffer,
    returns: 'numpy ndarray',
    state: true,
  }),
  ...each({ 'numpy.ma.core': 'MaskedArray', 'numpy.ma': 'MaskedArray' }, {}),
  ...each({ 'numpy.ma.core': '_mareconstruct' }, { call: rules.maskedArray, state: true }),
  ...each(BIT_GENERATORS, {}),
  ...each(
    { 'numpy.random._pickle': '__bit_generator_ctor __generator_ctor __randomstate_ctor' },
    { call: rules.randomState, state: true },
  ),
  ...each({ 'numpy.random.bit_generator': 'SeedSequence' }, {}),
  ...each(
    { 'numpy.random.bit_generator': '__pyx_unpickle_SeedSequence' },
    { call: rules.ownClass, returns: 'first', state: true },
  ),
};

/** Where the compiled losses say they live, since scikit-learn 1.6. */
const LOSSES: Names = { _loss: SKLEARN_CLASSES['sklearn._loss._loss'] ?? '' };

const SCIKIT_LEARN: Allowed = {
  ...each(LOSSES, { call: rules.data, state: true }),
  ...each(SKLEARN_NAMES, {}),
  ...each(SKLEARN_CLASSES, { make: true }),
  ...each(SKLEARN_CALLS, { call: rules.compiled, state: true, make: true }),
  ...each(
    { 'sklearn.utils._bunch': 'Bunch', 'sklearn.utils': 'Bunch' },
    {
      make: true,
      call: rules.nothing,
      state: true,
      items: true,
    },
  ),
};

const PANDAS: Allowed = {
  ...each(PANDAS_CLASSES, { make: true }),
  ...each(
    {
      pandas:
        'BooleanDtype Categorical CategoricalDtype CategoricalIndex DataFrame DatetimeIndex DatetimeTZDtype Float32Dtype Float64Dtype Index Int16Dtype Int32Dtype Int64Dtype Int8Dtype IntervalDtype IntervalIndex MultiIndex PeriodDtype PeriodIndex RangeIndex Series SparseDtype TimedeltaIndex UInt16Dtype UInt32Dtype UInt64Dtype UInt8Dtype',
    },
    { make: true },
  ),
  ...each(
    { 'pandas.core.internals.managers': 'BlockManager SingleBlockManager' },
    {
      make: true,
      call: rules.data,
      state: true,
    },
  ),
  ...each({ 'pandas._libs.internals': '_unpickle_block' }, { call: rules.data }),
  ...each(
    {
      'pandas.core.indexes.base': '_new_Index',
      'pandas.core.indexes.datetimes': '_new_DatetimeIndex',
      'pandas.core.indexes.period': '_new_PeriodIndex',
    },
    { call: rules.pandasIndex, state: true },
  ),
  ...each(
    { 'pandas._libs.arrays': '__pyx_unpickle_NDArrayBacked' },
    {
      call: rules.pandasArray,
      returns: 'first',
      state: true,
    },
  ),
  ...each({ 'pandas._libs.tslibs.timestamps': '_unpickle_timestamp' }, { call: rules.data }),
  ...each(
    { pandas: 'StringDtype', 'pandas.core.arrays.string_': 'StringDtype' },
    { make: true, call: rules.data, state: true },
  ),
};

/** What models of scikit-learn, XGBoost and LightGBM are made of. */
export const NUMERIC: Allowed = {
  ...NUMPY,
  ...each(SCIPY_CLASSES, { make: true }),
  ...SCIKIT_LEARN,
  ...PANDAS,
  ...each(
    {
      'joblib.numpy_pickle': 'NumpyArrayWrapper',
      'sklearn.externals.joblib.numpy_pickle': 'NumpyArrayWrapper',
      'lightgbm.basic': 'Booster',
      'lightgbm.sklearn': 'LGBMClassifier LGBMModel LGBMRanker LGBMRegressor',
      'xgboost.core': 'Booster',
      'xgboost.sklearn':
        'XGBClassifier XGBModel XGBRFClassifier XGBRFRegressor XGBRanker XGBRegressor',
    },
    { make: true },
  ),
};
