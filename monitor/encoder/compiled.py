"""The encoder compiled for this processor: OpenVINO, its graph built from the pinned weights.

The graph is that of BERT (Devlin et al., 2019) with six layers of twelve heads, written with OpenVINO's operators
(https://docs.openvino.ai/2026/documentation/openvino-ir-format/operation-sets/available-opsets/opset13.html), so
that neither torch nor an export through ONNX is needed. 16-bit brain floats are used where the processor has
instructions for them: the mean cosine to the reference is then 0.99998, and the speed about twofold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYERS, HEADS, EPSILON = 6, 12, 1e-12
JOBS = 2
"""Batches under way at a time."""
_CPUINFO = Path("/proc/cpuinfo")


def kind() -> str:
    """Runtime and precision that `Compiled` uses on this machine."""
    return f"openvino-{'bf16' if has_brain_floats() else 'fp32'}"


def has_brain_floats(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether the processor multiplies 16-bit brain floats by itself, rather than by way of 32-bit ones."""
    try:
        flags = cpuinfo.read_text("utf-8", "replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


class Compiled:
    """The transformer on OpenVINO."""

    def __init__(self, weights: Path) -> None:
        """Build and compile it from the safetensors file `weights`; raises ModelError."""
        import openvino as ov
        from safetensors.numpy import load_file

        precision = "bf16" if has_brain_floats() else "f32"
        options = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": precision}
        try:
            model = _Graph(load_file(weights)).model()
            self._queue = ov.AsyncInferQueue(ov.Core().compile_model(model, "CPU", options), JOBS)
        except Exception as error:  # the runtime raises bare RuntimeErrors of many lines
            raise ModelError(
                f"the encoder in {weights.parent} cannot be compiled: {' '.join(str(error).split())}"
            ) from error

    def run(
        self,
        batches: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]],
        take: Callable[[int, NDArray[np.float32], NDArray[np.float32]], None],
    ) -> None:
        """Hand `take` the number, mean hidden states (n, d) and hidden states (n, t, d) of each batch of token
        numbers and mask, (n, t) each. Batches come back in any order, and are only valid during the call."""
        failed: list[BaseException] = []

        def finished(request: Any, number: int) -> None:
            try:
                take(number, request.get_output_tensor(0).data, request.get_output_tensor(1).data)
            except BaseException as error:  # the runtime would swallow it
                failed.append(error)

        self._queue.set_callback(finished)
        try:
            for number, (ids, mask) in enumerate(batches):
                self._queue.start_async({"ids": ids, "mask": mask}, number)
        finally:
            self._queue.wait_all()
        if failed:
            raise failed[0]


class _Graph:
    """Puts the operators together."""

    def __init__(self, tensors: dict[str, NDArray[np.float32]]) -> None:
        from openvino import opset13

        self._ops = opset13
        self._tensors = tensors

    def model(self) -> Any:
        import numpy as np
        import openvino as ov

        ops = self._ops
        ids = ops.parameter([-1, -1], np.int64, name="ids")
        mask = ops.parameter([-1, -1], np.int64, name="mask")
        for parameter, name in ((ids, "ids"), (mask, "mask")):
            parameter.output(0).set_names({name})
        seen = ops.convert(mask, "f32")
        unseen = ops.multiply(ops.subtract(self._number(1), seen), self._number(-1e9))
        bias = ops.unsqueeze(unseen, self._integers(1, 2))  # (n, 1, 1, t), added to every score
        hidden = self._embedded(ids)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, bias, f"encoder.layer.{layer}.")
        shown = ops.unsqueeze(seen, self._integers(2))
        sums = ops.reduce_sum(ops.multiply(hidden, shown), self._integers(1))
        means = ops.divide(sums, ops.reduce_sum(shown, self._integers(1)))
        return ov.Model([means, hidden], [ids, mask], "encoder")

    def _embedded(self, ids: Any) -> Any:
        """Words and their positions; every text is of the first type, so its row is added to the positions."""
        ops = self._ops
        words = ops.gather(self._tensor("embeddings.word_embeddings.weight"), ids, self._integer(0))
        places = self._tensors["embeddings.position_embeddings.weight"]
        places = places + self._tensors["embeddings.token_type_embeddings.weight"][0]
        length = ops.gather(ops.shape_of(ids, "i64"), self._integer(1), self._integer(0))
        numbers = ops.range(self._integer(0), length, self._integer(1), "i64")
        return self._normal(
            ops.add(words, ops.gather(self._constant(places), numbers, self._integer(0))), "embeddings.LayerNorm."
        )

    def _layer(self, hidden: Any, bias: Any, name: str) -> Any:
        ops = self._ops
        query, key, value = (self._heads(hidden, f"{name}attention.self.{part}.") for part in ("query", "key", "value"))
        mixed = ops.transpose(ops.scaled_dot_product_attention(query, key, value, bias), self._integers(0, 2, 1, 3))
        mixed = ops.reshape(mixed, self._integers(0, 0, -1), special_zero=True)
        attended = self._dense(mixed, f"{name}attention.output.dense.")
        hidden = self._normal(ops.add(hidden, attended), f"{name}attention.output.LayerNorm.")
        wide = ops.gelu(self._dense(hidden, f"{name}intermediate.dense."), "ERF")
        return self._normal(ops.add(hidden, self._dense(wide, f"{name}output.dense.")), f"{name}output.LayerNorm.")

    def _heads(self, hidden: Any, name: str) -> Any:
        """(n, t, d) to (n, heads, t, d / heads)."""
        split = self._ops.reshape(self._dense(hidden, name), self._integers(0, 0, HEADS, -1), special_zero=True)
        return self._ops.transpose(split, self._integers(0, 2, 1, 3))

    def _dense(self, values: Any, name: str) -> Any:
        product = self._ops.matmul(values, self._tensor(f"{name}weight"), False, True)
        return self._ops.add(product, self._tensor(f"{name}bias"))

    def _normal(self, values: Any, name: str) -> Any:
        """Layer normalisation."""
        ops = self._ops
        normal = ops.mvn(values, self._integers(-1), True, EPSILON, "INSIDE_SQRT")
        return ops.add(ops.multiply(normal, self._tensor(f"{name}weight")), self._tensor(f"{name}bias"))

    def _tensor(self, name: str) -> Any:
        return self._constant(self._tensors[name])

    def _constant(self, value: NDArray[np.float32]) -> Any:
        return self._ops.constant(value)

    def _number(self, value: float) -> Any:
        import numpy as np

        return self._ops.constant(np.float32(value))

    def _integer(self, value: int) -> Any:
        import numpy as np

        return self._ops.constant(np.int64(value))

    def _integers(self, *values: int) -> Any:
        import numpy as np

        return self._ops.constant(np.array(values, np.int64))
