"""One thread and the CPU, as Assay opens models."""

from onnxruntime import InferenceSession, SessionOptions


def open_session(path: str) -> InferenceSession:
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return InferenceSession(path, options, providers=["CPUExecutionProvider"])
