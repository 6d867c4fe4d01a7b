"""A reader whose model fails once it is loaded: words come from elsewhere, it is told once."""

import asyncio
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

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
