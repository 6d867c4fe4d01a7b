"""Models in memory: loaded once for all who hold them, and gone with the last of these."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from midword.engine.choice import ModelChoice
from midword.engine.engine import Engine
from midword.engine.reader import Reader
from midword.heap import lasting
from midword.settings import Settings
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze


class Cyclic:
    """Something that only the collector ends."""

    def __init__(self) -> None:
        self.itself = self


class Listener:
    """Holds leases, and writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Reader, str]] = []

    def model_changed(self, reader: Reader) -> None:
        self.told.append((reader, reader.state))


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
def choice(tiny_model: Path) -> ModelChoice:
    return ModelChoice.of(Settings(model=str(tiny_model)))


@pytest.fixture
def other(tiny_model: Path) -> ModelChoice:
    return ModelChoice.of(Settings(model=str(tiny_model), threads=2))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def ready(engine: Engine, owner: Listener) -> Reader:
    """The owner's one reader, once the owner was told that it is ready."""
    (reader,) = engine.readers(owner)
    await until(lambda: (reader, "ready") in owner.told)
    return reader


async def test_two_share_what_both_chose(engine: Engine, choice: ModelChoice) -> None:
    one, two = Listener(), Listener()
    engine.lease(one, [choice])
    reader = await ready(engine, one)
    assert one.told == [(reader, "loading"), (reader, "ready")]
    assert engine.reader(two, choice) is engine.reader(two, choice) is reader
    assert await ready(engine, two) is reader
    assert two.told == [(reader, "ready")]
    assert len(one.told) == 2, "others hear nothing of a newcomer"
    assert reader.writers == 2
    engine.release(one)
    assert engine.all_readers == [reader]
    assert reader.writers == 1
    assert engine.readers(one) == []
    engine.release(two)
    assert engine.all_readers == []


async def test_another_choice_replaces_the_one_before(
    engine: Engine, choice: ModelChoice, other: ModelChoice
) -> None:
    owner = Listener()
    engine.lease(owner, [choice])
    first = await ready(engine, owner)
    engine.lease(owner, [other])
    second = await ready(engine, owner)
    assert second is not first
    assert engine.all_readers == [second]
    engine.reload(owner)
    engine.lease(owner, [other])
    assert await ready(engine, owner) not in (first, second)


async def test_the_latest_model_lingers(
    tiny_model: Path, choice: ModelChoice, other: ModelChoice
) -> None:
    engine, owner = Engine(linger=60.0), Listener()
    engine.lease(owner, [choice])
    first = await ready(engine, owner)
    engine.lease(owner, [other])
    second = await ready(engine, owner)
    assert engine.all_readers == [first, second], "one that nobody holds stays"
    engine.release(owner)
    assert engine.all_readers == [second], "but the latest only"
    engine.rest(idle=60.0)
    assert engine.all_readers == [second]
    engine.rest(idle=0.0)
    assert engine.all_readers == []
    engine.close()


async def test_a_gap_that_was_read_ahead_is_answered_at_once(
    engine: Engine, choice: ModelChoice, at: Callable[[str], Cloze]
) -> None:
    owner, cloze = Listener(), at("the committee will meet on tuesday to |")
    engine.lease(owner, [choice])
    (reader,) = engine.readers(owner)
    reader.read_ahead(cloze, owner=owner)  # with what, is not known yet
    await ready(engine, owner)
    assert not reader.can_answer(cloze)
    reader.read_ahead(cloze, owner=owner)
    await until(lambda: reader.can_answer(cloze))
    engine.rest(idle=0.0)
    reader.read_ahead(cloze, owner=owner)
    assert reader.state == "loading", "who types will want the model again"
    await until(reader.settled.done)


async def test_a_model_rests_until_somebody_asks(
    engine: Engine, choice: ModelChoice, at: Callable[[str], Cloze]
) -> None:
    owner, cloze = Listener(), at("the committee will meet on tuesday to |")

    def work(suggester: Suggester) -> tuple[str, bool]:
        return suggester.suggest(cloze)[0].word, suggester.model is not None

    engine.lease(owner, [choice])
    (reader,) = engine.readers(owner)
    assert not reader.rest(), "there is nothing yet to let go of"
    await ready(engine, owner)
    assert await reader.ask(work, owner=owner, cloze=cloze) == ("discuss", True)
    engine.rest(idle=0.0)
    assert engine.readers(owner) == [reader], "it is held"
    assert reader.state == "resting"
    assert reader.suggester is not None
    assert reader.suggester.model is None
    assert not reader.rest()
    assert not reader.can_answer(cloze)
    assert reader.state == "loading"
    assert await reader.ask(work, owner=owner, cloze=cloze) == ("discuss", True)
    assert reader.can_answer(cloze)
    assert await reader.ask(work, owner=owner) == ("discuss", True), "of whatever gaps"


async def test_without_a_model_words_come_from_elsewhere(
    engine: Engine, at: Callable[[str], Cloze]
) -> None:
    owner, cloze = Listener(), at("the weather was re|")
    engine.lease(owner, [ModelChoice.of(Settings(model="none such"))])
    (reader,) = engine.readers(owner)
    await until(lambda: (reader, "degraded") in owner.told)
    assert "none such" in reader.problem
    found = await reader.ask(lambda suggester: suggester.suggest(cloze), owner=owner, cloze=cloze)
    assert found
    assert {item.source for item in found} == {"dictionary"}


async def test_what_must_not_be_lost_is_waited_for(engine: Engine) -> None:
    gate, done = threading.Event(), []
    engine.learner.submit(lambda: gate.wait(60))
    saved = engine.save(lambda: done.append("saved"))
    asyncio.get_running_loop().call_later(0.05, gate.set)
    await asyncio.to_thread(engine.finish)
    assert done == ["saved"]
    assert saved.done()
    engine.finish()  # nothing waits any more


def test_names_of_one_model_are_one_choice(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tiny_model)
    plain = Settings(model=str(tiny_model), endpoint="grpcs://box:8001")
    choice = ModelChoice.of(plain, "sum")
    assert (choice.model, choice.endpoint) == (str(tiny_model), "")
    assert choice.checksum == "sum"
    assert choice != ModelChoice.of(plain)
    assert ModelChoice.of(Settings()) == ModelChoice.of(Settings(model="bundled"))
    assert ModelChoice.of(Settings(model="none such")).model == "none such"
    remote = Settings(model=str(tiny_model), runtime="remote", endpoint="grpcs://box:8001")
    assert ModelChoice.of(remote).endpoint == "grpcs://box:8001"


@pytest.mark.parametrize("moment", ["a client left", "a model was loaded"])
async def test_what_only_the_collector_ends_goes_when(
    moment: str, engine: Engine, choice: ModelChoice
) -> None:
    """While nobody waits for a list; by itself it would look while somebody does."""
    thresholds = gc.get_threshold()
    with lasting():
        pass
    gc.disable()
    try:
        owner = Listener()
        gone = weakref.ref(Cyclic())
        if moment == "a client left":
            engine.release(owner)
        else:
            engine.lease(owner, [choice])
        async with asyncio.timeout(60):
            while gone() is not None:
                await asyncio.sleep(0.01)
    finally:
        gc.enable()
        gc.unfreeze()
        gc.set_threshold(*thresholds)
