"""Passes on a card: rows in a few fixed shapes, so that one can be recorded for each.

A pass is one copy there, one computation, and one copy back, of which the processor waits for the
last alone. Rows that a shape has too many are read in vain; they cost a card next to nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import torch

from midword.model import graphs
from midword.model.network import Network
from midword.model.runtime import Floats, Ids, Rows

SIZES = (1, 2, 4, 8, 16, 32, 64)  # rows of a pass


class Buckets:
    """A network on its device, with all memory that its passes need.

    Args:
        network: whose words are chosen.
        length: tokens of a row.
        pad_id: the token behind a shorter row's last.
        is_recorded: whether a pass is a CUDA graph; else its kernels are launched one by one.

    Raises:
        RuntimeError: the device's memory is too small.
    """

    def __init__(self, network: Network, length: int, pad_id: int, *, is_recorded: bool) -> None:
        most, like = SIZES[-1], network.like
        is_cuda = like.device.type == "cuda"
        self._network, self._length, self._pad_id = network, length, pad_id
        self._stream = torch.cuda.Stream(like.device) if is_cuda else None
        # A row is its ids, its attention and its mask's place: one copy brings all.
        width = 2 * length + 1
        self._staged = torch.zeros(most, width, dtype=torch.int64, pin_memory=is_cuda)
        self._staged[:, length] = 1  # no row is all padding, not even one that nobody wrote
        self._rows = self._staged.to(like.device)
        self._vectors = like.new_zeros(most, like.shape[1])
        self._found = torch.zeros(most, network.words, device=like.device)
        self._fetched = torch.zeros(most, network.words, pin_memory=is_cuda)
        if self._stream is not None:  # what lies there was written in another stream
            self._stream.wait_stream(torch.cuda.current_stream(like.device))
        self._recorded: graphs.Passes = {}
        if is_recorded:
            assert self._stream is not None
            with torch.no_grad():
                self._recorded = graphs.capture(self._compute, SIZES, self._stream)

    def probabilities(self, rows: Rows) -> Floats:
        """Of the network's words: float32 [rows, words], overwritten by the next call."""
        count = len(rows.ids)
        with self._turn():
            self._read(rows)
            return self._fetch(self._fetched[:count], self._found[:count])

    def log_probabilities(self, rows: Rows, at: Ids, tokens: Ids) -> Floats:
        """See :class:`midword.model.runtime.Runtime`."""
        with self._turn():
            self._read(rows)
            wanted = torch.from_numpy(np.stack([at, tokens])).to(self._rows.device)
            found = self._network.log_probabilities(self._vectors[: len(rows.ids)], *wanted)
            return np.asarray(found.cpu().numpy(), dtype=np.float32)

    def _read(self, rows: Rows) -> None:
        """Leave the rows' vectors and probabilities on the device; they may not be there yet."""
        count, longest = rows.ids.shape
        length, staged = self._length, self._staged.numpy()
        staged[:count, :length] = self._pad_id
        staged[:count, length:-1] = 0
        staged[:count, :longest] = rows.ids
        staged[:count, length : length + longest] = rows.attention
        staged[:count, -1] = rows.places
        size = next(size for size in SIZES if size >= count)
        self._rows[:size].copy_(self._staged[:size], non_blocking=self._stream is not None)
        if (replay := self._recorded.get(size)) is not None:
            replay()
        else:
            self._compute(size)

    def _compute(self, size: int) -> None:
        """The one computation of a pass, from tensors that stay to tensors that stay."""
        length = self._length
        ids, attention, places = self._rows[:size].split((length, length, 1), dim=1)
        vectors = self._network.vectors(ids, attention, places.squeeze(1))
        self._vectors[:size].copy_(vectors)
        self._found[:size].copy_(self._network.probabilities(vectors))

    def _fetch(self, here: torch.Tensor, there: torch.Tensor) -> Floats:
        """Wait for what a device computed; the one wait of a pass."""
        if self._stream is None:
            here.copy_(there)
        else:
            here.copy_(there, non_blocking=True)
            self._stream.synchronize()
        return np.asarray(here.numpy(), dtype=np.float32)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        # Not in inference mode: tensors that a first capture leaves for later ones, also of other
        # parts of a process, could be written in no other (pytorch#166792).
        with torch.no_grad():
            if self._stream is None:
                yield
            else:
                with graphs.CARD, torch.cuda.stream(self._stream):
                    yield
