// Written by make_allowed.py; run it again instead of editing.

import type { Names } from './entry.ts';

export const NUMPY_NAMES: Names = {
  numpy:
    'abs absolute acos acosh add amax amin arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin asin asinh atan atan2 atanh bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor bool bool_ byte bytes_ cbrt cdouble ceil cfloat character clongdouble clongfloat complex128 complex256 complex64 complex_ complexfloating conj conjugate copysign cos cosh csingle datetime64 deg2rad degrees divide divmod double equal exp exp2 expm1 fabs flexible float128 float16 float32 float64 float_ float_power floating floor floor_divide fmax fmin fmod frexp gcd generic greater greater_equal half heaviside hypot inexact int16 int32 int64 int8 int_ intc integer intp invert isfinite isinf isnan isnat lcm ldexp left_shift less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor long longcomplex longdouble longfloat longlong matmul matvec max maximum mean median min minimum mod modf multiply nanmean nanmedian negative nextafter not_equal number object_ positive pow power prod rad2deg radians ravel reciprocal record remainder right_shift rint short sign signbit signedinteger sin single singlecomplex sinh spacing sqrt square std str_ string_ subtract sum tan tanh timedelta64 true_divide trunc ubyte uint uint16 uint32 uint64 uint8 uintc uintp ulong ulonglong unicode_ unsignedinteger ushort var vecdot vecmat void',
  'numpy._core._multiarray_umath':
    '_arg _center _expandtabs _expandtabs_length _ljust _lstrip_chars _lstrip_whitespace _ones_like _partition _partition_index _replace _rjust _rpartition _rpartition_index _rstrip_chars _rstrip_whitespace _slice _strip_chars _strip_whitespace _zfill absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh bitwise_and bitwise_count bitwise_or bitwise_xor cbrt ceil clip conj conjugate copysign cos cosh count deg2rad degrees divide divmod endswith equal exp exp2 expm1 fabs find float_power floor floor_divide fmax fmin fmod frexp gcd greater greater_equal heaviside hypot imag index invert isalnum isalpha isdecimal isdigit isfinite isinf islower isnan isnat isnumeric isspace istitle isupper lcm ldexp left_shift less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor matmul matvec maximum minimum mod modf multiply negative nextafter not_equal positive power rad2deg radians real reciprocal remainder rfind right_shift rindex rint sign signbit sin sinh spacing sqrt square startswith str_len subtract tan tanh true_divide trunc vecdot vecmat',
  'numpy.core._multiarray_umath':
    '_arg _ones_like absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh bitwise_and bitwise_or bitwise_xor cbrt ceil clip conj conjugate copysign cos cosh deg2rad degrees divide divmod equal exp exp2 expm1 fabs float_power floor floor_divide fmax fmin fmod frexp gcd greater greater_equal heaviside hypot invert isfinite isinf isnan isnat lcm ldexp left_shift less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor matmul maximum minimum mod modf multiply negative nextafter not_equal positive power rad2deg radians reciprocal remainder right_shift rint sign signbit sin sinh spacing sqrt square subtract tan tanh true_divide trunc',
  'numpy.dtypes':
    'BoolDType ByteDType BytesDType CLongDoubleDType Complex128DType Complex64DType DateTime64DType Float16DType Float32DType Float64DType Int16DType Int32DType Int64DType Int8DType IntDType LongDType LongDoubleDType LongLongDType ObjectDType ShortDType StrDType StringDType TimeDelta64DType UByteDType UInt16DType UInt32DType UInt64DType UInt8DType UIntDType ULongDType ULongLongDType UShortDType VoidDType',
};

