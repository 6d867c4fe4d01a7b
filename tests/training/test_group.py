"""Processes that train together: what is checked, and what is refused."""

import threading
from pathlib import Path

import pytest
from accelerate.utils import DistributedType

from midword.errors import UserError
from midword_training.group import compare, join_group, refuse_sharding, sees


def test_a_launch_that_would_shard_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (DistributedType.NO, DistributedType.MULTI_CPU, DistributedType.MULTI_GPU):
        refuse_sharding(kind)
    for kind in (DistributedType.FSDP, DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM):
        with pytest.raises(UserError, match=kind.value):
            refuse_sharding(kind)
    refuse_sharding(DistributedType.FSDP, accepted=True)
    # On CPUs accelerate says nothing of the FSDP that it was asked for.
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    for may_shard in (False, True):
        with pytest.raises(UserError, match="FSDP"):
            join_group(cpu=True, may_shard=may_shard)


def test_nodes_that_do_not_fit_together_are_named(tmp_path: Path) -> None:
    def told(node: str, *, seen: bool = True, torch: str = "2.13") -> dict[str, object]:
        return {"node": node, "seen": seen, "has": {"torch": torch, "the model": "abc"}}

    compare([told("a"), told("a"), told("b")], tmp_path)
    with pytest.raises(UserError, match=f"b can't see {tmp_path}"):
        compare([told("a"), told("b", seen=False)], tmp_path)
    with pytest.raises(UserError, match=r"b has torch 2\.4, a 2\.13"):
        compare([told("a"), told("b", torch="2.4")], tmp_path)


def test_a_file_that_comes_late_is_seen(tmp_path: Path) -> None:
    sign = tmp_path / "group"
    assert not sees(sign, "word", seconds=0)
    sign.write_text("older")
    late = threading.Timer(0.3, sign.write_text, ["word"])
    late.start()
    assert sees(sign, "word")
    late.join()
