"""A reader whose model, or whose card, fails once it is loaded: words come from elsewhere."""

import asyncio
import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cards import resident_on_a_card
from midword.engine.choice import ModelChoice
from midword.engine.passes import Passes
from midword.engine.reader import Reader
from midword.model.loading import load
from midword.settings import Settings
from midword.suggest.loading import load_suggester
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze


async def test_a_model_that_fails_while_it_reads(
    passes: Passes, tiny_model: Path, tmp_path: Path, at: Callable[[str], Cloze]
) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    described = json.loads((folder / "midword.json").read_text())
    # A row that is longer than its positions: short texts go well.
    (folder / "midword.json").write_text(json.dumps({**described, "length": 2000}))
    told: list[Reader] = []
    choice = ModelChoice.of(Settings(model=str(folder)))
    reader = Reader(choice, passes, told.append, lambda reader: reader.load())
    reader.suggester = load_suggester(load(folder), on_demand=False)
    reader.state = "ready"
    reader.settled.set_result(None)

    async def words(cloze: Cloze) -> list[str]:
        def work(suggester: Suggester) -> list[str]:
            return [item.word for item in suggester.suggest(cloze)]

        return await reader.ask(work, owner="a", cloze=cloze) or []

    short = at("the committee will meet on tuesday to |")
    assert (await words(short))[0] == "discuss"
    long = replace(short, left="the garden " * 4000, prefix="th")
    answers = await asyncio.gather(words(long), words(long), words(short))
    assert all(answers), "every request is answered"
    assert reader.state == "degraded"
    assert "fails while it reads" in reader.problem
    assert told == [reader]
    assert not reader.suggester.model
    assert await words(short)


@pytest.mark.parametrize("runtime", ["auto", "torch"])
async def test_a_card_that_is_lost(
    passes: Passes, tiny_model: Path, at: Callable[[str], Cloze], runtime: str
) -> None:
    """All who wait get their words from the same model, on the processor; nothing is degraded."""
    told: list[Reader] = []
    starts: list[Reader] = []

    def start(reader: Reader) -> None:
        starts.append(reader)
        threading.Thread(target=reader.load).start()

    choice = ModelChoice.of(Settings(model=str(tiny_model), runtime=runtime, device="auto"))
    reader = Reader(choice, passes, told.append, start)
    model, card = resident_on_a_card(tiny_model)
    reader.suggester = load_suggester(model, on_demand=False)
    reader.state = "ready"
    reader.settled.set_result(None)

    async def words(text: str) -> list[str]:
        def work(suggester: Suggester) -> list[str]:
            return [item.word for item in suggester.suggest(cloze)]

        cloze = at(text)
        return await reader.ask(work, owner=text, cloze=cloze) or []

    assert (await words("the committee will meet on tuesday to |"))[0] == "discuss"
    card.be_lost()
    texts = [f"the committee will meet on {day} to |" for day in ("monday", "friday", "tuesday")]
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*map(words, texts))
        assert all(answers), "every request is answered"
        await asyncio.wrap_future(reader.settled)
        assert (await words(texts[0]))[0] == "approve"
    assert starts == [reader], "once, however many waited"
    assert told == [], "who starts it tells how it fares, and nothing has changed since"
    assert reader.state == "ready"
    assert reader.suggester is not None
    assert reader.suggester.model is not None
    assert reader.suggester.model.device == "cpu"
    assert "the device 'cuda' fails" in reader.problem
    assert "the processor reads instead" in reader.problem
    assert reader.rest()
    assert await words(texts[0])
    assert reader.suggester.model.device == "cpu", "nor is it tried again after a rest"