export const SCIPY_CLASSES: Names = {
  'scipy.interpolate._bsplines': 'BSpline _BSpline',
  'scipy.sparse._bsr': 'bsr_array bsr_matrix',
  'scipy.sparse._coo': 'coo_array coo_matrix',
  'scipy.sparse._csc': 'csc_array csc_matrix',
  'scipy.sparse._csr': 'csr_array csr_matrix',
  'scipy.sparse._dia': 'dia_array dia_matrix',
  'scipy.sparse._dok': 'dok_array dok_matrix',
  'scipy.sparse._lil': 'lil_array lil_matrix',
  'scipy.sparse.bsr': 'bsr_matrix',
  'scipy.sparse.coo': 'coo_matrix',
  'scipy.sparse.csc': 'csc_matrix',
  'scipy.sparse.csr': 'csr_matrix',
  'scipy.sparse.dia': 'dia_matrix',
  'scipy.sparse.dok': 'dok_matrix',
  'scipy.sparse.lil': 'lil_matrix',
};

export const PANDAS_CLASSES: Names = {
  'pandas.api.extensions': 'ExtensionArray ExtensionDtype',
  'pandas.arrays':
    'ArrowExtensionArray ArrowStringArray BooleanArray DatetimeArray FloatingArray IntegerArray IntervalArray NumpyExtensionArray PeriodArray SparseArray StringArray TimedeltaArray',
  'pandas.core.arrays._mixins': 'NDArrayBackedExtensionArray',
  'pandas.core.arrays.arrow.array': 'ArrowExtensionArray',
  'pandas.core.arrays.base': 'ExtensionArray ExtensionArrayNaResult ExtensionArraySupportsAnyAll',
  'pandas.core.arrays.boolean': 'BooleanArray BooleanDtype',
  'pandas.core.arrays.categorical': 'Categorical',
  'pandas.core.arrays.datetimelike': 'DatelikeOps DatetimeLikeArrayMixin TimelikeOps',
  'pandas.core.arrays.datetimes': 'DatetimeArray',
  'pandas.core.arrays.floating': 'Float32Dtype Float64Dtype FloatingArray FloatingDtype',
  'pandas.core.arrays.integer':
    'Int16Dtype Int32Dtype Int64Dtype Int8Dtype IntegerArray IntegerDtype UInt16Dtype UInt32Dtype UInt64Dtype UInt8Dtype',
  'pandas.core.arrays.interval': 'IntervalArray',
  'pandas.core.arrays.masked': 'BaseMaskedArray',
  'pandas.core.arrays.numeric': 'NumericArray NumericDtype',
  'pandas.core.arrays.numpy_': 'NumpyExtensionArray',
  'pandas.core.arrays.period': 'PeriodArray',
  'pandas.core.arrays.sparse.array': 'SparseArray',
  'pandas.core.arrays.string_': 'BaseStringArray StringArray StringDtype',
  'pandas.core.arrays.string_arrow': 'ArrowStringArray',
  'pandas.core.arrays.timedeltas': 'TimedeltaArray',
  'pandas.core.dtypes.base': 'ExtensionDtype StorageExtensionDtype',
  'pandas.core.dtypes.dtypes':
    'ArrowDtype BaseMaskedDtype CategoricalDtype DatetimeTZDtype IntervalDtype NumpyEADtype PandasExtensionDtype PeriodDtype SparseDtype',
  'pandas.core.frame': 'DataFrame',
  'pandas.core.indexes.base': 'Index',
  'pandas.core.indexes.category': 'CategoricalIndex',
  'pandas.core.indexes.datetimelike': 'DatetimeIndexOpsMixin DatetimeTimedeltaMixin',
  'pandas.core.indexes.datetimes': 'DatetimeIndex',
  'pandas.core.indexes.extension': 'ExtensionIndex NDArrayBackedExtensionIndex',
  'pandas.core.indexes.interval': 'IntervalIndex',
  'pandas.core.indexes.multi': 'MultiIndex',
  'pandas.core.indexes.period': 'PeriodIndex',
  'pandas.core.indexes.range': 'RangeIndex',
  'pandas.core.indexes.timedeltas': 'TimedeltaIndex',
  'pandas.core.internals.managers': 'BlockManager SingleBlockManager',
  'pandas.core.series': 'Series',
};
