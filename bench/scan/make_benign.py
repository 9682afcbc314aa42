"""Writes models of real libraries, each as their documentation saves it: DIR/<class>/<sample>.

    python make_benign.py DIR

A sample is a file, or a folder where a model takes several. Everything is tiny and seeded.
"""

import bz2
import collections
import copy
import gzip
import lzma
import pickle
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np

warnings.simplefilter("ignore")
ROOT = Path(sys.argv[1])
rng = np.random.default_rng(7)
X = rng.normal(size=(60, 4))
y = (X[:, 0] + 0.3 * X[:, 1] > 0).astype(int)
target = X @ np.array([1.0, -2.0, 0.5, 0.0])


def at(kind, name):
    folder = ROOT / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name.replace(" ", "-")


def estimators():
    import pandas as pd
    from sklearn import (calibration, cluster, compose, covariance, cross_decomposition, decomposition, discriminant_analysis,
                         dummy, ensemble, feature_extraction, feature_selection, gaussian_process, impute, isotonic,
                         kernel_approximation, kernel_ridge, linear_model, manifold, mixture, model_selection, multiclass,
                         multioutput, naive_bayes, neighbors, neural_network, pipeline, preprocessing, random_projection,
                         semi_supervised, svm, tree)

    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": list("xyz") * 20})
    texts = ["good model", "bad model", "good data", "bad data"] * 15
    columns = compose.ColumnTransformer([("n", preprocessing.StandardScaler(), ["a", "b"]),
                                         ("c", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["c"])])
    small = {"n_estimators": 3, "random_state": 0}
    made = {
        "logistic regression": linear_model.LogisticRegression(),
        "logistic regression cv": linear_model.LogisticRegressionCV(Cs=2, cv=2),
        "sgd classifier": linear_model.SGDClassifier(loss="log_loss"),
        "ridge classifier": linear_model.RidgeClassifier(),
        "perceptron": linear_model.Perceptron(),
        "decision tree": tree.DecisionTreeClassifier(max_depth=3),
        "random forest": ensemble.RandomForestClassifier(**small),
        "extra trees": ensemble.ExtraTreesClassifier(**small),
        "gradient boosting": ensemble.GradientBoostingClassifier(**small),
        "hist gradient boosting": ensemble.HistGradientBoostingClassifier(max_iter=3),
        "ada boost": ensemble.AdaBoostClassifier(**small),
        "bagging": ensemble.BaggingClassifier(**small),
        "voting": ensemble.VotingClassifier([("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier())]),
        "stacking": ensemble.StackingClassifier([("a", tree.DecisionTreeClassifier(max_depth=2))], cv=2),
        "isolation forest": ensemble.IsolationForest(**small),
        "svc": svm.SVC(probability=True), "linear svc": svm.LinearSVC(), "nu svc": svm.NuSVC(), "one class svm": svm.OneClassSVM(),
        "k neighbors": neighbors.KNeighborsClassifier(), "k neighbors kd": neighbors.KNeighborsClassifier(algorithm="kd_tree"),
        "k neighbors ball": neighbors.KNeighborsClassifier(algorithm="ball_tree"), "local outlier": neighbors.LocalOutlierFactor(novelty=True),
        "kernel density": neighbors.KernelDensity(), "nearest centroid": neighbors.NearestCentroid(),
        "gaussian nb": naive_bayes.GaussianNB(), "mlp": neural_network.MLPClassifier(hidden_layer_sizes=(4,), max_iter=5),
        "mlp sgd early stopping": neural_network.MLPClassifier(hidden_layer_sizes=(4,), solver="sgd", early_stopping=True, max_iter=5),
        "gaussian process": gaussian_process.GaussianProcessClassifier(gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel()),
        "lda": discriminant_analysis.LinearDiscriminantAnalysis(), "qda": discriminant_analysis.QuadraticDiscriminantAnalysis(),
        "calibrated isotonic": calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), method="isotonic", cv=2),
        "calibrated sigmoid": calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), cv=2),
        "grid search": model_selection.GridSearchCV(linear_model.LogisticRegression(), {"C": [1, 2]}, cv=2, scoring="roc_auc"),
        "random search": model_selection.RandomizedSearchCV(linear_model.LogisticRegression(), {"C": [1, 2]}, n_iter=2, cv=model_selection.StratifiedKFold(2)),
        "tuned threshold": model_selection.TunedThresholdClassifierCV(linear_model.LogisticRegression(), cv=2),
        "one vs rest": multiclass.OneVsRestClassifier(linear_model.LogisticRegression()),
        "label spreading": semi_supervised.LabelSpreading(), "dummy": dummy.DummyClassifier(),
        "k means": cluster.KMeans(2, n_init=1), "mini batch k means": cluster.MiniBatchKMeans(2, n_init=1), "dbscan": cluster.DBSCAN(),
        "birch": cluster.Birch(n_clusters=2), "hdbscan": cluster.HDBSCAN(), "gaussian mixture": mixture.GaussianMixture(2),
        "bayesian mixture": mixture.BayesianGaussianMixture(n_components=2), "pca": decomposition.PCA(2),
        "truncated svd": decomposition.TruncatedSVD(2), "fast ica": decomposition.FastICA(2),
        "kernel pca": decomposition.KernelPCA(2, kernel="rbf"), "isomap": manifold.Isomap(), "elliptic": covariance.EllipticEnvelope(),
        "nystroem": kernel_approximation.Nystroem(n_components=3), "random projection": random_projection.GaussianRandomProjection(2),
        "scaler pipeline": pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression()),
        "feature union": pipeline.make_pipeline(pipeline.make_union(decomposition.PCA(2), feature_selection.SelectKBest(k=2)), svm.SVC()),
        "polynomial": pipeline.make_pipeline(preprocessing.PolynomialFeatures(2), preprocessing.MinMaxScaler(), linear_model.Ridge()),
        "quantile": pipeline.make_pipeline(preprocessing.QuantileTransformer(n_quantiles=5), preprocessing.KBinsDiscretizer(3), tree.DecisionTreeClassifier(max_depth=2)),
        "splines": pipeline.make_pipeline(preprocessing.SplineTransformer(), linear_model.LogisticRegression()),
        "power": pipeline.make_pipeline(preprocessing.PowerTransformer(), preprocessing.RobustScaler(), naive_bayes.GaussianNB()),
        "function log1p": pipeline.make_pipeline(preprocessing.FunctionTransformer(np.abs), preprocessing.FunctionTransformer(np.log1p), linear_model.LogisticRegression()),
        "imputers": pipeline.make_pipeline(impute.SimpleImputer(), impute.KNNImputer(), linear_model.LogisticRegression()),
        "select from model": pipeline.make_pipeline(feature_selection.SelectFromModel(ensemble.RandomForestClassifier(**small)), linear_model.LogisticRegression()),
        "rfe": feature_selection.RFE(linear_model.LogisticRegression(), n_features_to_select=2),
        "mutual information": feature_selection.SelectPercentile(feature_selection.mutual_info_classif),
    }
    for name, model in made.items():
        yield name, model.fit(X, y)
    regressors = {
        "linear": linear_model.LinearRegression(), "lasso cv": linear_model.LassoCV(cv=2), "elastic net": linear_model.ElasticNet(),
        "huber": linear_model.HuberRegressor(), "ransac": linear_model.RANSACRegressor(), "bayesian ridge": linear_model.BayesianRidge(),
        "quantile regression": linear_model.QuantileRegressor(), "svr": svm.SVR(), "kernel ridge": kernel_ridge.KernelRidge(),
        "gradient boosting regressor": ensemble.GradientBoostingRegressor(loss="huber", **small),
        "hist regressor": ensemble.HistGradientBoostingRegressor(max_iter=3, loss="quantile", quantile=0.5), "random forest regressor": ensemble.RandomForestRegressor(criterion="absolute_error", **small),
        "gaussian process regressor": gaussian_process.GaussianProcessRegressor(gaussian_process.kernels.Matern() * gaussian_process.kernels.ConstantKernel()),
        "mlp regressor": neural_network.MLPRegressor(hidden_layer_sizes=(4,), max_iter=5), "k neighbors regressor": neighbors.KNeighborsRegressor(weights="distance", metric="manhattan"),
        "transformed target": compose.TransformedTargetRegressor(linear_model.LinearRegression(), func=np.cbrt, inverse_func=np.square),
        "pls": cross_decomposition.PLSRegression(2),
    }
    for name, model in regressors.items():
        yield name, model.fit(X, target)
    yield "poisson", linear_model.PoissonRegressor().fit(X, np.abs(target))
    yield "hist poisson", ensemble.HistGradientBoostingRegressor(max_iter=2, loss="poisson").fit(X, np.abs(target))
    yield "isotonic", isotonic.IsotonicRegression().fit(X[:, 0], target)
    yield "nmf", decomposition.NMF(2).fit(np.abs(X))
    yield "topics", pipeline.make_pipeline(feature_extraction.text.CountVectorizer(), decomposition.LatentDirichletAllocation(2)).fit(texts)
    yield "tfidf", pipeline.make_pipeline(feature_extraction.text.TfidfVectorizer(), linear_model.LogisticRegression()).fit(texts, y)
    yield "hashing", pipeline.make_pipeline(feature_extraction.text.HashingVectorizer(n_features=16), linear_model.LogisticRegression()).fit(texts, y)
    yield "dict vectorizer", feature_extraction.DictVectorizer().fit([{"a": 1, "b": "x"}])
    yield "multi output", multioutput.MultiOutputClassifier(tree.DecisionTreeClassifier(max_depth=2)).fit(X, np.c_[y, 1 - y])
    yield "label encoder", preprocessing.LabelEncoder().fit(list("abc"))
    yield "column transformer", columns.fit(frame)
    yield "column pipeline", pipeline.Pipeline([("columns", columns), ("model", ensemble.RandomForestClassifier(**small))]).fit(frame, y)
    yield "column hist", pipeline.make_pipeline(
        compose.make_column_transformer((preprocessing.OrdinalEncoder(), ["c"]), remainder="passthrough"),
        ensemble.HistGradientBoostingClassifier(max_iter=2, categorical_features=[0])).fit(frame, y)
    yield "target encoder", compose.make_column_transformer(
        (preprocessing.TargetEncoder(), compose.make_column_selector(dtype_include=object)), remainder="drop").fit(frame, y)
    yield "pandas output", pipeline.make_pipeline(
        preprocessing.StandardScaler().set_output(transform="pandas"), linear_model.LogisticRegression()).fit(frame[["a", "b"]], y)


