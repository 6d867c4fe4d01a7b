"""Any Hugging Face masked language model, computing logits only where a question is asked.

A block asks about 15-30% of its tokens, yet `AutoModelForMaskedLM` multiplies every position by the
whole vocabulary: for a 6x384 model that is more work than the encoder itself. Two hooks change it
for every architecture alike. One keeps only the asked positions of the backbone's output; the other
takes the decoder out of the head, so that what comes out is the vector that the decoder would see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from midword.errors import UserError
from midword_training.masked.cross_entropy import CHUNK, ChunkedCrossEntropy, DenseGuide, chunk_of
from midword_training.masked.masking import Batch, there

ROLES_BY_POSITION = {"bert", "distilbert", "electra", "albert", "roberta", "camembert"}
"""Model types whose tokens may be given positions and visibility one by one (`cursor_row`)."""

_POSITIONS_AFTER_PADDING = {"roberta", "camembert", "xlm-roberta"}


class MaskedRows(nn.Module):
    """A masked LM with a loss over the asked positions.

    Raises UserError for an architecture whose head does not end in its output embeddings.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        kind = model.config.model_type
        padding = model.config.pad_token_id or 0
        self.first_position = padding + 1 if kind in _POSITIONS_AFTER_PADDING else 0
        # What accelerate shards one by one; in the rest two modules may share a weight.
        self._no_split_modules = sorted({type(layer).__name__ for layer in layers_of(model)})
        self._check(kind)

    def hidden(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The vectors before the decoder [questions, width], and the wanted ids [questions].

        `batch` is on the CPU: what it asks, and of what kind it is, is known there without waiting
        for a GPU.
        """
        device, plain = self.model.device, batch.plain
        asked, wanted = (there(each, device) for each in batch.questions)
        batch = batch.to(device)
        inputs: dict[str, Any] = {"input_ids": batch.ids}
        if plain:
            inputs["attention_mask"] = (batch.seen <= batch.reach).long()
        else:
            inputs["attention_mask"] = batch.attention(self.model.dtype)
            inputs["position_ids"] = batch.positions + self.first_position
        with self._only(asked):
            vectors: Tensor = self.model(**inputs).logits[0]
        return vectors, wanted

    @torch.no_grad()
    def guide(self, batch: Batch, pull: float) -> DenseGuide:
        """This network's answers to the batch's questions, for another one to stay close to."""
        vectors, _ = self.hidden(batch)
        decoder = self.model.get_output_embeddings()
        return DenseGuide(vectors, decoder.weight, decoder.bias, pull)

    def forward(self, batch: Batch, guide: DenseGuide | None = None) -> Tensor:
        """The sum of the losses of all questions, a float32 scalar.

        A `guide` adds to the gradients, not to the value: see `ChunkedCrossEntropy`.
        """
        vectors, wanted = self.hidden(batch)
        decoder = self.model.get_output_embeddings()
        if not len(wanted):  # each weight has a part in it: processes wait for all gradients
            used = [vectors, decoder.weight, *([] if decoder.bias is None else [decoder.bias])]
            return torch.stack([value.float().sum() * 0.0 for value in used]).sum()
        autocast = torch.is_autocast_enabled(vectors.device.type)
        if self.training and decoder.bias is not None and not autocast:
            loss: Tensor = ChunkedCrossEntropy.apply(
                vectors, decoder.weight, decoder.bias, wanted, guide
            )
            return loss * len(wanted)
        if self.training:
            logits = self.logits(vectors).float()
            loss = functional.cross_entropy(logits, wanted, reduction="sum")
            return loss if guide is None else loss + _only_gradient(_divergence(logits, guide))
        size = min(CHUNK, chunk_of(vectors))
        parts = [
            functional.cross_entropy(self.logits(vector).float(), targets, reduction="sum")
            for vector, targets in zip(vectors.split(size), wanted.split(size), strict=True)
        ]
        return torch.stack(parts).sum()

    def logits(self, vectors: Tensor) -> Tensor:
        """Logits [questions, vocabulary] of the vectors that `hidden` returns."""
        decoder = self.model.get_output_embeddings()
        return functional.linear(vectors, decoder.weight, decoder.bias)

    @contextmanager
    def _only(self, asked: Tensor) -> Iterator[None]:
        def keep_asked(_module: Any, _inputs: Any, output: Any) -> Any:
            states = output[0].flatten(0, 1)
            output["last_hidden_state"] = states.index_select(0, asked)[None]
            return output

        decoder = self.model.get_output_embeddings()
        hook = self.model.base_model.register_forward_hook(keep_asked)
        decoder.forward = lambda vectors: vectors
        try:
            yield
        finally:
            hook.remove()
            del decoder.forward

    @torch.no_grad()
    def _check(self, kind: str) -> None:
        """The shortcut must give the model's own logits; a wrong head shows at once."""
        was_training = self.model.training
        self.model.eval()
        device = self.model.get_input_embeddings().weight.device
        ids = torch.arange(5, 13, device=device)[None] % self.model.config.vocab_size
        asked = torch.tensor([3], device=device)
        own = self.model(input_ids=ids).logits[0, 3].float()
        try:
            with self._only(asked):
                short = self.logits(self.model(input_ids=ids).logits[0])[0].float()
            fits = torch.allclose(own, short, atol=0.05, rtol=0.02)
        except (RuntimeError, AttributeError, TypeError, KeyError):
            fits = False
        self.model.train(was_training)
        if not fits:
            raise UserError(
                f"masked language models of type {kind} can't be trained by Midword yet"
            )


def _divergence(logits: Tensor, guide: DenseGuide) -> Tensor:
    """`pull` times the divergence of the guide's distributions, summed over the questions."""
    theirs = functional.linear(guide.vectors, guide.weight, guide.bias).float()
    shares = logits.log_softmax(-1), theirs.log_softmax(-1)
    return guide.pull * functional.kl_div(*shares, reduction="sum", log_target=True)


def _only_gradient(value: Tensor) -> Tensor:
    return value - value.detach()


def layers_of(model: Any) -> Sequence[nn.Module]:
    """The encoder's layers, the lowest first; none where the architecture keeps them otherwise."""
    stacks = (
        list(module)
        for name, module in model.base_model.named_modules()
        if name.rpartition(".")[2] in ("layer", "layers") and isinstance(module, nn.ModuleList)
    )
    return next(stacks, [])


def load_pretrained(folder: Path | str) -> tuple[Any, Any]:
    """The model (float32) and tokenizer of a local folder; safetensors only, no remote code.

    Raises:
        UserError: there is no such model, or it is not a masked language model.
    """
    from transformers import AutoModelForMaskedLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # a model of this size is there at once
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForMaskedLM.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
            attn_implementation="sdpa" if torch.cuda.is_available() else "eager",
        )
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"{folder} is not a masked language model with safetensors weights ({reason})"
        ) from error
    if tokenizer.mask_token_id is None or not tokenizer.is_fast:
        raise UserError(f"{folder}: its tokenizer has no mask token or no tokenizer.json")
    return model, tokenizer
