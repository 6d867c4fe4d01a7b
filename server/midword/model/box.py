"""The client of an inference server: the KServe v2 (Open Inference) protocol over gRPC.

What goes out for a row: at most 64 token ids, the mask's place, and ids that are asked about. What
comes back is described in `midword_training.serving.network`.
https://github.com/kserve/open-inference-protocol (specification/protocol/open_inference_grpc.proto)
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from midword.endpoint import Endpoint
from midword.errors import UserError
from midword.foreign import shown
from midword.model.runtime import Floats, Ids, Rows

LENGTH = 64  # token ids of a row, at most
HEADER = "triton-grpc-protocol-midword-token"  # Triton's way: restricted protocols
PATIENCE = 0.3  # seconds for an answer
_FIRST_PATIENCE = 3.0  # for one that needs a connection

_OPTIONS = [
    ("grpc.enable_retries", 0),
    # Else channels to one address share a connection, which a new one is meant to replace.
    ("grpc.use_local_subchannel_pool", 1),
    # Else name servers are asked for settings too.
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
]
_PLAIN = [("grpc.enable_http_proxy", 0)]  # nobody's proxy sees what isn't encrypted
# The parts of an answer, and the protocol's names of their types.
_TYPES = {
    "words": "<i4",
    "log_probabilities": "<f2",
    "rest": "<f4",
    "asked_log_probabilities": "<f4",
    "vocabulary": "<i8",
}
_KINDS = {"<i4": "INT32", "<i8": "INT64", "<f2": "FP16", "<f4": "FP32"}
_SURE = 1e-3
_SAID = 200  # characters of a server's own words


class BoxError(Exception):
    """A server can't be used; says why, for the writer."""


class Answer(NamedTuple):
    """What a server says of rows.

    Attributes:
        words: token ids of the likeliest whole words [rows, most].
        log_probabilities: theirs among whole words [rows, most].
        rest: the probability of all others together [rows].
        asked: log-probabilities among all tokens of what was asked about [rows, any].
    """

    words: npt.NDArray[np.int32]
    log_probabilities: Floats
    rest: Floats
    asked: Floats


