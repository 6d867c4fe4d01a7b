"""Tensors are mapped from safetensors files, and damage is a message."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from midword.model.errors import ModelError
from midword.model.weights import Weights


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.bfloat16])
def test_rows_are_what_was_saved(tmp_path: Path, dtype: torch.dtype) -> None:
    path = tmp_path / "model.safetensors"
    matrix = torch.randn(7, 5).to(dtype)
    save_file({"first": torch.ones(3), "matrix": matrix}, path)
    ids = np.array([[6, 0], [2, 2]])
    rows = Weights(path).rows("matrix", ids)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, matrix.float().numpy()[ids])
    assert Weights(path).shape("first") == (3,)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x05", b"\xff" * 8, b"\x02\0\0\0\0\0\0\0{x", b"x" * 100],
)
def test_damage_is_a_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="get the model again"):
        Weights(path)


def test_a_file_that_is_cut_off_is_found_at_once(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"matrix": torch.ones(100, 100)}, path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelError, match="cut off"):
        Weights(path)


def test_a_missing_file_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        Weights(tmp_path / "model.safetensors")
