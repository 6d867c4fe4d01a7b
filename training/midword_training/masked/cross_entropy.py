"""Exact cross-entropy over a large vocabulary without ever holding all logits."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from midword_training.masked.masking import there

CHUNK = 640
"""The most rows whose logits exist at one time: [640, 38k] bf16 is 49 MB, as are 320 in float32."""

_CHUNK_ON_GPU = 16_384

_TINY = 1e-6

_kept = threading.local()


class Guide(Protocol):
    """Another model's answers to the same questions, to stay close to."""

    def lean(self, share: Tensor, begin: int) -> None:
        """Add the gradient by the logits of the divergence from the answers, in place.

        Args:
            share: the distributions [rows, vocabulary] of the questions from `begin` on.
            begin: the first of these questions.
        """


class DenseGuide(NamedTuple):
    """The whole distributions of another network over the same vocabulary.

    vectors [rows, width], weight [vocabulary, width] and bias [vocabulary] or None make its logits;
    `pull` is how much the divergence from them counts beside the cross-entropy.
    """

    vectors: Tensor
    weight: Tensor
    bias: Tensor | None
    pull: float

    def lean(self, share: Tensor, begin: int) -> None:
        """Add `pull` times what the distributions differ by."""
        other = _logits_buffer(self.vectors, len(self.weight), "guide")[: len(share)]
        torch.mm(self.vectors[begin : begin + len(share)], self.weight.t(), out=other)
        if self.bias is not None:
            other += self.bias
        torch.softmax(other, 1, out=other)
        share.mul_(1 + self.pull).sub_(other, alpha=self.pull)


class PartGuide(NamedTuple):
    """A guide for some of the questions: `asked`, in order, on the CPU; `of_them` counts these."""

    asked: Tensor
    of_them: Guide

    def lean(self, share: Tensor, begin: int) -> None:
        """Let it lean the rows of its own questions."""
        first, last = _among(self.asked, begin, len(share))
        if first < last:
            rows = there(self.asked[first:last] - begin, share.device)
            mine = share[rows]
            self.of_them.lean(mine, first)
            share[rows] = mine


class Guides(NamedTuple):
    """Several guides, of questions that are not the same."""

    each: Sequence[Guide]

    def lean(self, share: Tensor, begin: int) -> None:
        """Let each lean its own rows."""
        for guide in self.each:
            guide.lean(share, begin)


class ListedGuide(NamedTuple):
    """The likeliest words at some questions, as one says them who knows only some of the words.

    asked [answers] are the questions, in order, and lie on the CPU, so that nobody waits for a GPU.
    words [answers, top] and shares [answers, top] are what was said of them, shares among all
    `sayable` words, bool [vocabulary]. What the listed words leave is for the other sayable words
    together: how it is parted among them is not said. Words that aren't sayable are not judged.
    `pull` is as a `DenseGuide`'s.
    """

    asked: Tensor
    words: Tensor
    shares: Tensor
    sayable: Tensor
    pull: float

    def lean(self, share: Tensor, begin: int) -> None:
        """Add `pull` times what the distributions over the sayable words differ by."""
        first, last = _among(self.asked, begin, len(share))
        rows, words = there(self.asked[first:last] - begin, share.device), self.words[first:last]
        wanted = self.shares[first:last].float()
        mine = share[rows].mul_(self.sayable)
        mine /= mine.sum(1, keepdim=True, dtype=torch.float32).clamp_min(_TINY).to(mine.dtype)
        listed = mine.gather(1, words).float()
        mine.scatter_(1, words, 0.0)
        rest = mine.sum(1, keepdim=True, dtype=torch.float32).clamp_min(_TINY)
        wanted_rest = (1 - wanted.sum(1, keepdim=True)).clamp_min(0)
        mine.mul_(1 - wanted_rest / rest)
        mine.scatter_(1, words, (listed - wanted).to(mine.dtype))
        share.index_add_(0, rows, mine, alpha=self.pull)


def _among(asked: Tensor, begin: int, count: int) -> tuple[int, int]:
    """First and last + 1 of the sorted numbers `asked` that are among `count` ones from `begin`."""
    edges = torch.tensor([begin, begin + count])
    first, last = torch.searchsorted(asked, edges).tolist()
    return first, last


def chunk_of(vectors: Tensor) -> int:
    """The most vectors [rows, width] whose logits may exist at one time."""
    if vectors.device.type != "cpu":
        return _CHUNK_ON_GPU
    return CHUNK * 2 // max(2, vectors.element_size())


def _logits_buffer(like: Tensor, vocabulary: int, use: str) -> Tensor:
    """A [chunk, vocabulary] buffer that a thread keeps: fresh pages cost more than the product."""
    buffer: Tensor | None = getattr(_kept, use, None)
    wanted = (vocabulary, like.dtype, like.device)
    if buffer is None or (buffer.shape[1], buffer.dtype, buffer.device) != wanted:
        buffer = like.new_empty(chunk_of(like), vocabulary)
        setattr(_kept, use, buffer)
    return buffer


class ChunkedCrossEntropy(torch.autograd.Function):
    """Mean of -log softmax(hidden @ weight.T + bias)[target], a chunk of rows at a time.

    hidden [rows, width], weight [vocabulary, width] and bias [vocabulary] of one dtype, target
    [rows] int64. The gradients are made beside the loss, chunk by chunk, so that the logits need
    not be kept or made again. A column of ones beside `hidden` makes the bias's gradient a part of
    the weight's product; summing the columns by itself takes a third as long as that product.

    With a `guide` the gradients are those of the mean plus `pull` times the Kullback-Leibler
    divergence of the guide's distribution from this one (learning without forgetting, Li and Hoiem
    2016, https://arxiv.org/abs/1606.09282); the value stays the cross-entropy.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor,
        target: Tensor,
        guide: Guide | None = None,
    ) -> Tensor:
        """The mean loss, an fp32 scalar."""
        rows, width = hidden.shape
        chunks = -(-rows // chunk_of(hidden))
        grad_hidden = torch.empty_like(hidden)
        widened = hidden.new_zeros(rows, width + 16)
        widened[:, :width] = hidden
        widened[:, width] = 1
        grad_weight = hidden.new_zeros(len(weight), width + 16)
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        buffer = _logits_buffer(hidden, len(weight), "logits")
        begin = 0
        for part, wide, wanted, out in zip(
            hidden.chunk(chunks),
            widened.chunk(chunks),
            target[:, None].chunk(chunks),
            grad_hidden.chunk(chunks),
            strict=True,
        ):
            logits = torch.addmm(bias, part, weight.t(), out=buffer[: len(part)])
            share = torch.softmax(logits, 1, out=logits)
            likelihood = share.gather(1, wanted)
            loss -= likelihood.float().clamp_min(1e-30).log().sum()
            if guide is not None:
                guide.lean(share, begin)
            begin += len(part)
            share.scatter_add_(1, wanted, torch.full_like(likelihood, -1))
            torch.mm(share, weight, out=out)
            grad_weight.addmm_(share.t(), wide)
        ctx.save_for_backward(grad_hidden, grad_weight)
        ctx.rows = rows
        return loss / rows

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor, Tensor, Tensor, None, None]:
        """Scale the gradients made in `forward`."""
        hidden, wide = ctx.saved_tensors
        scale = (grad_outputs[0] / ctx.rows).to(hidden.dtype)
        wide.mul_(scale)
        width = hidden.shape[1]
        return hidden.mul_(scale), wide[:, :width], wide[:, width].contiguous(), None, None
