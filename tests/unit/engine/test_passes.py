"""The queue in front of the model: who comes first, what is read together, what not at all."""

import json
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cards import resident_on_a_card
from midword.engine.passes import Passes
from midword.engine.worker import LATER, URGENT
from midword.model.loading import load
from midword.suggest.alternatives import alternatives_at
from midword.suggest.continuation import continuation_at
from midword.suggest.loading import load_suggester
from midword.suggest.readings import UnreadError
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze

At = Callable[[str], Cloze]
TIMEOUT = 20.0


class Held:
    """A thread of passes that is kept busy until it is let go."""

    def __init__(self, passes: Passes, suggester: Suggester) -> None:
        self._gate = threading.Event()
        begun = threading.Event()

        def wait() -> None:
            begun.set()
            assert self._gate.wait(TIMEOUT)

        self._future = passes.submit(suggester, wait, owner="gate")
        assert begun.wait(TIMEOUT)

    def let_go(self) -> None:
        self._gate.set()
        self._future.result(TIMEOUT)


def queue(
    passes: Passes, suggester: Suggester, cloze: Cloze, log: list[str], name: str, **how: Any
) -> Future[str]:
    """A query for a list that writes its name down when it is answered."""

    def work() -> str:
        word = suggester.suggest(cloze)[0].word
        log.append(name)
        return word

    how = {"owner": name, "unread": suggester.unread(cloze), **how}
    return passes.submit(suggester, work, **how)


def test_a_list_is_made_of_gaps_that_are_read_on_the_way(
    passes: Passes, suggester: Suggester, at: At
) -> None:
    cloze = at("the committee will meet on tuesday to |")
    assert not suggester.is_ready(cloze)
    future = passes.submit(suggester, lambda: suggester.suggest(cloze), owner="a")
    assert future.result(TIMEOUT)[0].word == "discuss"
    assert suggester.is_ready(cloze)


def test_grey_text_and_hover_go_through_the_queue(
    passes: Passes, suggester: Suggester, at: At
) -> None:
    cloze, found = at("the committee will meet on tuesday to |"), []

    def grey() -> str:
        return continuation_at(suggester, cloze, max_words=2, min_probability=0.01, found=found)

    text = passes.submit(suggester, grey, owner="a").result(TIMEOUT)
    assert len(text.split()) == 2
    word = at("the committee will budg|ets on tuesday")
    assert suggester.model is not None
    assert len(suggester.model.pieces("budgets")) > 1
    told = passes.submit(suggester, lambda: alternatives_at(suggester, word), owner="a")
    assert told.result(TIMEOUT).probability > 0


def test_who_waits_comes_before_who_may_wait(passes: Passes, suggester: Suggester, at: At) -> None:
    log: list[str] = []
    held = Held(passes, suggester)
    later = queue(passes, suggester, at("the later |"), log, "later", priority=LATER)
    urgent = queue(passes, suggester, at("the urgent |"), log, "urgent", priority=URGENT)
    held.let_go()
    later.result(TIMEOUT)
    urgent.result(TIMEOUT)
    assert log == ["urgent", "later"]


def test_no_client_holds_up_the_others(passes: Passes, suggester: Suggester, at: At) -> None:
    log: list[str] = []
    held = Held(passes, suggester)
    many = [
        queue(passes, suggester, at(f"the {n} server |"), log, f"many {n}", owner="many")
        for n in range(40)
    ]
    one = queue(passes, suggester, at("the garden |"), log, "one", owner="one")
    held.let_go()
    for future in [*many, one]:
        future.result(TIMEOUT)
    # The first pass may have left with those that came first; the second one has the other client.
    assert log.index("one") <= 2 * 4


def test_equal_gaps_are_read_once_and_near_ones_together(
    passes: Passes, suggester: Suggester, at: At
) -> None:
    log: list[str] = []
    assert suggester.readings is not None
    before = suggester.readings.passes
    held = Held(passes, suggester)
    futures = [
        queue(passes, suggester, at("the server |"), log, name, priority=priority)
        for name, priority in (("a", URGENT), ("b", URGENT), ("c", LATER))
    ]
    futures.append(queue(passes, suggester, at("the garden |"), log, "d"))
    held.let_go()
    words = [future.result(TIMEOUT) for future in futures]
    assert suggester.readings.passes == before + 2
    assert words[0] == words[1] == words[2]
    assert log == ["a", "b", "d", "c"], "who waits for it is answered first"


def test_what_waits_for_a_card_goes_together(passes: Passes, tiny_model: Path, at: At) -> None:
    """All that it takes, those who wait first, with what may save somebody from waiting."""
    model, card = resident_on_a_card(tiny_model)
    suggester = load_suggester(model, on_demand=False)
    suggester.serve(100)
    log: list[str] = []
    held = Held(passes, suggester)
    passes.read_ahead(suggester, at("the garden |"), owner="ahead")
    futures = [
        queue(passes, suggester, at(f"the {number} server |"), log, f"{number}")
        for number in range(card.batch + 5)
    ]
    held.let_go()
    assert all(future.result(TIMEOUT) for future in futures)
    passes.submit(suggester, lambda: None, owner="c", priority=LATER + 1).result(TIMEOUT)
    assert card.gaps == [64, 6]
    assert log == [f"{number}" for number in range(card.batch + 5)]


