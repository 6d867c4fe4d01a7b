"""Devices by name: which are there, and what is said of those that are not, or that fail."""

import typing

import pytest
import torch

from midword import choices
from midword.model import devices
from midword.model.devices import CARDS, DEVICES
from midword.model.errors import DeviceError


def test_every_device_that_can_be_chosen_is_known() -> None:
    assert set(typing.get_args(choices.Device)) == {"auto", *DEVICES}
    assert "cpu" in DEVICES
    assert "cpu" not in CARDS


def test_the_best_that_is_there_is_taken() -> None:
    assert devices.choose("cpu") == "cpu"
    assert devices.choose("auto") == next(name for name in DEVICES if devices.is_there(name))
    for name in ["tpu", "", *(card for card in CARDS if not devices.is_there(card))]:
        with pytest.raises(DeviceError, match="set device to auto or cpu"):
            devices.choose(name)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), "2.00 GiB"),
        (
            RuntimeError("CUDA error: unspecified launch failure\nFor debugging ..."),
            "launch failure)",
        ),
        (ValueError("what comes out are no numbers"), "no numbers"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_what_a_card_says_is_one_line(error: Exception, said: str) -> None:
    with (
        pytest.raises(DeviceError, match="the device 'cuda' fails") as told,
        devices.failures("cuda"),
    ):
        raise error
    assert said in str(told.value)
    assert "\n" not in str(told.value)
    assert "debugging" not in str(told.value)
    with pytest.raises(type(error)), devices.failures("cpu"):
        raise error


def test_what_a_card_kept_is_given_back_where_there_is_none() -> None:
    devices.trim()
