"""An ONNX model in MLServer, as its documentation has custom runtimes written."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse

from session import open_session


class OnnxModel(MLModel):
    async def load(self) -> bool:
        self.session = open_session(self.settings.parameters.uri)
        self.names = [output.name for output in self.session.get_outputs()]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        feeds = {tensor.name: NumpyCodec.decode_input(tensor) for tensor in payload.inputs}
        answers = self.session.run(self.names, feeds)
        outputs = [NumpyCodec.encode_output(*pair) for pair in zip(self.names, answers)]
        return InferenceResponse(model_name=self.name, outputs=outputs)
