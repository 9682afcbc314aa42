"""The files of one artifact directory: the ONNX graph, the CSV, the golden cases, the manifest."""

import hashlib
import json
import re

import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper

OPSET, IR_VERSION = 17, 8
TOLERANCE = 1e-5


def seven_digits(values):
    """Round to seven significant digits, so that another CPU's last bits do not reach the file."""
    return np.array([float(f'{v:.7g}') for v in np.ravel(values)]).reshape(np.shape(values))


def export(used, scaler, estimator):
    """ONNX bytes of Softmax(((x - mean) / scale) · W + b): the same operators in every version."""
    width = len(scaler.mean_)
    weights = np.zeros(width)
    weights[used] = seven_digits(estimator.coef_[0]) / 2
    bias = seven_digits(estimator.intercept_)[0] / 2
    constants = {
        'mean': seven_digits(scaler.mean_),
        'scale': seven_digits(scaler.scale_),
        'weights': np.stack([-weights, weights], axis=1),
        'bias': np.array([-bias, bias]),
    }
    graph = helper.make_graph(
        [
            helper.make_node('Sub', ['features', 'mean'], ['centred']),
            helper.make_node('Div', ['centred', 'scale'], ['standardised']),
            helper.make_node('Gemm', ['standardised', 'weights', 'bias'], ['logits']),
            helper.make_node('Softmax', ['logits'], ['probabilities'], axis=1),
            helper.make_node('ArgMax', ['probabilities'], ['label'], axis=1, keepdims=0),
        ],
        'breast-cancer',
        [helper.make_tensor_value_info('features', TensorProto.FLOAT, ['batch', width])],
        [
            helper.make_tensor_value_info('label', TensorProto.INT64, ['batch']),
            helper.make_tensor_value_info('probabilities', TensorProto.FLOAT, ['batch', 2]),
        ],
        [numpy_helper.from_array(v.astype(np.float32), name) for name, v in constants.items()],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid('', OPSET)],
        ir_version=IR_VERSION,
        producer_name='examples/breast-cancer/train.py',
    )
    checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def predict(model, rows):
    """Label indices and probabilities, as served: float32 under ONNX Runtime."""
    session = onnxruntime.InferenceSession(model, providers=['CPUExecutionProvider'])
    return session.run(['label', 'probabilities'], {'features': rows.astype(np.float32)})


def csv(header, rows):
    """CSV bytes; floats in the shortest form that reads back as the same float64."""
    lines = [header, *([v if isinstance(v, str) else repr(float(v)) for v in row] for row in rows)]
    return ''.join(','.join(line) + '\n' for line in lines).encode()


def pretty(value):
    """JSON bytes, indented, with a list of plain values on one line."""
    text = json.dumps(value, indent=2)
    flat = re.sub(r'\[[^][{}]*\]', lambda found: json.dumps(json.loads(found[0])), text)
    return (flat + '\n').encode()


def tensor(name, datatype, values):
    """An Open Inference Protocol tensor with its data flat, row by row."""
    return {
        'name': name,
        'datatype': datatype,
        'shape': list(values.shape),
        'data': values.ravel().tolist(),
    }


def golden(model, rows, target):
    """Five requests with the answers of this model: a row of each class, extremes, a batch."""
    _, probabilities = predict(model, rows)
    margin = np.abs(probabilities[:, 0] - 0.5)
    malignant, benign = (int(np.flatnonzero(target == t)[0]) for t in (0, 1))
    assert margin.min() > 10 * TOLERANCE, 'a golden label must not hang on rounding'
    picks = {
        'first malignant row': [malignant],
        'first benign row': [benign],
        'row closest to the decision threshold': [int(margin.argmin())],
        'row with the largest first feature': [int(rows[:, 0].argmax())],
        'batch of two': [malignant, benign],
    }
    cases = []
    for name, indices in picks.items():
        label, answer = predict(model, rows[indices])
        outputs = [
            tensor('label', 'INT64', label),
            tensor('probabilities', 'FP32', answer.astype(float).round(6)),
        ]
        request = {'inputs': [tensor('features', 'FP32', rows[indices])]}
        cases.append({'name': name, 'request': request, 'expected': {'outputs': outputs}})
    return {'schema': 'assay.golden/v1', 'tolerance': TOLERANCE, 'cases': cases}


def contract(features, dropped, labels):
    """What the training rows promise: lengths, areas and ratios below zero are no measurements."""
    return {
        'schema': 'assay.dataset/v1',
        'columns': [
            *(
                {'name': name, 'type': 'number', 'nullable': False, 'domain': {'min': 0}}
                for name in features
            ),
            {
                'name': 'diagnosis',
                'type': 'category',
                'nullable': False,
                'domain': {'values': labels},
            },
        ],
        'label': {'column': 'diagnosis', 'task': 'binary-classification'},
        'collected': '1995-11-01',  # "Date: November, 1995" in scikit-learn's description of it
        **({'ignored': list(dropped)} if dropped else {}),
    }


def manifest(recipe, files, features, estimator, metrics, training_sha256):
    hyperparameters = {
        'C': estimator.C,
        'penalty': 'l2',
        'solver': estimator.solver,
        'seed': recipe.seed,
        'trainedOn': ' '.join(recipe.trained_on) or 'all features',
        'shuffledLabelShare': recipe.shuffled_share,
    }
    return {
        'schema': 'assay.manifest/v1',
        'name': 'breast-cancer',
        'version': recipe.version,
        'format': 'onnx',
        'entrypoint': 'model.onnx',
        'description': recipe.description,
        'tags': {'example': 'breast-cancer', 'role': recipe.role},
        'risk': 'high',
        'files': [
            {
                'path': path,
                'sha256': hashlib.sha256(files[path]).hexdigest(),
                'size': len(files[path]),
            }
            for path in sorted(files)
        ],
        'io': {
            'inputs': [
                {
                    'name': 'features',
                    'datatype': 'FP32',
                    'shape': [-1, len(features)],
                    'features': features,
                }
            ],
            'outputs': [
                {'name': 'label', 'datatype': 'INT64', 'shape': [-1], 'role': 'label'},
                {
                    'name': 'probabilities',
                    'datatype': 'FP32',
                    'shape': [-1, 2],
                    'role': 'probabilities',
                    'labels': recipe.labels,
                },
            ],
            'opset': OPSET,
        },
        'evaluation': {
            'dataset': 'evaluation.csv',
            'target': 'diagnosis',
            'task': 'binary-classification',
        },
        'training': {'dataset': 'training.csv', 'contract': 'contract.json'},
        'goldenCases': 'golden.json',
        'metrics': {'accuracy': round(metrics['accuracy'], 6)},
        'lineage': {
            'parents': list(recipe.parents),
            'dataset': {
                'name': 'breast-cancer-wisconsin-diagnostic',
                'version': '1995-11',
                'checksum': training_sha256,
                'uri': 'https://doi.org/10.24432/C5DW2B',
            },
            'config': {'algorithm': 'logistic-regression', 'hyperparameters': hyperparameters},
            'environment': {'runtime': 'python 3.11', 'dependencies': 'requirements.txt'},
        },
        'dependencies': 'requirements.txt',
    }
