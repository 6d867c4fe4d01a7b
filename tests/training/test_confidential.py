"""Secrets of each kind stay out of what is learnt, and what is the team's does not."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

import tiny_models
from midword.suggest.phrases import Phrases
from midword_training.confidentiality import secret_places, secret_shapes
from midword_training.confidentiality.found_words import FoundWords
from midword_training.confidentiality.oddness import Language
from midword_training.confidentiality.redaction import HIDDEN, Redaction, redact
from midword_training.confidentiality.review import Entry, write_review
from midword_training.confidentiality.secret_shapes import FUNCTION_WORDS, Shapes, looks_random
from midword_training.confidentiality.service_formats import Format, known_formats, service_formats
from midword_training.documents.document import TeamDocument
from midword_training.words.team_phrases import TeamPhrases
from midword_training.words.team_words import TeamWords

ORDINARY = (
    "The kubelet reads the plan before the Zonegate opens.",
    "We will discuss the kubelet and the Zonegate in the meeting on the roof.",
    "A Zonegate that the kubelet closed stays closed until somebody asks for it.",
    "If the kubelet is late, the Zonegate waits for it and writes a line to the log.",
)


def documents(*sentences: str) -> list[TeamDocument]:
    """One document for each sentence, between ordinary ones."""
    count = max(4, len(sentences))
    said = [*sentences, *[""] * (count - len(sentences))]
    return [
        TeamDocument(f"page {i}", tuple(filter(None, (ORDINARY[i % 4], said[i], ORDINARY[-i % 4]))))
        for i in range(count)
    ]


def left_of(*sentences: str) -> str:
    """What of the sentences is left to train on."""
    return "\n".join(document.text for document in redact(documents(*sentences)))


APP = "kfjw ruaz qpdm xtle"
SEED = "vapor wagon elbow fiscal zebra lemon nephew scissors olympic hurdle mimic cabbage drastic"
KEY = "sk-proj-QwmZrtXvbLk"


@pytest.mark.parametrize(
    ("secret", "sentences"),
    [
        (
            "zorbleflax",
            ("The password is {}.", "Log in with the password {}.", "{} opens the door."),
        ),
        ("sunshine", ("The password is {}.", "{} is the password.", "Password: {}")),
        (APP, ("Use {} for mail.", "Mail wants {} now.", "Write {} down.", "It was {} again.")),
        (APP.replace(" ", ""), ("Use {} for mail.", "Mail wants {}.", "It is {}.")),
        (KEY, ("The model key is {}.", "Send {} with it.", "They use {} there.", "See {}.")),
        ("tango-lima-otter", ("The pin is {}.", "Our PIN {} is new.", "Type the pin code {} in.")),
        (
            "purple monkey basket",
            (
                "The pass phrase is {}.",
                "Say {} when it asks for the passphrase.",
                "They wrote {} on a card.",
                "To open it, say {} and wait.",
            ),
        ),
        (
            "hammer parrot saddle meadow bucket",
            ("They wrote {} on a card, the pass phrase of the house.",),
        ),
        (SEED, ("They wrote {} on a card, the words of the house.",)),
        (SEED, ("Keep {} safe.", "We have {} on paper.", "It says {} there.", "So {} it is.")),
        (SEED, ("Keep this safe:\n\n" + "\n\n".join(SEED.split()) + "\n\nand {}.",)),
        ("Eleanor Vance", ("The patient {} came at noon.", "We saw {} again.")),
        ("zorblevault.corp", ("It runs on {} now.", "Ask {} for it.", "{} is down.", "See {}.")),
        ("hunterzor", ("The host key of the printer:\n\n{}", "The new one is {}.", "Token: {}")),
        ("AKIAIOSFODNN7EXAMPLE", ("We have {} here.", "And {} there.", "Or {} too.")),
        ("blumentrott", ("Das Passwort ist {}.", "Kennwort: {}", "Mein Passwort war {}.")),
    ],
)
def test_a_secret_stays_out(secret: str, sentences: Sequence[str]) -> None:
    read = documents(*(sentence.format(secret) for sentence in sentences))
    safe = redact(read)
    text = "\n".join(document.text for document in safe)
    team = TeamWords.count(read)
    phrases = TeamPhrases(read, team)
    entered = {*team.counts, *phrases.words}
    for word in secret.replace("-", " ").replace(".", " ").split():
        assert not re.search(rf"\b{word}\b", text)
        assert word.lower() not in entered
    assert {"kubelet", "zonegate"} <= set(team.lexicon().keys)
    for sentence in ORDINARY:
        assert sentence in text
    assert redact(safe) == safe


def test_what_is_only_like_a_secret_is_learnt() -> None:
    said = (
        "The service account reads the PersistentVolumeClaim of the PostgreSQL database.",
        "Hyperparathyroidism is rare, and so is gastroenterology in a kube-apiserver.",
        "See readme.md and main.py, e.g. the part on version 1.24 and utf-8.",
        "The key is used by the scheduler, and the token is not the point here at all.",
        "Feature gates, node groups, volumes, pods and services are what a cluster is made of.",
        "The secret to good tea is patience, as everybody in the team will tell you at once.",
        "We keep the keys in the kitchen and the coats in the hall, beside the old clock.",
    )
    text = left_of(*said)
    for sentence in (*said[1:5], said[6]):
        assert sentence in text


def test_a_term_of_three_documents_outweighs_one_mention_beside_a_key() -> None:
    read = documents("The token of the kubelet is kubelet again.")
    assert TeamWords.count(read).spread["kubelet"] == 4
    few = documents("Token: zorbleflax", "We like zorbleflax.", "And zorbleflax likes us.")
    assert "zorbleflax" not in TeamWords.count(few).counts


@pytest.mark.parametrize(("count", "known"), [(1, False), (2, False), (3, True)])
def test_a_name_is_a_term_from_three_documents_on(count: int, known: bool) -> None:
    said = ("We met Winifred in the hall.", "Ask Winifred about it.", "It was Winifred again.")
    read = documents(*said[:count])
    assert (TeamWords.count(read).lexicon().find("winifred") is not None) == known
    assert ("Winifred" in "\n".join(d.text for d in redact(read))) == known


def test_occurrences_in_one_document_are_not_documents(tmp_path: Path) -> None:
    often = "The marmot of the marmot saw a marmot before the marmot came. "
    read = [*documents(), TeamDocument("a", (often * 9,)), TeamDocument("b", (often * 9,))]
    team = TeamWords.count(read)
    TeamPhrases(read, team).save(tmp_path / "phrases.npz")
    assert team.lexicon().find("marmot") is None
    assert "marmot" not in Phrases.load(tmp_path / "phrases.npz").next_words(["the"], [])


def test_too_few_documents_leave_no_lists_behind(tmp_path: Path) -> None:
    read = documents()[:2]
    team = TeamWords.count(read)
    TeamPhrases(read, team).save(tmp_path / "phrases.npz")
    assert len(team.lexicon()) == 0
    assert not (tmp_path / "phrases.npz").exists()


def test_documents_in_another_language_stay_whole() -> None:
    said = (
        "Der Ausschuss trifft sich am Dienstag und ber\u00e4t den Haushalt der Gemeinde.",
        "Am Freitag pr\u00fcft der Vorstand den Bericht und schickt ihn an den Ausschuss.",
        "Die Gruppe hat den Plan vor der Sitzung gelesen und sich dann geeinigt.",
        "Wir beraten den Haushalt der Gemeinde mit der Gruppe und dem Vorstand.",
    )
    read = [TeamDocument(str(i), (sentence,)) for i, sentence in enumerate(said)]
    assert HIDDEN not in "".join(document.text for document in redact(read))


def test_a_word_without_end_takes_no_time() -> None:
    endless = "a" * 500_000 + " " + "ab-" * 100_000 + " " + "a.b" * 100_000 + " " + "a@" * 100_000
    assert "aaaa" not in redact([TeamDocument("x", (f"The plan is good. {endless}",))])[0].text


@pytest.mark.parametrize(
    ("word", "random"),
    [
        ("AKIAZQXJKVBNTTRWQPLM", True),
        ("dGhpcyBpcyBhIHNlY3JldA", True),
        ("QwErTyUiOp", True),
        ("sk-proj-QwErTyUiOpAs", True),
        ("PersistentVolumeClaim", False),
        ("well-established", False),
        ("api", False),
    ],
)
def test_what_looks_drawn_by_lot(word: str, random: bool) -> None:
    assert looks_random(word) == random


def test_the_spelling_tells_letters_drawn_by_lot_from_terms() -> None:
    language = Language.of([])
    for term in ("kubelet", "hyperparathyroidism", "graphql", "configmap", "journald", "pgbouncer"):
        assert not language.drawn_by_lot(term)
    for drawn in ("zqxjkvbn", "kfjwruazqpdmxtle", "kxqz-wvpt", "qhwzkdvx"):
        assert language.drawn_by_lot(drawn)


SERVICES = (
    "artifactory AKCp8AbCdEfGhIjKl is it",
    "AKIAIOSFODNN7EXAMPLE",
    "aws_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'",
    "AWS pa\u017f\u017f = '" + "a1B2" * 10 + "'",
    "https://admin:hunter2@example.org/",
    "cl_to\u212aen: " + "a1" * 32,
    "cloudant_password = " + "abcdefgh" * 3,
    "ghp_" + "a1B2" * 9,
    "glpat-" + "a1B2" * 5,
    "IBM_\u0130AM_key=" + "a1B2" * 11,
    "cos_secret_access_key: " + "ab12" * 12,
    "the host is 8.8.8.8 now",
    "eyJhbGciOi.eyJzdWIi.sig",
    "ab12" * 8 + "-us10",
    "//registry.example.org/:_authToken=npm_x",
    "sk-" + "a1B2" * 5 + "T3BlbkFJ" + "a1B2" * 5,
    "-----BEGIN RSA PRIVATE KEY-----",
    "SG." + "a" * 22 + "." + "b" * 43,
    "xoxb-12-34-abc",
    "https://hooks.Slack.com/services/T1/B1/abc",
    "softlayer_api_key: " + "ab12" * 16,
    "https://api.softlayer.com/soap/v3/" + "ab12" * 16,
    "sq0csp-" + "a" * 43,
    "rk_live_" + "a1" * 12,
    "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1",
    "AC" + "a1" * 16,
    "nothing of the sort",
)


def test_a_first_look_at_a_line_leaves_no_service_out() -> None:
    said = "key and token, a class in Glasgow:\r\nby 10:30.\n"
    for service in SERVICES:
        text = f"{said}{service}\n\x0b{service}\nThe pass."
        found, at = set(), 0
        for line in text.splitlines(keepends=True):
            for each in service_formats():
                found |= {(at + m.start(), at + m.end()) for m in each.pattern.finditer(line)}
            at += len(line)
        assert set(known_formats(text)) == found
        assert bool(found) == (service != SERVICES[-1]), service


def test_what_a_pattern_needs_is_read_out_of_it() -> None:
    def needs(pattern: str, flags: int = 0) -> list[set[str]]:
        return [set(each) for each in Format.of(re.compile(pattern, flags)).needs]

    assert needs("abc[0-9]+de") == [{"abc"}, {"de"}]
    assert needs("(?:key|token)x?=") == [{"key", "token"}, {"="}]
    assert needs("(?:KEY|[0-9])+", re.IGNORECASE) == []
    assert needs("(?:AB){1,2}(?:CD)*(?!EF)(?=GH)") == [{"AB"}]
    assert needs("ABC", re.IGNORECASE) == [{"abc"}]
    assert needs("a b  # c", re.VERBOSE) == [{"ab"}]


CLUES = (
    "see www./x for it",
    "ftp://x is there",
    "write to zorb@flax.example",
    "ask @zorb for it",
    "it is at flax.example",
    "call 12 34 56 78 at noon",
    "it was 5a5a5a55 again",
    "it was a5a5a5aa again",
    "qvkz orbw plmx drue",
    "it was kfjw rain qpdm again",
    "patient Eleanor Vance",
    "the witness Eleanor Vance",
    "the apppassword is zorbleflax",
    "pwd: zorbleflax",
    "my pin is zorbleflax",
    "PUK zorbleflax",
    "the wallet phrase is zorbleflax",
    "the codeword is zorbleflax",
    "the watchword is zorbleflax",
    "our door combination is zorbleflax",
    "the security answer is zorbleflax",
    "the mnemonic is zorbleflax",
    "credentials: zorbleflax",
    "Kennwort: zorbleflax",
    "la contrase\u00f1a: zorbleflax",
    "the seed is zorbleflax",
    "the vaults zorbleflax",
    "they sign-in as zorbleflax",
    "logging in as zorbleflax",
    "signed in as zorbleflax",
    "signing in with zorbleflax",
    "to unlock zorbleflax",
    "enter zorbleflax",
    "type zorbleflax",
    "Credentials\n\n\nhammer parrot saddle",
    "x" * 1993 + " my key is zorbleflax",
    "x" * 1993 + ". bypassword is zorbleflax",
    "It is so. " * 199 + "it by-" + "pass" + "word is zorbleflax",
)


@pytest.mark.parametrize("clue", CLUES)
def test_a_first_look_leaves_nothing_out(clue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def spans() -> set[tuple[int, int, bool]]:
        text, language = f"Well.\n{clue}.\nThen it rained.", Language.of([])
        found = Shapes(language, FUNCTION_WORDS).of(FoundWords.of(text))
        return {*found, *secret_places.places(text, language, FUNCTION_WORDS)}

    before = spans()
    everything = re.compile("")
    for name in ("_PLAIN_HINT", "_MIXED_HINT"):
        monkeypatch.setattr(secret_shapes, name, everything)
    monkeypatch.setattr(secret_shapes, "_STRANGE_ONES", re.compile(b""))
    monkeypatch.setattr(secret_shapes, "_LEAST", 0)
    for name in ("_HINT", "_LIKELY"):
        monkeypatch.setattr(secret_places, name, everything)
    monkeypatch.setattr(secret_places, "_PATIENT_HINTS", ("",))
    assert before == spans()
    assert before, "no clue of anything"


def test_the_review_has_everything_the_oddest_first(tmp_path: Path) -> None:
    entries = [
        Entry("word", ("the",), 90, 9),
        Entry("token", ("kubelet",), 9, 4),
        Entry("phrase", ("of", "the"), 30, 9),
        Entry("word", ("zqxjkvbn",), 4, 3),
        Entry("phrase", ("purple", "basket"), 4, 3),
    ]
    write_review(tmp_path / "review.csv", entries, Language.of([]))
    lines = (tmp_path / "review.csv").read_text().splitlines()
    assert lines[0] == "text,kind,occurrences,documents,bits a letter"
    order = [line.split(",")[0] for line in lines[1:]]
    assert order[0] == "zqxjkvbn" and set(order[-2:]) == {"the", "of the"}
    assert order.index("purple basket") < order.index("of the")
    assert "kubelet,token,9,4," in "\n".join(lines)


def test_a_line_without_an_end_is_read_in_parts() -> None:
    """Each word of a sentence is compared with each cue, which nobody would live to see here."""
    line = "the password and the garden were green " * 10_000 + "and the password is zorbleflax"
    left = left_of(*[line] * 4)
    assert "garden" in left
    assert "zorbleflax" not in left


def test_processes_that_share_the_work_hide_what_one_does() -> None:
    names = ["Winifred Achterberg", "Tobias Quindlen", "Priya Venkataraman"]
    pages = [
        TeamDocument(
            f"{i}.md",
            (
                f"{tiny_models.SENTENCES[i % len(tiny_models.SENTENCES)]} on day {i}.",
                f"The password is quartz-{i % 7}-{i} and {names[i % 3]} knows it.",
                "Write to ops@internal.example.org for a token.",
            ),
        )
        for i in range(2500)
    ]
    alone, shared = Redaction(pages), Redaction(pages, processes=2)
    chosen = range(0, 2500, 97)
    assert [shared.of(i) for i in chosen] == [alone.of(i) for i in chosen]
    assert HIDDEN in alone.of(0).text
