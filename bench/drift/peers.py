"""Times the peers of bench/drift.ts on the numbers that it wrote, and prints JSON.

    python bench/drift/peers.py FOLDER ROWS FEATURES
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

warnings.filterwarnings("ignore")
folder, rows, features = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
BINS = 60


def side(name):
    return np.fromfile(f"{folder}/{name}.f64").reshape(features, rows)


def quickest(times, run):
    best, value = float("inf"), None
    for _ in range(times):
        start = time.perf_counter()
        value = run()
        best = min(best, time.perf_counter() - start)
    return best * 1000, value


def edges_of(values):
    return np.unique(np.quantile(values, np.arange(1, BINS) / BINS, method="inverted_cdf"))


def counts_of(edges, values):
    return np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)


def psi(m_counts, n_counts):
    p = (m_counts + 0.5) / (m_counts.sum() + len(m_counts) / 2)
    q = (n_counts + 0.5) / (n_counts.sum() + len(n_counts) / 2)
    return float(np.sum((q - p) * np.log(q / p)))


def by_numpy(reference, current):
    return [
        psi(counts_of(edges, one), counts_of(edges, other))
        for one, other in zip(reference, current)
        for edges in [edges_of(one)]
    ]


def by_numpy_prepared(prepared, current):
    return [psi(counts, counts_of(edges, other)) for (edges, counts), other in zip(prepared, current)]


def by_evidently(reference, current):
    from evidently.legacy.calculations.stattests.psi import psi_stat_test
    from evidently.legacy.core import ColumnType

    return [
        psi_stat_test.func(one, other, ColumnType.Numerical, 0.1)
        for one, other in zip(reference, current)
    ]


def preset(reference, current, **options):
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=list(reference.columns))
    one = Dataset.from_pandas(reference, data_definition=definition)
    other = Dataset.from_pandas(current, data_definition=definition)
    return Report([DataDriftPreset(**options)]).run(other, one)


reference, current = side("reference"), side("current")
found = {}
found["ks"], test = quickest(5, lambda: ks_2samp(reference[0], current[0]))
prepared = [(edges, counts_of(edges, one)) for one in reference for edges in [edges_of(one)]]
found["numpy"], indexes = quickest(2, lambda: by_numpy(reference, current))
found["numpyPrepared"], _ = quickest(2, lambda: by_numpy_prepared(prepared, current))
one, other = (
    [pd.Series(column, name="x") for column in values] for values in (reference, current)
)
found["evidently"], _ = quickest(1, lambda: by_evidently(one, other))
names = [f"x{i}" for i in range(features)]
frames = [pd.DataFrame(values.T.copy(), columns=names) for values in (reference, current)]
found["presetPsi"], _ = quickest(1, lambda: preset(*frames, method="psi"))
found["preset"], _ = quickest(1, lambda: preset(*frames))
print(json.dumps({"ms": found, "d": test.statistic, "p": test.pvalue, "psi": indexes}))
