"""A team's inference server as a runtime, with one of this machine behind it.

Text becomes token ids here; only those go out, at most 64 a gap, and probabilities of words come
back. Where the server doesn't answer, this machine does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from midword.endpoint import Endpoint
from midword.foreign import shown
from midword.model.box import LENGTH, Box, BoxError
from midword.model.circuit import Circuit
from midword.model.errors import ModelError
from midword.model.json_file import read_object
from midword.model.manifest import Manifest
from midword.model.runtime import Floats, Ids, Probabilities, Rows, Runtime
from midword.model.vocabulary import tokenizer_number
from midword.model.weights import Weights

_MOST_TOKENS = 10_000_000


class RemoteRuntime:
    """An inference server's model, or this machine's while that one is out of reach.

    Args:
        box: the server.
        load_local: loads what runs here; called when it is first needed.
        tokens: how many the model knows.
        probe: a row without text, and its mask's place.
    """

    name = "remote"
    batch = 16

    def __init__(
        self,
        box: Box,
        load_local: Callable[[], Runtime],
        tokens: int,
        probe: tuple[Sequence[int], int],
    ) -> None:
        self.tokens = tokens
        self._box = box
        self._load_local = load_local
        self._circuit = Circuit(lambda: box.probe(*probe), self._describe)
        self._loaded: Runtime | None = None
        self._circuit.try_now()
        if self.trouble:
            self._here()

    @property
    def device(self) -> str:
        """The server's address, or where the model runs here; "" before it is loaded."""
        if not self.trouble:
            return self._box.address
        return self._loaded.device if self._loaded is not None else ""

    @property
    def trouble(self) -> str:
        """Why the server isn't asked, for the writer; "" while it is."""
        reason = self._circuit.trouble
        return f"{reason}; the model of this machine answers instead" if reason else ""

    def probabilities_of(self, tokens: Ids) -> Probabilities:
        """See :class:`midword.model.runtime.Runtime`.

        Words that the server doesn't name share evenly what is left.
        """
        places = np.full(self.tokens, -1, dtype=np.int64)
        places[tokens] = np.arange(len(tokens))
        here: list[Probabilities] = []

        def ask(rows: Rows) -> Floats:
            if self._circuit.is_closed():
                try:
                    answer = self._box.ask(rows)
                    found = np.full((len(rows.ids), len(tokens)), np.nan, dtype=np.float32)
                    for row, words, logs, rest in zip(found, *answer[:3], strict=True):
                        known = (words >= 0) & (words < self.tokens)
                        at = places[words[known]]
                        row[at[at >= 0]] = np.exp(logs[known][at >= 0])
                        others = np.isnan(row)
                        row[others] = max(rest, 1e-9) / max(1, others.sum())
                        row /= row.sum()
                except BoxError as error:
                    self._circuit.failed(error)
                else:
                    self._circuit.succeeded()
                    return found
            if not here:
                here.append(self._here().probabilities_of(tokens))
            return np.concatenate([here[0](part).copy() for part in self._shares(rows)])

        return ask

    def log_probabilities(self, rows: Rows, at: Ids, tokens: Ids) -> Floats:
        """See :class:`midword.model.runtime.Runtime`."""
        if self._circuit.is_closed():
            column = np.zeros(len(rows.ids), dtype=np.int64)
            columns = np.empty_like(at)
            for number, row in enumerate(at):
                columns[number] = column[row]
                column[row] += 1
            asked = np.full((len(rows.ids), int(column.max())), -1, dtype=np.int64)
            asked[at, columns] = tokens
            try:
                found = self._box.ask(rows, asked).asked[at, columns]
            except (BoxError, IndexError) as error:
                self._circuit.failed(error)
            else:
                self._circuit.succeeded()
                return found
        return self._here().log_probabilities(rows, at, tokens)

    def _shares(self, rows: Rows) -> Iterator[Rows]:
        """Rows in parts of as many as this machine takes at a time."""
        size = self._here().batch
        for begin in range(0, len(rows.ids), size):
            yield Rows(*(part[begin : begin + size] for part in rows))

    def _here(self) -> Runtime:
        """What runs on this machine, loaded where it is first needed.

        Raises:
            ModelError: it can't be.
        """
        if self._loaded is None:
            self._loaded = self._load_local()
        return self._loaded

    def _describe(self, error: BaseException) -> str:
        if isinstance(error, BoxError):
            return str(error)
        return f"the inference server at {self._box.address} fails ({type(error).__name__})"


def remote_runtime(
    endpoint: str, folder: Path, manifest: Manifest, load_local: Callable[[], Runtime]
) -> tuple[Manifest, RemoteRuntime]:
    """A model's runtime at a server, and its manifest with rows that may leave the machine.

    Args:
        endpoint: see :mod:`midword.endpoint`.
        folder: the model folder.
        manifest: what it says of itself.
        load_local: loads what runs here instead.

    Raises:
        ModelError: there is no such address, or the model's files are damaged.
    """
    if not endpoint:
        raise ModelError(
            "the runtime `remote` has no server to ask: name it in the setting `midword.endpoint`"
        )
    try:
        box = Box(Endpoint.parse(endpoint), tokenizer_number(folder / "tokenizer.json"))
    except ValueError as error:
        raise ModelError(f"the endpoint {shown(endpoint)!r} can't be used: {error}") from error
    row = (manifest.begin_id, manifest.mask_id, manifest.end_id)
    runtime = RemoteRuntime(box, load_local, _tokens(folder, manifest), (row, 1))
    return replace(manifest, length=min(manifest.length, LENGTH)), runtime


def _tokens(folder: Path, manifest: Manifest) -> int:
    """How many tokens the model knows, without loading it."""
    names = [name for name in (manifest.input_embeddings, manifest.output_embeddings) if name]
    if names:
        weights = Weights(folder / "model.safetensors")
        return min(rows for name in names for rows in weights.shape(name)[:1])
    said = read_object(folder / "config.json").get("vocab_size")
    if type(said) is not int or not 0 < said < _MOST_TOKENS:
        raise ModelError(f"{folder}: its config says no vocab_size; get the model again")
    return said