def scikit_learn():
    for index, (name, model) in enumerate(estimators()):
        joblib.dump(model, at("scikit-learn joblib", f"{name}.joblib"))
        protocol = (2, 4, 5)[index % 3]
        at("scikit-learn pickle", f"{name}.{protocol}.pkl").write_bytes(pickle.dumps(model, protocol))
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    for name, model in {"pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
                        "forest": RandomForestClassifier(5, random_state=0)}.items():
        model.fit(X, y)
        for method, suffix in {"zlib": "z", "gzip": "gz", "bz2": "bz2", "xz": "xz", "lzma": "lzma", "lz4": "lz4"}.items():
            joblib.dump(model, at(f"joblib {method}", f"{name}.pkl.{suffix}"), compress=(method, 3))
    joblib.dump(np.ones((4000, 50)), at("joblib xz", "array.pkl.xz"), compress=("xz", 3))
    joblib.dump(np.ones((4000, 50)), at("joblib lz4", "array.pkl.lz4"), compress=("lz4", 3))
    whole = pickle.dumps(model)
    at("compressed pickle", "forest.pkl.gz").write_bytes(gzip.compress(whole))
    at("compressed pickle", "forest.pkl.bz2").write_bytes(bz2.compress(whole))
    at("compressed pickle", "forest.pkl.xz").write_bytes(lzma.compress(whole))


