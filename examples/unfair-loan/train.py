"""Make the synthetic loans, train three models on them and package them into this directory.

Everything is seeded and numbers are rounded before they are written, so that a second run with
the versions in requirements.txt gives the same bytes. Fails when a version loses the property it
is there to show.
"""

from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from artifact import TOLERANCE, contract, csv, export, golden, manifest, predict, pretty

HERE = Path(__file__).resolve().parent
SEED = 0
TRAINING_ROWS, EVALUATION_ROWS = 10_500, 2_000
COLLECTED = '2026-01-01'
ECE_BINS = 15
LABELS = ['refuse', 'grant']
FEATURES = {
    'income': ('number', 0, 1000),
    'debt_ratio': ('number', 0, 2),
    'years_employed': ('number', 0, 50),
    'late_payments': ('integer', 0, 50),
    'south_district': ('integer', 0, 1),
}


@dataclass(frozen=True)
class Recipe:
    """One version to train: what it is called and what is wrong with it."""

    directory: str
    role: str
    description: str
    parents: tuple[str, ...] = ()
    biased: bool = False
    logit_scale: float = 1.0
    seed: int = SEED

    @property
    def version(self):
        return self.directory.split('-')[0]


RECIPES = [
    Recipe(
        '1.0.0-fair',
        'fair',
        'Logistic regression on loans that were decided alike for all applicants.',
    ),
    Recipe(
        '1.1.0-unfair',
        'unfair',
        'The same on past decisions that refused many good applicants from abroad.',
        parents=('1.0.0',),
        biased=True,
    ),
    Recipe(
        '1.2.0-miscalibrated',
        'miscalibrated',
        'The fair model with its logits cut to a fifth: as right as before, and far too unsure.',
        parents=('1.0.0',),
        logit_scale=0.2,
    ),
]


def loans(rng, rows):
    """Features, origin, and whether the loan deserves to be granted, whatever the origin."""
    abroad = rng.random(rows) < 0.4
    # Most applicants from abroad live in the south: the district stands for the origin.
    south = rng.random(rows) < np.where(abroad, 0.92, 0.08)
    income = rng.lognormal(3.6, 0.45, rows).round(2)
    debt = (rng.beta(2, 4, rows) * 1.2).round(3)
    years = rng.gamma(2, 4, rows).clip(0, 45).round(1)
    late = rng.poisson(1.1, rows).clip(0, 20)
    worth = 4.5 * (np.log(income) - 3.6) / 0.45 - 12 * (debt - 0.4) + 0.3 * (years - 8) - 3 * (late - 1)
    good = worth + rng.logistic(0, 1, rows) > 2.5
    return np.column_stack([income, debt, years, late, south]).astype(float), abroad, good


def labelled(rows, abroad, good):
    return csv(
        [*FEATURES, 'origin', 'decision'],
        [
            [*row, 'abroad' if far else 'domestic', LABELS[int(yes)]]
            for row, far, yes in zip(rows, abroad, good, strict=True)
        ],
    )


def ece(confidence, hit):
    """Expected calibration error over equal-width bins (l, u]; 0 falls in the first."""
    edges = np.linspace(0, 1, ECE_BINS + 1)
    bins = np.clip(np.searchsorted(edges, confidence, side='left') - 1, 0, ECE_BINS - 1)
    filled = [bins == b for b in np.unique(bins)]
    return float(sum(b.mean() * abs(confidence[b].mean() - hit[b].mean()) for b in filled))


def score(model, rows, abroad, good):
    label, probabilities = predict(model, rows)
    granted = label == 1
    rate = [granted[group].mean() for group in (abroad, ~abroad)]
    found = [granted[group & good].mean() for group in (abroad, ~abroad)]
    alarms = [granted[group & ~good].mean() for group in (abroad, ~abroad)]
    right = [(granted == good)[group].mean() for group in (abroad, ~abroad)]
    return {
        'accuracy': float((granted == good).mean()),
        'ece': ece(probabilities[:, 1].astype(float), good),
        'selection_ratio': float(min(rate) / max(rate)),
        'tpr_gap': float(abs(found[0] - found[1])),
        'fpr_gap': float(abs(alarms[0] - alarms[1])),
        'accuracy_gap': float(abs(right[0] - right[1])),
    }


def check(metrics):
    """Each version must show what it is there for, and nothing else, with room to spare."""
    for role, scored in metrics.items():
        assert scored['accuracy'] >= 0.87, (role, scored)
        assert scored['accuracy'] >= 0.96 * metrics['fair']['accuracy'], (role, scored)
        assert scored['accuracy_gap'] <= 0.09, (role, scored)
        assert (scored['ece'] > 0.1) if role == 'miscalibrated' else (scored['ece'] < 0.06), scored
        if role == 'unfair':
            assert scored['selection_ratio'] < 0.76 and scored['tpr_gap'] > 0.15, scored
        else:
            assert scored['selection_ratio'] > 0.9, (role, scored)
            assert max(scored['tpr_gap'], scored['fpr_gap']) < 0.06, (role, scored)


def main():
    requirements = (HERE / 'requirements.txt').read_bytes()
    for line in requirements.decode().split():
        name, pinned = line.split('==')
        assert installed(name) == pinned, (
            f'{name}: got {installed(name)}, expected {pinned}; use requirements.txt'
        )

    rng = np.random.default_rng(SEED)
    train, abroad, good = loans(rng, TRAINING_ROWS)
    held_out, held_abroad, held_good = loans(rng, EVALUATION_ROWS)
    biased = good & ~(abroad & (rng.random(TRAINING_ROWS) < 0.3))
    evaluation = labelled(held_out, held_abroad, held_good)
    outputs = {}
    metrics = {}
    for recipe in RECIPES:
        target = biased if recipe.biased else good
        scaler = StandardScaler().fit(train)
        estimator = LogisticRegression(C=1.0, solver='newton-cholesky', tol=1e-10, max_iter=1000)
        estimator.fit(scaler.transform(train), target)
        estimator.coef_ *= recipe.logit_scale
        estimator.intercept_ *= recipe.logit_scale
        model = export(scaler, estimator.coef_[0], estimator.intercept_[0])
        expected = estimator.predict_proba(scaler.transform(held_out))
        gap = np.abs(predict(model, held_out)[1] - expected).max()
        assert gap <= TOLERANCE, (
            f'{recipe.directory}: {gap} from the trainer, expected {TOLERANCE} or less'
        )
        metrics[recipe.role] = scored = score(model, held_out, held_abroad, held_good)
        files = {
            'model.onnx': model,
            'training.csv': labelled(train, abroad, target),
            'contract.json': pretty(contract(FEATURES, COLLECTED)),
            'evaluation.csv': evaluation,
            'golden.json': pretty(golden(model, held_out)),
            'requirements.txt': requirements,
        }
        document = manifest(recipe, files, FEATURES, estimator, scored['accuracy'])
        for path, content in {**files, 'manifest.json': pretty(document)}.items():
            outputs[f'{recipe.directory}/{path}'] = content

    print(f'{"evaluation":20}' + ''.join(f'{name:>17}' for name in metrics['fair']))
    for role, scored in metrics.items():
        print(f'{role:20}' + ''.join(f'{value:17.4f}' for value in scored.values()))
    check(metrics)
    for path, content in outputs.items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_bytes(content)


if __name__ == '__main__':
    main()
