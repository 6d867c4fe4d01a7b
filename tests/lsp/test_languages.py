"""Texts that are not English, with a model of their language and with the bundled one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from client import Client

import tiny_models
from conftest import environment
from midword.suggest.lexicon import Lexicon
from midword_training.exporting.export import export

ASKED, TYPED = 1, 2
GERMAN = (
    "Die Regierung hat gestern beschlossen, dass viele Menschen damit nicht einverstanden sind. "
    "Die Regierung meint, dass sie es trotzdem werden. Der Minister der "
)
FRENCH = (
    "Les étudiants étaient contents de la décision du gouvernement et ils étaient très nombreux "
    "dans la rue. Le gouvernement avait promis une réforme. Ils ont "
)


@pytest.fixture(scope="module")
def german_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny-de"
    tiny_models.build(folder, "roberta", sentences=tiny_models.GERMAN)
    export(folder, int8=True, name="tiny-de", length=32, language="de-AT")
    return folder


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Start a server with a model or, without one, with the bundled one."""
    clients: list[Client] = []

    def start(*model: str) -> Client:
        client = Client(("--stdio", *model), environment=environment(tmp_path / "home"))
        clients.append(client)
        client.initialize()
        client.until_ready()
        return client

    yield start
    for client in clients:
        client.kill()


def listed(client: Client, text: str, kind: int = ASKED) -> list[str]:
    uri = client.open(text, f"file:///languages/{len(text)}-{text[-3:]}.txt", "plaintext")
    return client.words(uri, 0, len(text), kind)


@pytest.mark.parametrize("by_name", [True, False])
def test_a_model_of_another_language_brings_its_own(
    begin: Callable[..., Client], german_model: Path, tmp_path: Path, *, by_name: bool
) -> None:
    if by_name:
        named = tmp_path / "home" / "data" / "midword" / "models" / "tiny-de"
        shutil.copytree(german_model, named)
    client = begin("--model", "tiny-de" if by_name else str(german_model))
    # Its case, though small letters are typed; English would have "haulage" and "garment".
    assert listed(client, "der Garten hinter dem hau")[0] == "Haus"
    assert listed(client, "er ging in den gar") == ["Garten"]
    assert (
        listed(client, "der Ausschuss trifft sich am Dienstag und berät den Hau")[0] == "Haushalt"
    )
    known = {word for line in tiny_models.GERMAN for word in line.split()}
    for text in ("die Blumen in dem ", "die Blumen s", "wir beraten den Plan mit der Gruppe am m"):
        found = listed(client, text)
        assert found
        # Its tokens are parts of its words here and there; none is of an English one alone.
        assert [word for word in found if not any(one.startswith(word) for one in known)] == []
    # A word of the writer's own takes no English ending.
    assert listed(client, "wir prüfen den Quarzonk und den Quarz") == ["Quarzonk"]


def test_a_lexicon_beside_it_is_of_its_language(
    begin: Callable[..., Client], german_model: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(german_model, tmp_path / "with-a-lexicon"))
    counts = {word: 5 for line in tiny_models.GERMAN for word in line.split()}
    Lexicon.from_counts({**counts, "Hausboot": 3}).save(folder / "lexicon.npz")
    client = begin("--model", str(folder))
    assert "Hausboot" in listed(client, "der Garten hinter dem haus")
    assert listed(client, "wir beraten das Thea") == []


@pytest.mark.parametrize("text", [GERMAN, FRENCH])
def test_the_english_model_has_only_the_writers_words_for_other_texts(
    begin: Callable[..., Client], text: str
) -> None:
    client = begin()
    own = {word.strip(".,").casefold() for word in text.split()}
    found: set[str] = set()
    for letters in ("", "s", "st", "d", "gou", "Reg", "th", "the", "Stan"):
        uri = client.open(text + letters, f"file:///{letters}/{text[:3]}.txt", "plaintext")
        for kind in (ASKED, TYPED):
            words = client.words(uri, 0, len(text + letters), kind)
            found.update(word.casefold() for word in words)
    assert len(found) > 0
    assert found <= own


def test_there_a_list_opens_by_itself_only_where_a_word_is_likely(
    begin: Callable[..., Client],
) -> None:
    client = begin()
    assert listed(client, GERMAN + "Reg", TYPED) == ["Regierung"]
    assert "damit" in listed(client, GERMAN + "d")
    assert listed(client, GERMAN + "d", TYPED) == []
