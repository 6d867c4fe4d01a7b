"""What the writer's own texts teach, and that edits cost no more than their lines."""

import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from midword.suggest.memory import Memory
from midword.suggest.sources import MemorySource, neighbours


def _facts(memory: Memory) -> tuple[object, ...]:
    keys = memory.beginning("")
    return (
        keys,
        memory.everything().words,
        {key: memory.forms(key) for key in keys},
        {key: (memory.after(key), memory.before(key)) for key in keys},
    )


def test_words_forms_and_neighbours() -> None:
    memory = Memory()
    memory.update("a", "The cat sat. The CAT ran, and the cat’s owner saw the Cat.")
    assert memory.count("cat") == 3
    assert memory.forms("cat") == {"cat": 1, "CAT": 1, "Cat": 1}
    assert memory.forms("cat's") == {"cat's": 1}
    assert memory.after("the") == {"cat": 3, "cat's": 1}
    assert memory.after("and", "the") == {"cat's": 1}
    assert memory.before("ran") == {"cat": 1}
    assert memory.beginning("ca") == ["cat", "cat's"]


def test_a_capital_at_a_sentences_start_is_no_form() -> None:
    memory = Memory()
    memory.update("a", "Maybe. Then “Perhaps” he said.")
    assert memory.forms("maybe") == {}
    assert memory.forms("perhaps") == {}


def test_documents_are_apart_and_together() -> None:
    memory = Memory()
    memory.update("a", "one two")
    memory.update("b", "two three")
    assert memory.document("a").words == {"one": 1, "two": 1}
    assert memory.everything().words == {"one": 1, "two": 2, "three": 1}
    memory.forget("a")
    assert memory.everything().words == {"two": 1, "three": 1}
    assert memory.document("a").words == {}
    memory.forget("never seen")


def test_identifiers_and_data_are_no_words() -> None:
    memory = Memory()
    long = "x" * 40
    memory.update("a", f"user@example.com snake_case abc123 C:\\temp and {long} {long}x")
    known = memory.everything().words
    assert long in known
    assert not {"user", "example", "snake", "abc", "temp", f"{long}x"} & known.keys()


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab \n.’é", max_size=30), min_size=1, max_size=6))
def test_edits_leave_what_a_fresh_start_would_know(texts: list[str]) -> None:
    edited, fresh = Memory(), Memory()
    for text in texts:
        edited.update("a", text)
    fresh.update("a", texts[-1])
    assert _facts(edited) == _facts(fresh)
    assert len(edited._neighbours) == len(fresh._neighbours)


def test_reading_while_another_thread_learns() -> None:
    memory = Memory()
    texts = [
        "\n".join(f"w{'abcdefgh'[n % 8] * (m + 1)} and then" for m in range(60)) for n in range(8)
    ]
    learner = threading.Thread(
        target=lambda: [memory.update("a", text) for text in texts * 20], daemon=True
    )
    learner.start()
    while learner.is_alive():
        source = MemorySource(memory, memory.everything())
        assert len(list(source.candidates("w", 5))) <= 5
        source.share("w")
        assert neighbours(memory, ["and"], ["and"]).mass <= 1
        sum(memory.forms("and").values())


def test_what_is_forgotten_counts_no_more() -> None:
    memory = Memory()
    memory.update("a", "the plan, the plan")
    memory.update("b", "the deed")
    assert memory.everything().total == 6
    assert memory.document("a").total == 4
    memory.update("a", "the plan")
    assert (memory.everything().total, memory.document("a").total) == (4, 2)
    memory.forget("a")
    memory.forget("b")
    assert memory.everything().total == len(memory) == 0
