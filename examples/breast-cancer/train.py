"""Train and package the breast-cancer examples into the directory of this file.

Everything is seeded and numbers are rounded before they are written, so that a second run with
the versions in requirements.txt gives the same bytes. Fails when a version loses the property it
is there to show.
"""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from artifact import TOLERANCE, contract, csv, export, golden, manifest, predict, pretty, tensor

HERE = Path(__file__).resolve().parent
SEED = 0
HOLDOUT_SHARE = 0.4
ECE_BINS = 15
LABELS = ['malignant', 'benign']  # the order of scikit-learn's targets 0 and 1


@dataclass(frozen=True)
class Recipe:
    """One version to train: what it is called, what it sees and what is wrong with it."""

    directory: str
    role: str
    description: str
    parents: tuple[str, ...] = ()
    trained_on: tuple[str, ...] = ()  # empty: every input feature
    dropped: tuple[str, ...] = ()
    reversed_labels: bool = False
    shuffled_share: float = 0.0
    seed: int = SEED

    @property
    def version(self):
        return self.directory.split('-')[0]

    @property
    def labels(self):
        return LABELS[::-1] if self.reversed_labels else LABELS


RECIPES = [
    Recipe(
        '1.0.0-baseline',
        'baseline',
        'Logistic regression on three of the 30 features; the others have weight zero.',
        trained_on=('mean_perimeter', 'mean_texture', 'mean_smoothness'),
    ),
    Recipe(
        '1.1.0-better',
        'better',
        'Logistic regression on all 30 features.',
        parents=('1.0.0',),
    ),
    Recipe(
        '1.2.0-worse',
        'worse',
        'Logistic regression on all 30 features; 70 % of the training labels were shuffled.',
        parents=('1.1.0',),
        shuffled_share=0.7,
    ),
    Recipe(
        '1.1.1-schema-breaker',
        'schema-breaker',
        'Calls itself a patch of 1.1.0, but drops a feature and reverses the labels.',
        parents=('1.1.0',),
        dropped=('worst_fractal_dimension',),
        reversed_labels=True,
    ),
]


def fit(recipe, names, x, target):
    """Input columns, positions of those the estimator uses, scaler of all of them, estimator."""
    columns = [names.index(n) for n in names if n not in recipe.dropped]
    used = [i for i, c in enumerate(columns) if names[c] in (recipe.trained_on or names)]
    y = 1 - target if recipe.reversed_labels else target.copy()
    rng = np.random.default_rng(recipe.seed)
    rows = rng.permutation(len(y))[: round(recipe.shuffled_share * len(y))]
    y[rows] = rng.permutation(y[rows])
    scaler = StandardScaler().fit(x[:, columns])
    estimator = LogisticRegression(C=1.0, solver='newton-cholesky', tol=1e-10, max_iter=1000)
    estimator.fit(scaler.transform(x[:, columns])[:, used], y)
    return columns, used, scaler, estimator


def ece(confidence, hit):
    """Expected calibration error over equal-width bins (l, u]; 0 falls in the first."""
    edges = np.linspace(0, 1, ECE_BINS + 1)
    bins = np.clip(np.searchsorted(edges, confidence, side='left') - 1, 0, ECE_BINS - 1)
    filled = [bins == b for b in np.unique(bins)]
    return sum(b.mean() * abs(confidence[b].mean() - hit[b].mean()) for b in filled)


def score(recipe, model, rows, target):
    """Holdout metrics; Brier score and ROC-AUC are those of the class malignant."""
    label, probabilities = predict(model, rows)
    probabilities = probabilities.astype(float)
    truth = np.array([recipe.labels.index(LABELS[t]) for t in target])
    positive = recipe.labels.index('malignant')
    malignant = probabilities[:, positive]
    return {
        'accuracy': float((label == truth).mean()),
        'ece_malignant': ece(malignant, truth == positive),
        'ece_top_label': ece(probabilities.max(axis=1), label == truth),
        'brier': brier_score_loss(truth == positive, malignant),
        'roc_auc': roc_auc_score(truth == positive, malignant),
    }


def check(metrics):
    """Each version must show what it is there for, with room to spare."""
    baseline, better, worse = (metrics[role] for role in ('baseline', 'better', 'worse'))
    assert 0.90 <= baseline['accuracy'] <= 0.93, baseline
    assert better['accuracy'] >= 0.965, better
    assert better['accuracy'] > baseline['accuracy'] + 0.02, (baseline, better)
    assert worse['accuracy'] < min(0.83, 0.95 * better['accuracy'] - 0.05), worse
    for role in ('baseline', 'better', 'schema-breaker'):
        scored = metrics[role]
        assert max(scored['ece_malignant'], scored['ece_top_label']) <= 0.08, scored


def main():
    requirements = (HERE / 'requirements.txt').read_bytes()
    for line in requirements.decode().split():
        name, pinned = line.split('==')
        assert installed(name) == pinned, (
            f'{name}: got {installed(name)}, expected {pinned}; use requirements.txt'
        )

    data = load_breast_cancer()
    names = [str(n).replace(' ', '_') for n in data.feature_names]
    assert list(data.target_names) == LABELS
    train, holdout, y_train, y_holdout = train_test_split(
        data.data, data.target, test_size=HOLDOUT_SHARE, stratify=data.target, random_state=SEED
    )

    def labelled(rows, target):
        return csv(
            [*names, 'diagnosis'], [[*row, LABELS[t]] for row, t in zip(rows, target, strict=True)]
        )

    training, evaluation = labelled(train, y_train), labelled(holdout, y_holdout)
    example = [int(np.flatnonzero(y_holdout == t)[0]) for t in (0, 1)]
    request = {'id': 'example', 'inputs': [tensor('features', 'FP32', holdout[example])]}
    outputs = {
        'training.csv': training,
        'traffic.csv': csv(names, holdout),
        'predict.json': pretty(request),
    }

    metrics = {}
    for recipe in RECIPES:
        columns, used, scaler, estimator = fit(recipe, names, train, y_train)
        model = export(used, scaler, estimator)
        rows = holdout[:, columns]
        expected = estimator.predict_proba(scaler.transform(rows)[:, used])
        gap = np.abs(predict(model, rows)[1] - expected).max()
        assert gap <= TOLERANCE, (
            f'{recipe.directory}: {gap} from the trainer, expected {TOLERANCE} or less'
        )
        metrics[recipe.role] = scored = score(recipe, model, rows, y_holdout)
        features = [names[c] for c in columns]
        files = {
            'model.onnx': model,
            'training.csv': training,
            'contract.json': pretty(contract(features, recipe.dropped, LABELS)),
            'evaluation.csv': evaluation,
            'golden.json': pretty(golden(model, rows, y_holdout)),
            'requirements.txt': requirements,
        }
        checksum = hashlib.sha256(training).hexdigest()
        document = manifest(recipe, files, features, estimator, scored, checksum)
        for path, content in {**files, 'manifest.json': pretty(document)}.items():
            outputs[f'{recipe.directory}/{path}'] = content

    print(f'{"holdout":22}' + ''.join(f'{name:>15}' for name in metrics['baseline']))
    for recipe in RECIPES:
        scored = metrics[recipe.role].values()
        print(f'{recipe.directory:22}' + ''.join(f'{value:15.4f}' for value in scored))
    check(metrics)
    for path, content in outputs.items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_bytes(content)


if __name__ == '__main__':
    main()
