"""The networks that pre-training reads rows with: BERT, which is served, and MPNet, which teaches.

In a cursor row a token's place says nothing: positions and who sees whom come with the row. BERT
takes both as they are. MPNet adds to its scores how far two tokens stand apart (Song et al. 2020,
https://arxiv.org/abs/2004.09297), which `transformers` reckons from their places; so its layers are
called one by one here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import gelu
from transformers import AutoConfig, AutoModelForMaskedLM

from midword_training.masked.masking import Batch

_MPNET_FIRST = 2
"""The row of MPNet's position embeddings that a row's first token has."""


def read(folder: Path, attention: str = "eager") -> Any:
    """The network of a Hugging Face folder, in float32.

    Raises:
        ValueError: it is of another kind.
    """
    kind = AutoConfig.from_pretrained(folder).model_type
    if kind not in ("bert", "mpnet"):
        raise ValueError(f"{folder} is of type {kind}: pre-training knows bert and mpnet")
    model = AutoModelForMaskedLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation=attention if kind == "bert" else "eager",
    )
    if kind == "mpnet":  # else the word at the place of its own padding would never be learnt
        model.mpnet.embeddings.word_embeddings.padding_idx = model.config.pad_token_id
    return model


def states(model: Any, batch: Batch) -> Tensor:
    """What a network makes of the tokens of a batch on its device: [rows, length, width]."""
    attention = batch.attention(model.dtype)
    if model.config.model_type == "mpnet":
        return _by_positions(model.mpnet, batch, attention)
    found: Tensor = model.bert(
        batch.ids, attention_mask=attention, position_ids=batch.positions
    ).last_hidden_state
    return found


def _by_positions(mpnet: Any, batch: Batch, attention: Tensor) -> Tensor:
    found: Tensor = mpnet.embeddings(batch.ids, batch.positions + _MPNET_FIRST)
    apart = batch.positions[:, None, :] - batch.positions[:, :, None]
    encoder = mpnet.encoder
    bias = encoder.relative_attention_bias(encoder.relative_position_bucket(apart))
    attention = attention + bias.permute(0, 3, 1, 2)
    for layer in encoder.layer:
        found = layer(found, attention)[0]
    return found


def vectors(model: Any, asked: Tensor) -> Tensor:
    """What the output embeddings multiply, [questions, width], from the states that are asked."""
    if model.config.model_type == "mpnet":
        head = model.lm_head
        found: Tensor = head.layer_norm(gelu(head.dense(asked)))
    else:
        found = model.cls.predictions.transform(asked)
    return found
