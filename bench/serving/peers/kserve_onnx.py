"""An ONNX model in KServe's server, as its documentation has custom predictors written.

    python kserve_onnx.py PORT MODEL
"""

import sys

from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.utils.utils import generate_uuid

from session import open_session


class OnnxModel(Model):
    def __init__(self, name: str, path: str):
        super().__init__(name)
        self.session = open_session(path)
        self.names = [output.name for output in self.session.get_outputs()]
        self.ready = True

    async def predict(self, payload: InferRequest, headers=None, response_headers=None) -> InferResponse:
        feeds = {tensor.name: tensor.as_numpy() for tensor in payload.inputs}
        outputs = []
        for name, answer in zip(self.names, self.session.run(self.names, feeds)):
            output = InferOutput(name, list(answer.shape), "FP32")
            output.set_data_from_numpy(answer, binary_data=False)
            outputs.append(output)
        return InferResponse(response_id=payload.id or generate_uuid(), model_name=self.name, infer_outputs=outputs)


ModelServer(http_port=int(sys.argv[1]), enable_grpc=False, workers=1).start([OnnxModel("small", sys.argv[2])])