def boosters():
    import lightgbm as lgb
    import xgboost as xgb
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    quiet = {"verbose": -1, "num_leaves": 3, "n_estimators": 3}
    light = {"classifier": lgb.LGBMClassifier(**quiet).fit(X, y), "regressor": lgb.LGBMRegressor(**quiet).fit(X, target),
             "ranker": lgb.LGBMRanker(**quiet).fit(X, y, group=[30, 30]),
             "early stopping": lgb.LGBMClassifier(**quiet).fit(X, y, eval_set=[(X, y)], callbacks=[lgb.early_stopping(2, verbose=False)])}
    extreme = {"classifier": xgb.XGBClassifier(n_estimators=3, max_depth=2).fit(X, y), "regressor": xgb.XGBRegressor(n_estimators=3).fit(X, target),
               "random forest": xgb.XGBRFClassifier(n_estimators=3).fit(X, y),
               "ranker": xgb.XGBRanker(n_estimators=3).fit(X, y, group=[30, 30]),
               "early stopping": xgb.XGBClassifier(n_estimators=5, early_stopping_rounds=2, eval_metric="logloss").fit(X, y, eval_set=[(X, y)], verbose=False),
               "linear": xgb.XGBRegressor(booster="gblinear", n_estimators=3).fit(X, target), "dart": xgb.XGBClassifier(booster="dart", n_estimators=3).fit(X, y)}
    for library, models in {"lightgbm": light, "xgboost": extreme}.items():
        for name, model in models.items():
            joblib.dump(model, at(f"{library} joblib", f"{name}.joblib"))
            at(f"{library} joblib", f"{name}.pkl").write_bytes(pickle.dumps(model))
    pipelines = {"lightgbm": lgb.LGBMClassifier(**quiet), "xgboost": xgb.XGBClassifier(n_estimators=3)}
    for library, model in pipelines.items():
        joblib.dump(make_pipeline(StandardScaler(), model).fit(X, y), at(f"{library} joblib", "pipeline.joblib"))
    at("lightgbm joblib", "booster.pkl").write_bytes(pickle.dumps(light["classifier"].booster_))
    at("xgboost joblib", "booster.pkl").write_bytes(pickle.dumps(extreme["classifier"].get_booster()))
    for name, model in light.items():
        model.booster_.save_model(str(at("lightgbm", f"{name}.txt")))
    for name, model in extreme.items():
        for suffix in ("json", "ubj"):
            model.save_model(str(at("xgboost", f"{name}.{suffix}")))


