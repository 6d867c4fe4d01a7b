"""What a card does, on the processor: half precision, fixed shapes, and no wait within a pass."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import tiny_models
from cards import EXACT, LIKE_A_CARD, resident
from midword.model.buckets import SIZES
from midword.model.devices import Habits
from midword.model.network import Network
from tiny_models import GAPS, WORDS

each_family = pytest.mark.parametrize("family", tiny_models.FAMILIES)


@each_family
def test_half_precision_in_fixed_shapes_ranks_alike(
    build_model: Callable[[str], Path], family: str
) -> None:
    folder = build_model(family)
    exact, card = resident(folder, EXACT), resident(folder, LIKE_A_CARD)
    wanted = exact.word_probabilities(GAPS)
    found = card.word_probabilities(GAPS)
    for right, other in zip(wanted, found, strict=True):
        np.testing.assert_allclose(other, right, atol=5e-3)
        # The order is the same, but for words that are likely to within what fp16 tells apart.
        ranked = right[np.argsort(-other, kind="stable")][:20]
        assert (np.maximum.accumulate(ranked[::-1])[::-1] <= ranked * 1.02 + 1e-5).all()
    np.testing.assert_allclose(
        card.score_words(GAPS[3], WORDS), exact.score_words(GAPS[3], WORDS), atol=0.05
    )


@pytest.mark.parametrize("count", [1, 2, 3, 5, 64, 67])
def test_fixed_shapes_change_nothing(tiny_model: Path, count: int) -> None:
    """Whatever was read before in the rows that a shape has too many."""
    free, fixed = resident(tiny_model, EXACT), resident(tiny_model, Habits("float32", "fixed"))
    fixed.word_probabilities(GAPS[-64:])
    wanted = free.word_probabilities(GAPS[:count])
    found = fixed.word_probabilities(GAPS[:count])
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    again = fixed.word_probabilities(GAPS[:1])
    np.testing.assert_allclose(again[0], found[0], atol=1e-5)
    many = [*WORDS, "budgeting", "flowery"] * 2
    np.testing.assert_allclose(
        fixed.score_words(GAPS[3], many), free.score_words(GAPS[3], many), atol=1e-4
    )


class Watch(TorchDispatchMode):
    """Notes what a pass can't be recorded with: a value read, a tensor of another device."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        tensors = [t for t in tree_leaves((args, kwargs, result)) if isinstance(t, torch.Tensor)]
        if len({tensor.device for tensor in tensors}) > 1 or torch.Tag.data_dependent_output in (
            func.tags
        ):
            self.found.append(str(func))
        return result


class Making(TorchFunctionMode):
    """Notes tensors that are made of Python's numbers, which a recording can't bring to a card."""

    def __init__(self, found: list[str]) -> None:
        super().__init__()
        self.found = found

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.tensor, torch.as_tensor, torch.from_numpy):
            self.found.append(func.__name__)
        return func(*args, **(kwargs or {}))


def pass_on_a_card_that_is_not_there(folder: Path, also: Callable[[Any], None]) -> list[str]:
    """What of a pass waits: its tensors have no values, and lie on a device of their own."""
    config = transformers.AutoConfig.from_pretrained(folder)
    config.dtype = torch.float16
    with FakeTensorMode(), torch.device("meta"):
        network = Network(transformers.AutoModelForMaskedLM.from_config(config))
        network.choose(torch.arange(40))
        ids, attention, places = (
            torch.zeros(shape, dtype=torch.int64) for shape in [(8, 32), (8, 32), (8,)]
        )
        with torch.inference_mode(), Watch() as watch, Making(watch.found):
            vectors = network.vectors(ids, attention, places)
            found = network.probabilities(vectors)
            also(vectors)
    assert found.shape == (8, 40)
    assert (found.dtype, vectors.dtype) == (torch.float32, torch.float16)
    return watch.found


@each_family
def test_no_pass_waits_for_a_value(build_model: Callable[[str], Path], family: str) -> None:
    """So each can be recorded; and what waits would be found."""
    folder = build_model(family)
    assert pass_on_a_card_that_is_not_there(folder, lambda _: None) == []
    with pytest.raises(RuntimeError, match=r"local_scalar_dense|[Dd]ata.dependent"):
        pass_on_a_card_that_is_not_there(folder, lambda vectors: bool(vectors.any()))
    for waits in (torch.Tensor.cpu, lambda vectors: vectors[torch.tensor([0], device="cpu")]):
        assert pass_on_a_card_that_is_not_there(folder, waits)


def test_shapes_are_powers_of_two() -> None:
    assert SIZES == (1, 2, 4, 8, 16, 32, 64)
