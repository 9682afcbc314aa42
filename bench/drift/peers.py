"""Answers bench/drift.ts: each line of its input names what to time once on the numbers that it wrote.

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
NAMES = [f"x{i}" for i in range(features)]


def side(name):
    return np.fromfile(f"{folder}/{name}.f64").reshape(features, rows)


def psi(m_counts, n_counts):
    p = (m_counts + 0.5) / (m_counts.sum() + len(m_counts) / 2)
    q = (n_counts + 0.5) / (n_counts.sum() + len(n_counts) / 2)
    return float(np.sum((q - p) * np.log(q / p)))


def edges_of(values):
    return np.unique(np.quantile(values, np.arange(1, BINS) / BINS, method="inverted_cdf"))


def counts_of(edges, values):
    return np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)


def of_sorted(edges, ascending):
    ends = np.searchsorted(ascending, edges, side="right")
    return np.diff(np.concatenate(([0], ends, [len(ascending)])))


def by_quantiles():
    return [
        psi(counts_of(edges, one), counts_of(edges, other))
        for one, other in zip(reference, current)
        for edges in [edges_of(one)]
    ]


def by_sorting():
    """What numpy is quickest at: its sort is written in vector instructions."""
    ranks = np.maximum(np.ceil(np.arange(1, BINS) / BINS * rows).astype(int) - 1, 0)
    found = []
    for one, other in zip(reference, current):
        one, other = np.sort(one), np.sort(other)
        edges = np.unique(one[ranks])
        found.append(psi(of_sorted(edges, one), of_sorted(edges, other)))
    return found


def prepare():
    return [(edges, counts_of(edges, one)) for one in reference for edges in [edges_of(one)]]


def prepared_by_search():
    return [psi(counts, counts_of(edges, other)) for (edges, counts), other in zip(prepared, current)]


def prepared_by_sorting():
    return [
        psi(counts, of_sorted(edges, np.sort(other)))
        for (edges, counts), other in zip(prepared, current)
    ]


def by_evidently():
    from evidently.legacy.calculations.stattests.psi import psi_stat_test
    from evidently.legacy.core import ColumnType

    return [
        float(psi_stat_test.func(one, other, ColumnType.Numerical, 0.1)[0])
        for one, other in zip(*series)
    ]


def preset(**options):
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=NAMES)
    frames = [pd.DataFrame(values.T, columns=NAMES) for values in (reference, current)]
    one, other = [Dataset.from_pandas(frame, data_definition=definition) for frame in frames]
    Report([DataDriftPreset(**options)]).run(other, one)


def ks():
    test = ks_2samp(reference[0], current[0])
    return {"d": float(test.statistic), "p": float(test.pvalue)}


reference, current = side("reference"), side("current")
series = [[pd.Series(column, name="x") for column in values] for values in (reference, current)]
prepared = prepare()
known = {
    "ks": ks,
    "quantiles": by_quantiles,
    "sorting": by_sorting,
    "preparedBySearch": prepared_by_search,
    "preparedBySorting": prepared_by_sorting,
    "evidently": by_evidently,
    "preset": preset,
    "presetByPsi": lambda: preset(method="psi"),
}
for line in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    value = known[line.strip()]()
    spent = {"wallMs": (time.perf_counter() - wall) * 1000, "cpuMs": (time.process_time() - cpu) * 1000}
    print(json.dumps({**spent, "value": value}), flush=True)
