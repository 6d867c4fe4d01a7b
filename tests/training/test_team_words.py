"""What of a team's documents enters its model, and what never may."""

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from midword.suggest.phrases import Phrases
from midword_training import team_phrases
from midword_training.documents import TeamDocument
from midword_training.team_words import TeamWords, looks_random, words_to_add

PAGE = (
    "Restart the kubelet before you edit a ConfigMap. Ask @jdoe-ops or write to "
    "jane.roe@example.org about https://vault.example.org/zqxjkvbn or host db1.internal.example. "
    "The kubelet reads AKIAZQXJKVBNTTRWQPLM and the ConfigMap. Only here stands {only}."
)


def pages(count: int = 4) -> list[TeamDocument]:
    names = ("alphawort", "betawort", "gammawort", "deltawort")
    return [TeamDocument(f"p{i}", (PAGE.format(only=names[i]),)) for i in range(count)]


def test_words_of_several_documents_are_added_and_nothing_private(tiny_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    team = TeamWords.count(pages())
    added = words_to_add(team, tokenizer, limit=100, min_count=4, min_documents=3)
    words = [word.word for word in added]
    assert {"kubelet", "configmap"} <= set(words)
    for private in ("jdoe", "ops", "jane", "roe", "zqxjkvbn", "vault", "alphawort"):
        assert private not in words
    assert not any("akia" in word for word in words)
    assert words_to_add(team, tokenizer, limit=1, min_count=1, min_documents=1)[0].count >= 8


@pytest.mark.parametrize(
    ("word", "random"),
    [
        ("AKIAZQXJKVBNTTRWQPLM", True),
        ("dGhpcyBpcyBhIHNlY3JldA", True),
        ("PersistentVolumeClaim", False),
        ("gastroenterology", False),
        ("well-established", False),
        ("api", False),
    ],
)
def test_what_looks_drawn_by_lot(word: str, random: bool) -> None:
    assert looks_random(word) == random


def test_usual_forms_come_from_inside_sentences() -> None:
    lexicon = TeamWords.count(pages()).lexicon()
    place = lexicon.find("configmap")
    assert place is not None
    assert lexicon.forms[place] == "ConfigMap"
    assert lexicon.find("alphawort") is None  # in one document only


def test_phrases_know_what_follows_but_not_what_one_document_says(tmp_path: Path) -> None:
    documents = pages()
    team_phrases.write(tmp_path / "phrases.npz", documents, TeamWords.count(documents))
    phrases = Phrases.load(tmp_path / "phrases.npz")
    following = phrases.next_words(["restart", "the"], [])
    assert max(following, key=lambda word: following[word]) == "kubelet"
    assert "alphawort" not in phrases.next_words(["here", "stands"], [])


@pytest.mark.parametrize(("count", "known"), [(0, []), (1, ["once", "twice"]), (2, ["twice"])])
def test_passages_are_those_found_often_enough(
    tmp_path: Path, count: int, known: list[str]
) -> None:
    twice = "to restart the kubelet on every node of the cluster twice"
    once = "to drain the pods of the node before the restart once"
    documents = [
        TeamDocument("a", (twice, "once and twice the pods of the cluster before drain")),
        TeamDocument("b", (twice, once)),
    ]
    team = TeamWords.count(documents)
    team_phrases.write(tmp_path / "phrases.npz", documents, team, passage_count=count)
    phrases = Phrases.load(tmp_path / "phrases.npz")
    found = [
        max(following, key=following.__getitem__)
        for text in (once, twice)
        if (following := phrases.recalled(text.split()[:-1]))
    ]
    assert found == known
    assert phrases.recalled(["and", "the", "kubelet"]) == {}
