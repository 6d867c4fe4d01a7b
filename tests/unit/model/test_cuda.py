"""On a real card: what it says is what the processor says, and it may fail."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import tiny_models
from cards import EXACT, resident
from midword.model import devices
from midword.model.devices import Habits
from midword.model.errors import DeviceError
from midword.model.loading import load
from midword.model.masked_lm import MaskedLM
from midword.model.probation import load_somewhere
from tiny_models import GAPS, WORDS

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a card that torch reaches"),
]

RECORDED, LAUNCHED = Habits("float16", "recorded"), Habits("float16", "fixed")
COUNTS = (1, 2, 3, 5, 33, 64, 67)


def on_card(folder: Path, habits: Habits | None = None) -> MaskedLM:
    return resident(folder, habits, device="cuda")


@pytest.mark.parametrize("family", tiny_models.FAMILIES)
def test_a_card_ranks_as_the_processor(
    build_model: Callable[[str], Path], family: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = build_model(family)
    exact, card = resident(folder, EXACT), on_card(folder)
    assert not caplog.records, "every family's passes can be recorded"
    assert (card.runtime, card.device, card.batch) == ("torch", "cuda", 64)
    wanted = exact.word_probabilities(GAPS)
    for right, other in zip(wanted, card.word_probabilities(GAPS), strict=True):
        np.testing.assert_allclose(other, right, atol=5e-3)
        ranked = right[np.argsort(-other, kind="stable")][:20]
        assert (np.maximum.accumulate(ranked[::-1])[::-1] <= ranked * 1.02 + 1e-5).all()
    np.testing.assert_allclose(
        card.score_words(GAPS[3], WORDS), exact.score_words(GAPS[3], WORDS), atol=0.05
    )


def test_recorded_passes_are_the_launched_ones(tiny_model: Path) -> None:
    """Sizes in any order, for recordings share their memory."""
    recorded, launched = on_card(tiny_model, RECORDED), on_card(tiny_model, LAUNCHED)
    for count in (*COUNTS, *reversed(COUNTS)):
        begin = count % 7
        gaps = (GAPS * 2)[begin : begin + count]
        np.testing.assert_allclose(
            recorded.word_probabilities(gaps), launched.word_probabilities(gaps), atol=1e-6
        )
        np.testing.assert_allclose(
            recorded.score_words(gaps[0], WORDS), launched.score_words(gaps[0], WORDS), atol=1e-3
        )


def test_one_model_is_read_while_another_is_loaded(tiny_model: Path) -> None:
    model = on_card(tiny_model)
    wanted = model.word_probabilities(GAPS)
    words = model.score_words(GAPS[0], WORDS)
    is_over, failed = threading.Event(), []

    def read() -> None:
        try:
            while not is_over.is_set():
                found = model.word_probabilities(GAPS)
                np.testing.assert_allclose(found, wanted, atol=1e-6)
                np.testing.assert_allclose(model.score_words(GAPS[0], WORDS), words, atol=1e-3)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        others = [on_card(tiny_model) for _ in range(3)]
    finally:
        is_over.set()
        thread.join()
    assert not failed
    for other in others:
        np.testing.assert_allclose(other.word_probabilities(GAPS), wanted, atol=1e-6)


def test_what_a_model_held_is_given_back(tiny_model: Path) -> None:
    on_card(tiny_model)  # what libraries take at first they keep
    devices.trim()
    before = torch.cuda.memory_reserved()
    model = on_card(tiny_model)
    model.word_probabilities(GAPS)
    assert torch.cuda.memory_reserved() > before
    del model
    devices.trim()
    assert torch.cuda.memory_reserved() <= before


def test_too_little_memory_is_the_processors_turn(tiny_model: Path) -> None:
    devices.trim()
    torch.cuda.set_per_process_memory_fraction(1e-9)
    try:
        with pytest.raises(DeviceError, match="memory"):
            load(tiny_model, runtime="torch", device="cuda")
        model, trouble = load_somewhere(tiny_model, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert model.device == "cpu"
    assert "the processor reads instead" in trouble
    assert load(tiny_model, device="cuda").device == "cuda", "and it is no lasting harm"


LOST = """
import sys, torch
from midword.model.errors import DeviceError
from midword.model.loading import load
from midword.model.masked_lm import Gap

gap = Gap("the committee will meet on tuesday to ", " the budget")
card = load(sys.argv[1], device="cuda")
card.word_probabilities([gap])
try:
    torch.zeros(1, device="cuda")[torch.tensor([7], device="cuda")].cpu()  # ends its use for good
except RuntimeError:
    pass
try:
    card.word_probabilities([gap])
except DeviceError as error:
    print(error)
model = load(sys.argv[1], runtime=sys.argv[2], device="cpu")
(found,) = model.word_probabilities([gap])
print(model.device, model.vocabulary.forms[int(found.argmax())])
del card
from midword.model import devices
devices.trim()
"""


@pytest.mark.parametrize("runtime", ["auto", "torch"])
def test_a_card_that_is_lost_takes_nothing_along(tiny_model: Path, runtime: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOST, str(tiny_model), runtime],
        capture_output=True,
        text=True,
        check=False,
    )
    said, told = done.stdout.splitlines()
    assert "the device 'cuda' fails" in said
    assert told == "cpu discuss"
    assert done.returncode == 0, done.stderr
