"""onnxruntime on the CPU: the body as ONNX, the embeddings straight from the safetensors file.

The ONNX file runs from input embeddings to the vector at the mask, so the embedding matrix,
more than half of a small model, is stored once and serves both ends.
"""

from pathlib import Path

import numpy as np

from midword import files
from midword.model.errors import ModelError, native_errors
from midword.model.int8_product import Int8Product
from midword.model.manifest import Manifest
from midword.model.ort import onnxruntime
from midword.model.runtime import Floats, Ids, Probabilities, Rows
from midword.model.weights import Weights

# Passes after which the embeddings that were paged in are given back: a long day's writing touches
# nearly all of them, 30 MB, and reading a page again takes half a microsecond.
_GIVEN_BACK = 128
# Output embeddings that are there in float32 at a time: all of them are a copy of the model's
# largest tensor.
_SHARE = 4096


class OnnxRuntime:
    """A model folder's ONNX body on the CPU.

    Args:
        folder: the model folder.
        manifest: what its ``midword.json`` says.
        name: which body, one of :data:`midword.choices.Body`.
        threads: cores for one pass; the writer's other programs keep the rest.

    Raises:
        ModelError: a file is missing or damaged.
    """

    device = "cpu"
    trouble = ""
    batch = 4  # a row costs 4.6 ms alone, 3.8 of two, 3.5 of four and of eight (VNNI)

    def __init__(self, folder: Path, manifest: Manifest, name: str, *, threads: int = 1) -> None:
        self.name = name
        self._threads = threads
        path = manifest.body(folder, name)
        with native_errors(f"{path} can't be run"):
            files.open_plain(path).close()  # the runtime would wait at a pipe
            self._session = onnxruntime.InferenceSession(
                str(path),
                _options(threads),
                providers=["CPUExecutionProvider"],
                # Its kernel takes six times as long as Add and LayerNormalization, a fifth of a
                # whole int8 pass (onnxruntime 1.32).
                disabled_optimizers=["SkipLayerNormFusion"],
            )
        self._weights = Weights(folder / "model.safetensors")
        self._manifest = manifest
        self._passes = 0
        self.tokens = self._checked_tokens()

    def probabilities_of(self, tokens: Ids) -> Probabilities:
        """See :class:`midword.model.runtime.Runtime`; their product is in int8 with any body."""
        product = Int8Product(
            lambda begin, end: self._output(tokens[begin:end]),
            self._bias(tokens),
            _options(self._threads),
        )
        self._weights.release()

        def ask(rows: Rows) -> Floats:
            logits = product(self._vectors(rows))
            weights = np.exp(logits - logits.max(axis=1, keepdims=True))
            return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)

        return ask

    def log_probabilities(self, rows: Rows, at: Ids, tokens: Ids) -> Floats:
        """See :class:`midword.model.runtime.Runtime`."""
        vectors, found = self._vectors(rows), []
        for begin in range(0, self.tokens, _SHARE):
            share = slice(begin, min(begin + _SHARE, self.tokens))
            found.append(vectors @ self._output(share).T + self._bias(share))
        self._weights.release()
        logits = np.concatenate(found, axis=1)
        top = logits.max(axis=1)
        totals = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
        return np.asarray(logits[at, tokens] - totals[at], dtype=np.float32)

    def _vectors(self, rows: Rows) -> Floats:
        """The vectors before the output embeddings at the rows' masks, float32 [rows, width].

        Raises:
            ValueError: they are of another shape, or not all numbers, of which a product in int8
                would make zeros.
        """
        embeddings = self._weights.rows(self._manifest.input_embeddings, rows.ids)
        self._passes += 1
        if self._passes % _GIVEN_BACK == 0:
            self._weights.release()
        (found,) = self._session.run(
            None,
            {
                "inputs_embeds": embeddings,
                "attention_mask": rows.attention,
                "mask_index": rows.places,
            },
        )
        vectors = np.asarray(found, dtype=np.float32)
        if vectors.shape != (len(rows.ids), vectors.shape[-1]) or not np.isfinite(vectors).all():
            raise ValueError("what comes out are no numbers, or too few")
        return vectors

    def _checked_tokens(self) -> int:
        """How many tokens have embeddings on both ends.

        Raises:
            ModelError: a tensor is missing or has no shape that fits.
        """
        manifest, shape = self._manifest, self._weights.shape
        rows = [shape(name) for name in (manifest.input_embeddings, manifest.output_embeddings)]
        fits = all(len(each) == 2 and all(each) for each in rows)
        if manifest.output_bias is not None:
            fits = fits and shape(manifest.output_bias) == rows[1][:1]
        if not fits:
            raise ModelError(
                f"{self._weights.path} has embeddings of a shape that fits no model; "
                "get the model again"
            )
        return min(count for count, _ in rows)

    def _output(self, ids: Ids | slice) -> Floats:
        return self._weights.rows(self._manifest.output_embeddings, ids)

    def _bias(self, ids: Ids | slice) -> Floats:
        if self._manifest.output_bias is None:
            return np.zeros(self.tokens, dtype=np.float32)[ids]
        return self._weights.rows(self._manifest.output_bias, ids)


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads of two programs on two cores slow each other four to twenty times.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The arena would keep the largest pass's memory for good; passes are small and alike.
    options.enable_cpu_mem_arena = False
    return options
