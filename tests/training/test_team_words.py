"""What of a team's documents enters its model, and what never may."""

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from midword.suggest.phrases import Phrases
from midword_training.documents.document import TeamDocument
from midword_training.words.team_phrases import TeamPhrases
from midword_training.words.team_words import TeamWords, words_to_add

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


def test_usual_forms_come_from_inside_sentences() -> None:
    lexicon = TeamWords.count(pages()).lexicon()
    place = lexicon.find("configmap")
    assert place is not None
    assert lexicon.forms[place] == "ConfigMap"
    assert lexicon.find("alphawort") is None  # in one document only


def test_phrases_know_what_follows_but_not_what_one_document_says(tmp_path: Path) -> None:
    documents = pages()
    TeamPhrases(documents, TeamWords.count(documents)).save(tmp_path / "phrases.npz")
    phrases = Phrases.load(tmp_path / "phrases.npz")
    following = phrases.next_words(["restart", "the"], [])
    assert max(following, key=lambda word: following[word]) == "kubelet"
    assert "alphawort" not in phrases.next_words(["here", "stands"], [])


@pytest.mark.parametrize(
    ("count", "known"), [(0, []), (1, ["once", "thrice"]), (2, ["thrice"]), (3, ["thrice"])]
)
def test_passages_are_those_of_enough_documents(
    tmp_path: Path, count: int, known: list[str]
) -> None:
    thrice = "to restart the kubelet on every node of the cluster thrice"
    once = "to drain the pods of the node before the restart once"
    others = "once and thrice the pods of the cluster before drain"
    documents = [
        TeamDocument("a", (thrice, others)),
        TeamDocument("b", (thrice, once, once)),  # twice, but in one document
        TeamDocument("c", (thrice, others)),
        TeamDocument("d", (others,)),
    ]
    team = TeamWords.count(documents)
    TeamPhrases(documents, team, passage_count=count).save(tmp_path / "phrases.npz")
    phrases = Phrases.load(tmp_path / "phrases.npz")
    found = [
        max(following, key=following.__getitem__)
        for text in (once, thrice)
        if (following := phrases.recalled(text.split()[:-1]))
    ]
    assert found == known
    assert phrases.recalled(["and", "the", "kubelet"]) == {}
