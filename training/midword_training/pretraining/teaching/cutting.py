"""Make a teacher that reads the student's rows of an MPNet: the layers that still know words.

    python -m midword_training.pretraining.teaching.cutting MPNET --start DIR --layers 10 --out DIR

A sentence model's last layers have forgotten which word stood where; they are left out. The rest
gets the vocabulary of `--start`, so that one row of token ids is for both: what both have keeps its
row, a word that MPNet has in pieces begins as their mean. A sentence model has no head; the new one
begins near what the student says when it knows nothing. What comes out is trained as a model is,
by a recipe, and then teaches beside a run.
"""

from __future__ import annotations

import argparse
import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer, MPNetForMaskedLM

from midword_training.folders import replace_folder
from midword_training.pretraining import networks

_CALM = 0.3
"""What the new head says at first, beside full strength: a loud one would shake the layers."""

_ROLES = ("pad_token", "cls_token", "sep_token", "mask_token", "unk_token")


def cut(mpnet: Any, tokenizer: Any, student: Any, bias: Tensor, layers: int) -> Any:
    """The first `layers` of an MPNet, with a student's vocabulary and a head that is tied to it.

    Args:
        mpnet: its body.
        tokenizer: its own.
        student: the student's.
        bias: the student's, [vocabulary].
        layers: how many are kept.

    Raises:
        ValueError: it is no MPNet, or has not so many.
    """
    config = copy.deepcopy(mpnet.config)
    if config.model_type != "mpnet":
        raise ValueError(f"a model of type {config.model_type} can't be cut, only an MPNet")
    if not 0 < layers <= config.num_hidden_layers:
        raise ValueError(f"{layers} layers of {config.num_hidden_layers} can't be kept")
    rows = _rows(mpnet.get_input_embeddings().weight.detach(), tokenizer, student)
    config.num_hidden_layers, config.vocab_size = layers, len(rows)
    config.pad_token_id = student.pad_token_id
    config.bos_token_id, config.eos_token_id = student.cls_token_id, student.sep_token_id
    teacher = MPNetForMaskedLM(config)
    kept = {
        name: value
        for name, value in mpnet.state_dict().items()
        if name in teacher.mpnet.state_dict() and "word_embeddings" not in name
    }
    teacher.mpnet.load_state_dict(kept, strict=False)
    with torch.no_grad():
        teacher.get_input_embeddings().weight.copy_(rows)
        teacher.lm_head.bias.copy_(bias)
        torch.nn.init.eye_(teacher.lm_head.dense.weight)
        teacher.lm_head.layer_norm.weight.fill_(_CALM)
    teacher.tie_weights()
    return teacher


def _rows(own: Tensor, tokenizer: Any, student: Any) -> Tensor:
    """The student's tokens in the teacher's embeddings, [student's vocabulary, width]."""
    vocabulary = tokenizer.get_vocab()
    roles = {getattr(student, role): getattr(tokenizer, role) for role in _ROLES}
    tokens = student.get_vocab()
    rows = own.new_zeros(max(tokens.values()) + 1, own.shape[1])
    for token, row in tokens.items():
        its = vocabulary.get(roles.get(token, token))
        spelt = token.removeprefix("##")
        pieces = [its] if its is not None else tokenizer.encode(spelt, add_special_tokens=False)
        rows[row] = own[pieces].mean(0)
    return rows


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("mpnet", type=Path, help="the folder of an MPNet, perhaps a sentence model")
    parser.add_argument("--start", type=Path, required=True, help="the student: its vocabulary")
    parser.add_argument("--layers", type=int, default=10, help="how many are kept")
    parser.add_argument("--out", type=Path, required=True, help="a folder outside the checkout")
    arguments = parser.parse_args()
    student = AutoTokenizer.from_pretrained(arguments.start)
    bias = networks.read(arguments.start).get_output_embeddings().bias.detach()
    mpnet = AutoModel.from_pretrained(arguments.mpnet, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(arguments.mpnet)
    teacher = cut(mpnet, tokenizer, student, bias, arguments.layers)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    partial = arguments.out.with_name(arguments.out.name + ".partial")
    teacher.save_pretrained(partial)
    student.save_pretrained(partial)
    replace_folder(partial, arguments.out)


if __name__ == "__main__":
    main()
