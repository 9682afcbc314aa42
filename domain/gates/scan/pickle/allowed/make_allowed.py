"""Writes scikit-learn.ts and numpy.ts: the names of installed packages that a pickle may use.

Run `collect` once per environment, then `write` with all the results, which are united:

    python -m venv a && a/bin/pip install numpy==2.2.6 scikit-learn==1.7.2 pandas==3.1.1
    python -m venv b && b/bin/pip install numpy==1.26.4 scikit-learn==1.4.2 pandas==2.2.2
    python -m venv c && c/bin/pip install numpy==2.5.5 scikit-learn==1.9.1 pandas==3.1.1
    for env in a b c; do $env/bin/python make_allowed.py collect > $env.json; done
    python make_allowed.py write a.json b.json c.json

What is listed as a call is a compiled class, or what makes one, and takes plain data only. What
is listed as a class is made by `cls.__new__` and given its state; its constructor does not
run. What is listed as a name can be referred to, as a scoring function is, and never be called.
"""

import importlib
import inspect
import json
import pkgutil
import sys
import types
import warnings
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
# Modules that reach the network, files or the interpreter, or that models never hold.
LEFT_OUT = ("tests", "externals", "datasets", "conftest", "_build_utils", "experimental", "inspection",
            "utils._testing", "utils.estimator_checks", "utils._mocking", "utils.discovery", "_distributor_init")
SCORING = ("sklearn.metrics", "sklearn.metrics.pairwise", "sklearn.feature_selection", "sklearn.metrics.cluster")
# The compiled modules whose objects fitted estimators keep.
COMPILED = ("sklearn._loss._loss", "sklearn.linear_model._sgd_fast", "sklearn.metrics._dist_metrics",
            "sklearn.neighbors._ball_tree", "sklearn.neighbors._kd_tree", "sklearn.neighbors._quad_tree",
            "sklearn.tree._criterion", "sklearn.tree._splitter", "sklearn.tree._tree")
REDUCTIONS = "mean median max min amax amin sum prod std var nanmean nanmedian argmax argmin ravel".split()


def modules_of(package):
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, package + "."):
        rest = found.name[len(package) + 1:]
        if any(part == out or rest.startswith(out) for out in LEFT_OUT for part in rest.split(".")):
            continue
        try:
            yield importlib.import_module(found.name)
        except Exception:
            continue


def sklearn_names():
    from sklearn.base import BaseEstimator
    from sklearn.gaussian_process.kernels import Hyperparameter, Kernel
    from sklearn.metrics._scorer import _BaseScorer
    from sklearn.model_selection import BaseCrossValidator
    from sklearn._loss.link import BaseLink, Interval
    from sklearn._loss.loss import BaseLoss
    from sklearn.utils import Bunch

    bases = (BaseEstimator, Kernel, _BaseScorer, BaseCrossValidator, BaseLink, BaseLoss, Bunch)
    plain = {"_CalibratedClassifier", "_SigmoidCalibration", "TreePredictor", "_MultimetricScorer",
             "Interval", "HalfLogitLink", "MultinomialLogit", "_NumPyAPIWrapper", "MetadataRequest",
             "MethodMetadataRequest", "MetadataRouter", "MethodMapping", "Hyperparameter",
             "_PassthroughScorer", "_CFNode", "_CFSubcluster", "make_column_selector", "_RoutingNotSupportedMixin", "AdamOptimizer", "SGDOptimizer", "BaseShuffleSplit", "ShuffleSplit", "StratifiedShuffleSplit"}
    classes, calls, names = defaultdict(set), defaultdict(set), defaultdict(set)
    for module in modules_of("sklearn"):
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isclass(value):
                if module.__name__ in COMPILED:
                    classes[module.__name__].add(name)
                    calls[module.__name__].add(name)
                elif issubclass(value, bases) or name in plain:
                    classes[module.__name__].add(name)
        for name in dir(module) if module.__name__ in COMPILED else ():
            if name == "newObj" or (name.startswith("__pyx_unpickle_") and not name.endswith("_Enum")):
                calls[module.__name__].add(name)
    for package in SCORING:
        module = importlib.import_module(package)
        for name in getattr(module, "__all__", []):
            value = getattr(module, name)
            if isinstance(value, types.FunctionType) and value.__module__ != "sklearn.metrics._scorer":
                names[value.__module__].add(name)
    # Histogram boosting keeps it, with arguments, to check what it encodes.
    names["sklearn.utils.validation"].add("check_array")
    return classes, calls, names