def test_a_gap_that_is_being_read_is_not_read_again(
    passes: Passes, suggester: Suggester, at: At
) -> None:
    """A gap is read ahead with a space, and asked about a moment later."""
    assert suggester.readings is not None
    before = suggester.readings.passes
    for number in range(20):
        cloze = at(f"the {number} server |")
        passes.read_ahead(suggester, cloze, owner="a")
        queue(passes, suggester, cloze, [], "a").result(TIMEOUT)
    assert suggester.readings.passes == before + 20


def test_what_was_cancelled_is_not_read(passes: Passes, suggester: Suggester, at: At) -> None:
    log: list[str] = []
    dropped, wanted = at("the server |"), at("the garden |")
    held = Held(passes, suggester)
    first = queue(passes, suggester, dropped, log, "dropped")
    second = queue(passes, suggester, wanted, log, "wanted")
    assert first.cancel()
    held.let_go()
    second.result(TIMEOUT)
    assert log == ["wanted"]
    assert not suggester.is_ready(dropped)


def test_each_client_reads_one_gap_ahead(
    passes: Passes, suggester: Suggester, at: At, caplog: pytest.LogCaptureFixture
) -> None:
    stale, newer, other = at("the server |"), at("the garden |"), at("the writer |")
    held = Held(passes, suggester)
    passes.read_ahead(suggester, stale, owner="a")
    passes.read_ahead(suggester, newer, owner="a")
    passes.read_ahead(suggester, other, owner="b")
    held.let_go()
    passes.submit(suggester, lambda: None, owner="c", priority=LATER + 1).result(TIMEOUT)
    assert suggester.is_ready(newer)
    assert suggester.is_ready(other), "another client's gap is its own"
    assert not suggester.is_ready(stale)
    assert caplog.messages == [], "one that takes another's place is no failure"


def test_reading_ahead_that_fails_is_logged_without_the_text(
    passes: Passes, tiny_model: Path, tmp_path: Path, at: At, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    described = json.loads((folder / "midword.json").read_text())
    # A row that is longer than the model's positions: short texts go well.
    (folder / "midword.json").write_text(json.dumps({**described, "length": 2000}))
    suggester = load_suggester(load(folder), on_demand=False)
    short = at("the committee will meet on tuesday to |")
    passes.read_ahead(suggester, replace(short, left="the garden " * 4000), owner="a")
    assert queue(passes, suggester, short, [], "b", priority=LATER + 1).result(TIMEOUT) == "discuss"
    (message,) = caplog.messages
    assert message.startswith("reading ahead failed: ")
    assert "garden" not in message


def test_a_gap_that_is_read_in_vain_is_not_read_for_ever(
    passes: Passes, suggester: Suggester, at: At
) -> None:
    """Where nothing is kept of what the model said."""
    reading = suggester.unread(at("the server |"))
    assert reading is not None

    def work() -> None:
        raise UnreadError(reading)

    with pytest.raises(RuntimeError, match="in vain"):
        passes.submit(suggester, work, owner="a").result(TIMEOUT)
    assert queue(passes, suggester, at("we will |"), [], "a").result(TIMEOUT)


def test_an_owner_that_leaves_takes_its_queries_along(
    passes: Passes, suggester: Suggester, at: At
) -> None:
    log: list[str] = []
    leaver = object()  # as sessions are: nothing but themselves
    held = Held(passes, suggester)
    gone = queue(passes, suggester, at("the server |"), log, "gone", owner=leaver)
    passes.read_ahead(suggester, at("the writer |"), owner=leaver)
    stays = queue(passes, suggester, at("the garden |"), log, "stays", owner=object())
    passes.drop(leaver)
    held.let_go()
    stays.result(TIMEOUT)
    with pytest.raises(CancelledError):
        gone.result(TIMEOUT)
    assert not suggester.is_ready(at("the writer |"))
    assert log == ["stays"]


def test_a_failure_is_its_askers_alone(passes: Passes, suggester: Suggester, at: At) -> None:
    def fail() -> None:
        raise KeyboardInterrupt  # even what no handler of Exception would see

    broken = passes.submit(suggester, fail, owner="a")
    with pytest.raises(KeyboardInterrupt):
        broken.result(TIMEOUT)
    cloze = at("the committee will meet on tuesday to |")
    fine = passes.submit(suggester, lambda: suggester.suggest(cloze), owner="b")
    assert fine.result(TIMEOUT)


def test_the_thread_ends(suggester: Suggester, at: At) -> None:
    others = set(threading.enumerate())
    passes = Passes()
    passes.submit(suggester, lambda: None, owner="a").result(TIMEOUT)
    (thread,) = set(threading.enumerate()) - others
    held = Held(passes, suggester)
    waiting = passes.submit(suggester, lambda: None, owner="a")
    passes.close()
    assert waiting.cancelled()
    held.let_go()
    thread.join(TIMEOUT)
    assert not thread.is_alive()
    assert thread.daemon, "a pass that hangs keeps no process"
    assert passes.submit(suggester, lambda: None, owner="a").cancelled()
