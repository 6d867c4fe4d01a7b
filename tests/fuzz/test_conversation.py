"""About two minutes of what `python tests/fuzz/run.py` does for as long as one likes."""

from __future__ import annotations

import pytest
from conversation import World
from editing import Editing
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import run_state_machine_as_test
from transport import check, streams

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@pytest.mark.timeout(600)
@settings(max_examples=2000, deadline=None, suppress_health_check=SLOW)
@given(stream=streams())
def test_any_bytes(world: World, stream: list[bytes]) -> None:
    check(world, stream)


@pytest.mark.timeout(600)
def test_any_editing(world: World) -> None:
    Editing.world = world
    run_state_machine_as_test(
        Editing,
        settings=settings(
            max_examples=1500, stateful_step_count=25, deadline=None, suppress_health_check=SLOW
        ),
    )