def torch_modules():
    import torch
    from torch import nn

    torch.manual_seed(0)

    def convolutional():
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(), nn.Linear(4, 2))

    one = {
        "linear": nn.Linear(3, 2), "sequential": nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.Softmax(dim=1)),
        "named sequential": nn.Sequential(collections.OrderedDict(a=nn.Linear(2, 2), b=nn.GELU())),
        "convolution": convolutional(), "transposed": nn.ConvTranspose1d(2, 2, 3),
        "conv same": nn.Conv1d(2, 2, 3, padding="same"), "conv circular": nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"),
        "lstm": nn.LSTM(3, 4, num_layers=2, bidirectional=True), "gru": nn.GRU(3, 4), "rnn cell": nn.RNNCell(3, 4), "embedding": nn.Embedding(5, 3),
        "embedding bag": nn.EmbeddingBag(5, 3), "attention": nn.MultiheadAttention(4, 2), "encoder layer": nn.TransformerEncoderLayer(4, 2, 8),
        "encoder gelu": nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, activation="gelu", batch_first=True), 2),
        "transformer": nn.Transformer(4, 2, 1, 1, 8), "layer norm": nn.Sequential(nn.LayerNorm(3), nn.GroupNorm(1, 3), nn.RMSNorm(3)),
        "module list": nn.ModuleList([nn.Linear(1, 1)]), "module dict": nn.ModuleDict({"a": nn.Linear(1, 1)}),
        "parameter list": nn.ParameterList([nn.Parameter(torch.zeros(2))]), "parameter dict": nn.ParameterDict({"a": nn.Parameter(torch.zeros(2))}),
        "activations": nn.Sequential(nn.ELU(), nn.SiLU(), nn.Mish(), nn.PReLU(), nn.LeakyReLU(), nn.Hardswish(), nn.Softplus(), nn.Tanh(), nn.GLU()),
        "losses": nn.ModuleList([nn.CrossEntropyLoss(), nn.MSELoss(), nn.BCEWithLogitsLoss(pos_weight=torch.ones(1)), nn.NLLLoss(), nn.TripletMarginLoss(), nn.CTCLoss()]),
        "pooling": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.AvgPool2d(2), nn.Upsample(scale_factor=2), nn.ZeroPad2d(1), nn.PixelShuffle(2), nn.Unflatten(1, (1, 1))),
        "weight norm": nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), "spectral norm": nn.utils.parametrizations.spectral_norm(nn.Linear(2, 2)),
        "half": nn.Linear(2, 2).half(), "bfloat16": nn.Linear(2, 2).bfloat16(), "double": nn.Linear(2, 2).double(),
        "frozen": nn.Linear(2, 2).requires_grad_(False), "data parallel": nn.DataParallel(nn.Linear(2, 2)),
        "with gradients": nn.Linear(2, 2),
    }
    one["with gradients"](torch.ones(1, 2)).sum().backward()
    for name, module in one.items():
        if not name.endswith("norm") or name == "layer norm":  # PyTorch pickles no parametrised module whole.
            torch.save(module, at("torch module", f"{name}.pt"))
        torch.save(module.state_dict(), at("torch state dict", f"{name}.pt"))
        if name in ("linear", "convolution", "lstm", "transformer"):
            torch.save(module, at("torch legacy", f"{name}.pt"), _use_new_zipfile_serialization=False)
            torch.save(module.state_dict(), at("torch legacy", f"{name}-state.pt"), _use_new_zipfile_serialization=False)
            joblib.dump(module, at("torch joblib", f"{name}.joblib"))
            at("torch joblib", f"{name}.pkl").write_bytes(pickle.dumps(module))
    model = convolutional()
    optimizers = {"sgd": torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), "adam": torch.optim.Adam(model.parameters()),
                  "adamw": torch.optim.AdamW(model.parameters(), amsgrad=True), "rmsprop": torch.optim.RMSprop(model.parameters()),
                  "adagrad": torch.optim.Adagrad(model.parameters()), "lbfgs": torch.optim.LBFGS(model.parameters())}
    for name, optimizer in optimizers.items():
        model.zero_grad()
        if name != "lbfgs":
            model(torch.ones(2, 1, 4, 4)).sum().backward()
            optimizer.step()
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1) if name != "adam" else torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=5)
        torch.save({"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(),
                    "loss": 0.25, "args": {"lr": 0.1}, "rng": torch.get_rng_state()}, at("torch checkpoint", f"{name}.pt"))
    tensors = {"dense": torch.arange(6.0), "int8": torch.ones(3, dtype=torch.int8), "complex": torch.ones(2, dtype=torch.complex64),
               "bool": torch.ones(2, dtype=torch.bool), "float8": torch.ones(2).to(torch.float8_e4m3fn), "sparse": torch.eye(3).to_sparse(),
               "csr": torch.eye(3).to_sparse_csr(), "quantised": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
               "per channel": torch.quantize_per_channel(torch.ones(3, 2), torch.ones(3), torch.zeros(3), 0, torch.qint8),
               "meta": torch.ones(2, device="meta"), "view": torch.arange(8.0)[2:5], "shared": torch.ones(2), "empty": torch.ones(0),
               "uint16": torch.ones(2).to(torch.uint16), "conjugate": torch.ones(2, dtype=torch.complex64).conj(),
               "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])}
    for name, tensor in tensors.items():
        torch.save({"a": tensor, "b": tensor}, at("torch tensors", f"{name}.pt"))
    torch.save({"size": torch.Size([1, 2]), "dtype": torch.float32, "device": torch.device("cpu"), "generator": torch.get_rng_state(),
                "numpy": np.ones(3), "ordered": collections.OrderedDict(a=1), "default": collections.defaultdict(list, a=[1])}, at("torch tensors", "values.pt"))
    from safetensors.torch import save_file

    save_file(convolutional().state_dict(), at("safetensors", "convolution.safetensors"), metadata={"format": "pt"})
    save_file({k: v.bfloat16() for k, v in one["lstm"].state_dict().items()}, at("safetensors", "lstm.safetensors"))
    scripted = torch.jit.script(nn.Sequential(nn.Linear(3, 2), nn.ReLU()))
    torch.jit.save(scripted, str(at("torch script", "scripted.pt")))
    example = torch.export.export(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), (torch.ones(1, 3),))
    torch.export.save(example, at("torch export", "exported.pt2"))


