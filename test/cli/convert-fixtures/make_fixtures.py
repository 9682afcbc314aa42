"""Writes the models that the tests of `assay convert` convert.

    pip install scikit-learn==1.9.1 joblib xgboost lightgbm && python make_fixtures.py
"""

import pickle
from pathlib import Path

import joblib
from lightgbm import LGBMClassifier
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

HERE = Path(__file__).parent
X, y = load_iris(return_X_y=True)

linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(X, y)
joblib.dump(linear, HERE / "iris.joblib")
joblib.dump(linear, HERE / "iris-zlib.joblib", compress=3)
boosters = {
    "xgboost": XGBClassifier(n_estimators=2, max_depth=2),
    "lightgbm": LGBMClassifier(n_estimators=2, max_depth=2, verbose=-1),
}
for name, model in boosters.items():
    (HERE / f"iris.{name}.pkl").write_bytes(pickle.dumps(model.fit(X, y)))