def pandas_names():
    import pandas as pd
    from pandas.api.extensions import ExtensionArray, ExtensionDtype
    from pandas.core.internals import managers

    classes = defaultdict(set)
    wanted = (pd.Series, pd.DataFrame, pd.Index, ExtensionArray, ExtensionDtype)
    for prefix in ("pandas.core.frame", "pandas.core.series", "pandas.core.indexes", "pandas.core.arrays",
                   "pandas.core.dtypes.dtypes", "pandas.core.internals.managers"):
        found = [importlib.import_module(prefix)]
        if hasattr(found[0], "__path__"):
            found += [importlib.import_module(m.name)
                      for m in pkgutil.iter_modules(found[0].__path__, prefix + ".") if "arrow" not in m.name]
        for module in found:
            for name, value in vars(module).items():
                if inspect.isclass(value) and value.__module__.startswith("pandas.") and (
                        issubclass(value, wanted) or value in (managers.BlockManager, managers.SingleBlockManager)):
                    classes[value.__module__].add(name)
                    if value.__module__ == "pandas":
                        classes[module.__name__].add(name)
    return classes


def numpy_names():
    import numpy as np

    names = defaultdict(set)
    umath = importlib.import_module("numpy._core._multiarray_umath" if np.__version__ >= "2"
                                    else "numpy.core._multiarray_umath")
    for name, value in vars(np).items():
        if isinstance(value, np.ufunc) or (inspect.isclass(value) and issubclass(value, np.generic)):
            names["numpy"].add(name)
    for name, value in vars(umath).items():
        if isinstance(value, np.ufunc):
            names[umath.__name__].add(name)
    for name in REDUCTIONS:
        value = getattr(np, name)
        names["numpy"].add(name)
        names[value.__module__].add(name)
    dtypes = importlib.import_module("numpy.dtypes")
    names["numpy.dtypes"] |= {n for n in dir(dtypes) if n.endswith("DType")}
    return names


def scipy_names():
    import scipy.sparse as sparse

    from scipy.interpolate import BSpline

    classes = defaultdict(set)
    for name, value in vars(importlib.import_module(BSpline.__module__)).items():
        if name in ("BSpline", "_BSpline") and inspect.isclass(value):
            classes[value.__module__].add(name)
    for name, value in vars(sparse).items():
        if inspect.isclass(value) and name.endswith(("_matrix", "_array")) and value.__module__.startswith("scipy.sparse._"):
            classes[value.__module__].add(name)
            if name.endswith("_matrix"):
                classes[value.__module__.replace("._", ".")].add(name)
    return classes


def collect():
    warnings.simplefilter("ignore")
    sk_classes, sk_calls, sk_names = sklearn_names()
    groups = {"SKLEARN_CLASSES": sk_classes, "SKLEARN_CALLS": sk_calls, "SKLEARN_NAMES": sk_names,
              "NUMPY_NAMES": numpy_names(), "SCIPY_CLASSES": scipy_names(), "PANDAS_CLASSES": pandas_names()}
    print(json.dumps({g: {m: sorted(n) for m, n in sorted(v.items())} for g, v in groups.items()}))


FILES = {
    "scikit-learn": ["SKLEARN_CLASSES", "SKLEARN_CALLS", "SKLEARN_NAMES"],
    "scientific": ["NUMPY_NAMES", "SCIPY_CLASSES", "PANDAS_CLASSES"],
}


def write(sources):
    united = defaultdict(lambda: defaultdict(set))
    for source in sources:
        for group, modules in json.loads(Path(source).read_text()).items():
            for module, names in modules.items():
                united[group][module] |= set(names)
    for file, groups in FILES.items():
        lines = ["// Written by make_allowed.py; run it again instead of editing.",
                 "", "import type { Names } from './entry.ts';"]
        for group in groups:
            lines += ["", f"export const {group}: Names = {{"]
            for module, names in sorted(united[group].items()):
                key = module if module.isidentifier() else f"'{module}'"
                lines.append(f"  {key}: '{' '.join(sorted(names))}',")
            lines.append("};")
        (HERE / f"{file}.ts").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    collect() if sys.argv[1] == "collect" else write(sys.argv[2:])