def onnx_models():
    import onnx
    from skl2onnx import to_onnx
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    sample = X[:1].astype(np.float32)
    for name, model, labels in [("logistic", LogisticRegression(), y), ("forest", RandomForestClassifier(3), y), ("linear", LinearRegression(), target),
                                ("boosting", GradientBoostingClassifier(n_estimators=3), y), ("svc", SVC(), y), ("mlp", MLPClassifier(hidden_layer_sizes=(4,), max_iter=5), y),
                                ("pipeline", make_pipeline(StandardScaler(), LogisticRegression()), y)]:
        converted = to_onnx(model.fit(X.astype(np.float32), labels), sample)
        at("onnx", f"{name}.onnx").write_bytes(converted.SerializeToString())
    weight = onnx.numpy_helper.from_array(rng.normal(size=(64, 64)).astype(np.float32), "w")
    graph = onnx.helper.make_graph([onnx.helper.make_node("MatMul", ["x", "w"], ["m"]), onnx.helper.make_node("Relu", ["m"], ["y"])], "g",
                                   [onnx.helper.make_tensor_value_info("x", 1, ["n", 64])], [onnx.helper.make_tensor_value_info("y", 1, ["n", 64])], [weight])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 21)])
    for name, one_file in {"one file": True, "file per tensor": False}.items():
        folder = at("onnx external", name)
        folder.mkdir(exist_ok=True)
        onnx.save(copy.deepcopy(model), str(folder / "model.onnx"), save_as_external_data=True, all_tensors_to_one_file=one_file,
                  location="model.onnx.data" if one_file else None, size_threshold=0)


def arrays():
    np.save(at("numpy", "float.npy"), X)
    np.save(at("numpy", "objects.npy"), np.array([{"a": 1}, None, "x"], dtype=object))
    np.savez(at("numpy", "arrays.npz"), a=X, b=y)
    np.savez_compressed(at("numpy", "compressed.npz"), a=X, b=y)
    plain = {"a": [1, 2.5, None, True], "b": {"c": "text", "d": (1, 2)}, "e": {1, 2}, "f": b"bytes", "g": 2 ** 100, "h": X}
    for protocol in range(6):
        at("plain pickle", f"protocol {protocol}.pkl").write_bytes(pickle.dumps(plain, protocol))
        at("plain pickle", f"list {protocol}.pkl").write_bytes(pickle.dumps(["a", "b", "c"], protocol))


if __name__ == "__main__":
    for part in (scikit_learn, boosters, onnx_models, arrays, torch_modules):
        part()
    print(sum(1 for kind in ROOT.iterdir() for _ in kind.iterdir()))
