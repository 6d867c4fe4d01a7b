"""Exact cross-entropy over a large vocabulary without ever holding all logits."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import torch
from torch import Tensor

CHUNK = 640
"""The most rows whose logits exist at one time: [640, 38k] bf16 is 49 MB."""

_CHUNK_ON_GPU = 16_384

_kept = threading.local()


class Guide(NamedTuple):
    """Another model's answers to the same questions, to stay close to.

    vectors [rows, width], weight [vocabulary, width] and bias [vocabulary] or None make its logits;
    `pull` is how much the divergence from them counts beside the cross-entropy.
    """

    vectors: Tensor
    weight: Tensor
    bias: Tensor | None
    pull: float


def _chunk(device: torch.device) -> int:
    return CHUNK if device.type == "cpu" else _CHUNK_ON_GPU


def _logits_buffer(like: Tensor, vocabulary: int, use: str) -> Tensor:
    """A [chunk, vocabulary] buffer that a thread keeps: fresh pages cost more than the product."""
    buffer: Tensor | None = getattr(_kept, use, None)
    wanted = (vocabulary, like.dtype, like.device)
    if buffer is None or (buffer.shape[1], buffer.dtype, buffer.device) != wanted:
        buffer = like.new_empty(_chunk(like.device), vocabulary)
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
        chunks = -(-rows // _chunk(hidden.device))
        grad_hidden = torch.empty_like(hidden)
        widened = hidden.new_zeros(rows, width + 16)
        widened[:, :width] = hidden
        widened[:, width] = 1
        grad_weight = hidden.new_zeros(len(weight), width + 16)
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        buffer = _logits_buffer(hidden, len(weight), "logits")
        guides = guide.vectors.chunk(chunks) if guide else [None] * chunks
        for part, wide, wanted, out, vectors in zip(
            hidden.chunk(chunks),
            widened.chunk(chunks),
            target[:, None].chunk(chunks),
            grad_hidden.chunk(chunks),
            guides,
            strict=True,
        ):
            logits = torch.addmm(bias, part, weight.t(), out=buffer[: len(part)])
            share = torch.softmax(logits, 1, out=logits)
            likelihood = share.gather(1, wanted)
            loss -= likelihood.float().clamp_min(1e-30).log().sum()
            if guide and vectors is not None:
                other = _logits_buffer(hidden, len(weight), "guide")[: len(part)]
                torch.mm(vectors, guide.weight.t(), out=other)
                if guide.bias is not None:
                    other += guide.bias
                torch.softmax(other, 1, out=other)
                share.mul_(1 + guide.pull).sub_(other, alpha=guide.pull)
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