class Box:
    """A model at an inference server. Its methods are called by one thread at a time.

    Args:
        endpoint: where.
        number: of our tokenizer (`midword.model.vocabulary.tokenizer_number`), to be theirs too.
    """

    def __init__(self, endpoint: Endpoint, number: int) -> None:
        self.address = endpoint.address
        self._endpoint = endpoint
        self._number = number
        self._channel: Any = None
        self._header: tuple[tuple[str, str], ...] = ()

    def connect(self) -> None:
        """Begin anew, with the token and the certificates that are there now.

        Raises:
            BoxError: these can't be read, or the client's packages are not installed.
        """
        self.close()
        # Read once, at the import: what there is to say of connections is said by us.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        try:
            import grpc
            from tritonclient.grpc import service_pb2, service_pb2_grpc
        except ImportError as error:
            raise BoxError(
                "the runtime `remote` needs a client of inference servers: "
                "pip install 'midword[remote]'"
            ) from error
        self._grpc, self._messages = grpc, service_pb2
        try:
            token, roots = self._endpoint.token(), self._endpoint.roots()
        except UserError as error:
            raise BoxError(str(error)) from error
        self._header = ((HEADER, token),) if token else ()
        if self._endpoint.is_encrypted:
            credentials = grpc.ssl_channel_credentials(roots)
            self._channel = grpc.secure_channel(self.address, credentials, _OPTIONS)
        else:
            self._channel = grpc.insecure_channel(self.address, [*_OPTIONS, *_PLAIN])
        self._stub = service_pb2_grpc.GRPCInferenceServiceStub(self._channel)

    def close(self) -> None:
        """End the connection."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def ask(
        self,
        rows: Rows,
        asked: Ids | None = None,
        *,
        patience: float | None = None,
        is_new: bool = False,
    ) -> Answer:
        """What the server says of rows.

        A connection that broke is made anew, once: behind a balancer another server may answer. The
        whole channel is, for it hears of the death of its connection later than the question does.

        Args:
            rows: of `LENGTH` tokens at most.
            asked: ids of tokens whose probability is wanted, -1 for none [rows, any].
            patience: seconds; None: `PATIENCE`.
            is_new: the connection was just begun; if there is none, that is the answer.

        Raises:
            BoxError: it doesn't answer in time, refuses, or has another vocabulary.
        """
        request = self._request(rows, asked)
        patience = PATIENCE if patience is None else patience
        end = time.monotonic() + patience
        broke: Any = None
        while True:
            try:
                answer = self._stub.ModelInfer(
                    request,
                    timeout=max(0.001, end - time.monotonic()),
                    metadata=self._header,
                    wait_for_ready=broke is not None,
                )
            except self._grpc.RpcError as error:
                if broke is None and not is_new and self._is_broken(error):
                    broke = error
                    self.connect()
                    continue
                raise self._error(self._reason(broke or error, patience)) from error
            return self._answer(answer, len(rows.ids))

    def probe(self, row: Sequence[int], place: int) -> None:
        """Connect, and ask about a row that holds no text, to see whether the server can be used.

        Raises:
            BoxError: it can't, or takes too long.
        """
        self.connect()
        ids = np.array([row], dtype=np.int64)
        rows = Rows(ids, np.ones_like(ids), np.array([place], dtype=np.int64))
        self.ask(rows, patience=_FIRST_PATIENCE, is_new=True)
        self.ask(rows)

    def _request(self, rows: Rows, asked: Ids | None) -> Any:
        if rows.ids.shape[1] > LENGTH:
            raise ValueError(f"rows of {rows.ids.shape[1]} tokens don't leave this machine")
        ids = np.where(rows.attention > 0, rows.ids, -1)
        if asked is None:
            asked = np.full((len(ids), 1), -1, dtype=np.int64)
        request = self._messages.ModelInferRequest(model_name=self._endpoint.name)
        for name, values in (("ids", ids), ("place", rows.places[:, None]), ("asked", asked)):
            tensor = request.inputs.add(name=name, datatype="INT32")
            tensor.shape.extend(values.shape)
            request.raw_input_contents.append(np.asarray(values, dtype="<i4").tobytes())
        return request

    def _answer(self, response: Any, rows: int) -> Answer:
        """The parts of an answer, of the shapes that they must have.

        Raises:
            BoxError: it is none, or of another vocabulary.
        """
        try:
            found = {
                tensor.name: np.frombuffer(raw, _TYPES[tensor.name]).reshape(tensor.shape)
                for tensor, raw in zip(response.outputs, response.raw_output_contents, strict=True)
                if tensor.datatype == _KINDS[_TYPES[tensor.name]]
            }
            number = found["vocabulary"]
            logs, rest, asked = (
                found[name].astype(np.float32)
                for name in ("log_probabilities", "rest", "asked_log_probabilities")
            )
            answer = Answer(found["words"], logs, rest[:, 0], asked)
            if not all(len(part) == rows for part in (number, *answer)):
                raise ValueError("too few rows, or too many")
            if answer.words.shape != logs.shape:
                raise ValueError("words without probabilities")
            # Also false of what is no number. What is rounded up to more than 1 is so by little.
            if not all((part <= _SURE).all() for part in (logs, asked, rest - 1)):
                raise ValueError("likelier than sure")
            if not all(np.isfinite(part).all() for part in answer[1:]):
                raise ValueError("no numbers")
        except (LookupError, ValueError) as error:
            raise self._error(
                "answers what this Midword doesn't understand: its model must be exported by the "
                "same version"
            ) from error
        if (number != self._number).any():
            raise self._error(
                "has a model of another vocabulary: take the model that it has ('midword models "
                "pull'), or export this one for it ('midword models export --triton')"
            )
        return answer

    def _error(self, reason: str) -> BoxError:
        return BoxError(f"the inference server at {self.address} {reason}")

    def _is_broken(self, error: Any) -> bool:
        """Whether a call failed for its connection."""
        return error.code() is self._grpc.StatusCode.UNAVAILABLE and not _is_restricted(error)

    def _reason(self, error: Any, patience: float) -> str:
        """Why a call failed, for the writer."""
        codes, said = self._grpc.StatusCode, shown(error.details() or "", _SAID)
        if _is_restricted(error):
            if self._header:
                return "refuses your token: ask whoever runs it for a new one"
            return (
                f"wants a token: put the line '{self.address} TOKEN' into the file endpoint-tokens "
                "in Midword's data folder"
            )
        match error.code():
            case codes.DEADLINE_EXCEEDED:
                return f"doesn't answer in time (it takes longer than {patience:g} s)"
            case codes.UNAVAILABLE:
                return f"doesn't answer in time (it can't be reached, or is too busy: {said})"
            case codes.NOT_FOUND:
                return f"has no model {self._endpoint.name!r}: name it in the setting `endpoint`"
        return f"refuses ({said})"


def _is_restricted(error: Any) -> bool:
    """Whether a server wants another token, or one at all."""
    return "restricted" in (error.details() or "")
