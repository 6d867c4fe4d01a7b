"""Word lists in .npz files that somebody else made."""

from pathlib import Path

import numpy as np
import pytest

import hostile_models
from midword.suggest.arrays import open_arrays
from midword.suggest.lexicon import Lexicon
from midword.suggest.phrases import Phrases

HEADER = hostile_models.npy_header


def test_arrays_are_what_was_saved(tmp_path: Path) -> None:
    arrays = {
        "bytes": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "by_columns": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
        "none": np.zeros(0, np.uint32),
    }
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    with open_arrays(tmp_path / "a.npz") as opened:
        for name, array in arrays.items():
            assert name in opened
            np.testing.assert_array_equal(opened[name], array)
        assert "other" not in opened


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x09\x00\x00\x00",
        HEADER((10**15,)),
        HEADER((-1,)),
        HEADER((2, 2)) + bytes(3),
        HEADER((1 << 62, 1 << 62)),
        HEADER((1,), "|O") + bytes(8),
        HEADER((1,), "<U4") + bytes(16),
        HEADER((1,), "<M8[s]") + bytes(8),
        b"\x93NUMPY\x01\x00\xf0\x00" + b"(" * 240,
        b"\x93NUMPY\x01\x00\x40\x00" + b"{'descr': 1, 'fortran_order': 2, 'shape': 3}".ljust(64),
    ],
)
def test_a_damaged_array(tmp_path: Path, data: bytes) -> None:
    hostile_models.npz_with("a.npz", "keys.npy", data)(tmp_path)
    with pytest.raises(ValueError, match=r"."), open_arrays(tmp_path / "a.npz") as opened:
        opened["keys"]


@pytest.mark.parametrize("length", range(0, 700, 23))
def test_a_list_that_is_cut_off(tmp_path: Path, length: int) -> None:
    path = tmp_path / "lexicon.npz"
    Lexicon.from_counts({"may": 3, "the": 9}).save(path)
    path.write_bytes(path.read_bytes()[:length])
    for read in (Lexicon.load, Phrases.load):
        with pytest.raises(ValueError, match=r"."):
            read(path)


def test_words_out_of_order_would_be_searched_in_vain(tmp_path: Path) -> None:
    lexicon = Lexicon(["b", "a"], ["b", "a"], np.ones(2, np.float32), np.ones(2, np.float32))
    lexicon.save(tmp_path / "lexicon.npz")
    with pytest.raises(ValueError, match="out of order"):
        Lexicon.load(tmp_path / "lexicon.npz")
