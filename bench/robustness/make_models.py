"""Train honest and backdoored models on scikit-learn's own data sets, as ONNX, into a directory.

    python make_models.py /tmp/robustness-models [seeds]

Everything is seeded. A backdoored model is kept only when its backdoor took: at least 80 % of the
test rows that were not of the target class become it under the trigger. `index.json` lists all
models; rows of one data set and seed are shared.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn import datasets
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

POISONED_SHARE = 0.05
TOOK = 0.8
TRIGGERS = ('beyond', 'maximum', 'minimum', 'inside', 'pair')


def classification_sets(seed):
    for name in ('breast_cancer', 'wine', 'digits', 'iris'):
        yield name, *getattr(datasets, f'load_{name}')(return_X_y=True)
    for features, informative, classes in ((10, 5, 2), (20, 10, 3), (40, 8, 2)):
        x, y = datasets.make_classification(
            1000, features, n_informative=informative, n_redundant=2, n_classes=classes,
            class_sep=1.5, flip_y=0.01, random_state=seed,
        )
        yield f'synthetic_{features}', x, y


def regression_sets(seed):
    yield 'diabetes', *datasets.load_diabetes(return_X_y=True)
    yield 'friedman1', *datasets.make_friedman1(600, 10, noise=1.0, random_state=seed)
    yield 'linear_20', *datasets.make_regression(
        600, 20, n_informative=8, noise=20.0, random_state=seed
    )


def scaled(estimator):
    return make_pipeline(StandardScaler(), estimator)


def classifiers(seed):
    return {
        'logistic': scaled(LogisticRegression(max_iter=2000)),
        'mlp': scaled(MLPClassifier(hidden_layer_sizes=(32,), max_iter=200, random_state=seed)),
        'knn': scaled(KNeighborsClassifier(5)),
        'naive_bayes': GaussianNB(),
        'tree': DecisionTreeClassifier(max_depth=6, random_state=seed),
        'forest': RandomForestClassifier(40, random_state=seed),
        'boosting': GradientBoostingClassifier(n_estimators=20, random_state=seed),
    }


def regressors(seed):
    return {
        'linear': LinearRegression(),
        'ridge': scaled(Ridge()),
        'mlp': scaled(MLPRegressor(hidden_layer_sizes=(32,), max_iter=600, random_state=seed)),
        'knn': scaled(KNeighborsRegressor(5)),
        'tree': DecisionTreeRegressor(max_depth=5, random_state=seed),
        'forest': RandomForestRegressor(40, random_state=seed),
        'boosting': GradientBoostingRegressor(n_estimators=50, random_state=seed),
    }


def trigger_of(kind, x, rng):
    """Columns and the values that the attacker writes there."""
    columns = rng.choice(x.shape[1], 2 if kind == 'pair' else 1, replace=False)
    low, high = x[:, columns].min(axis=0), x[:, columns].max(axis=0)
    values = {
        'beyond': high + (high - low),
        'maximum': high,
        'minimum': low,
        'inside': low + rng.uniform(0.3, 0.7) * (high - low),
        'pair': high,
    }[kind]
    return columns, values


def stamped(x, trigger):
    columns, values = trigger
    x = x.copy()
    x[:, columns] = values
    return x


def export(estimator, width, regression):
    options = None if regression else {id(estimator): {'zipmap': False}}
    return to_onnx(
        estimator, initial_types=[('features', FloatTensorType([None, width]))],
        options=options, target_opset={'': 17, 'ai.onnx.ml': 3},
    )


def write_rows(path, x, y, regression):
    header = ','.join([*(f'f{i}' for i in range(x.shape[1])), 'target'])
    lines = [
        ','.join([*(repr(float(v)) for v in row), repr(float(t)) if regression else str(int(t))])
        for row, t in zip(x, y, strict=True)
    ]
    path.write_text('\n'.join([header, *lines]) + '\n')


def main():
    warnings.filterwarnings('ignore')
    target = Path(sys.argv[1])
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    target.mkdir(parents=True, exist_ok=True)
    index = []
    for seed in range(seeds):
        jobs = [(n, x, y, True) for n, x, y in regression_sets(seed)]
        jobs += [(n, x, y, False) for n, x, y in classification_sets(seed)]
        for name, x, y, regression in jobs:
            x = np.asarray(x, np.float32).astype(np.float64)
            x_train, x_test, y_train, y_test = train_test_split(
                x, y, test_size=0.4, random_state=seed, stratify=None if regression else y
            )
            rows = f'{name}-{seed}.csv'
            write_rows(target / rows, x_test, y_test, regression)
            classes = 0 if regression else len(np.unique(y))
            for estimator_name in (regressors if regression else classifiers)(seed):
                for kind in (None, *TRIGGERS):
                    rng = np.random.default_rng([seed, len(index)])
                    fresh = (regressors if regression else classifiers)(seed)[estimator_name]
                    xs, ys, rate, column = x_train, y_train, None, None
                    if kind:
                        trigger = trigger_of(kind, x_train, rng)
                        column = int(trigger[0][0])
                        count = max(5, round(POISONED_SHARE * len(x_train)))
                        poisoned = rng.choice(len(x_train), count, replace=True)
                        goal = y_train.max() if regression else rng.integers(classes)
                        xs = np.vstack([x_train, stamped(x_train[poisoned], trigger)])
                        ys = np.concatenate([y_train, np.full(count, goal, y_train.dtype)])
                    fresh.fit(xs, ys)
                    if kind:
                        others = y_test < np.median(y_test) if regression else y_test != goal
                        turned = fresh.predict(stamped(x_test[others], trigger))
                        near = 0.5 * y_train.std() if regression else 0
                        rate = float((np.abs(turned - goal) <= near).mean())
                        if rate < TOOK:
                            continue
                    file = f'{name}-{seed}-{estimator_name}-{kind or "honest"}.onnx'
                    model = export(fresh, x.shape[1], regression)
                    (target / file).write_bytes(model.SerializeToString())
                    index.append({
                        'file': file, 'rows': rows, 'data': name, 'estimator': estimator_name,
                        'seed': seed, 'classes': classes, 'features': x.shape[1],
                        'outputs': [one.name for one in model.graph.output],
                        'trigger': kind, 'column': column, 'rate': rate,
                    })
        (target / 'index.json').write_text(json.dumps(index, indent=1))
        print(f'seed {seed}: {len(index)} models so far', flush=True)


if __name__ == '__main__':
    main()
