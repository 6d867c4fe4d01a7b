"""A team points Midword at its documents, whatever they are."""

import json
import os
import random
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from midword.errors import UserError
from midword_training.documents import reading as reading_documents
from midword_training.documents import splitting
from midword_training.documents.decoding import decode
from midword_training.documents.document import TeamDocument, key_of
from midword_training.documents.reading import read_sources
from midword_training.documents.seen import Seen

PROSE = "The committee will meet on Tuesday to discuss the budget of the coming year."


def texts(*sources: Path | str, **options: int) -> list[str]:
    return [
        document.text for document in read_sources([str(s) for s in sources], **options).documents
    ]


def test_a_folder_gives_prose_and_says_what_it_skipped(tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text(f"# Plan\n\n{PROSE}\n\n```sh\nrm -rf build\n```\n")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\0\0\0")
    (tmp_path / "notes.txt").write_bytes(b"\0\1\2\3" * 50)
    (tmp_path / "empty.md").write_text(" \n")
    (tmp_path / ".hidden.md").write_text(PROSE)
    reading = read_sources([str(tmp_path)])
    assert [document.text for document in reading.documents] == [f"Plan\n\n{PROSE}"]
    reasons = {Path(name).name: reason for name, reason in reading.skipped}
    assert reasons == {
        "logo.png": "not text",
        "notes.txt": "not text",
        "empty.md": "empty",
    }
    assert "read 1 documents" in reading.report()
    assert "notes.txt" in reading.report()


def test_what_is_no_file_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text(PROSE)
    (tmp_path / "zero.md").symlink_to("/dev/zero")
    (tmp_path / "zero.docx").symlink_to("/dev/zero")
    (tmp_path / "loop.md").symlink_to("loop.md")
    os.mkfifo(tmp_path / "pipe.md")
    reading = read_sources([str(tmp_path)])
    assert len(reading.documents) == 1
    reasons = {Path(name).name: reason for name, reason in reading.skipped}
    assert reasons.keys() == {"zero.md", "zero.docx", "loop.md", "pipe.md"}
    assert reasons["pipe.md"] == "it is not a plain file"
    with pytest.raises(UserError, match="skipped 1: it is not a plain file"):
        texts(tmp_path / "zero.docx")


def test_files_and_globs(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.md"):
        (tmp_path / name).write_text(f"{PROSE} {name[0] * 3}")
    assert len(texts(tmp_path / "a.txt")) == 1
    assert len(texts(f"{tmp_path}/*.txt")) == 2
    with pytest.raises(UserError, match="no file matches"):
        texts(f"{tmp_path}/*.rst")


def test_a_missing_source_an_empty_folder_and_binaries_are_clear(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        texts(tmp_path / "no" / "such.md")
    with pytest.raises(UserError, match="nothing to learn from"):
        texts(tmp_path)
    (tmp_path / "a.bin").write_bytes(bytes(range(256)))
    with pytest.raises(UserError, match="skipped 1: not text"):
        texts(tmp_path)


def test_encodings_are_told_apart(tmp_path: Path) -> None:
    word = "Café naïve"
    assert decode(word.encode()) == word
    assert decode(word.encode("cp1252")) == word
    assert decode(word.encode("utf-16")) == word
    assert decode(b"\xef\xbb\xbf" + word.encode()) == word
    assert decode(bytes(range(32)) * 9) is None


RUSSIAN = "Комитет соберётся во вторник, чтобы обсудить бюджет на будущий год."
POLISH = "Komitet spotka się we wtorek, żeby omówić budżet na przyszły rok."
FRENCH = "Le comité se réunira mardi à l'hôtel pour discuter du budget de l'année."
GERMAN = "Der Ausschuss berät über den Haushalt für das nächste Jahr."
ENGLISH = "The committee’s plan — “good” or not — is discussed at the café."
JAPANESE = "委員会は火曜日に来年の予算について話し合うために会合を開きます。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "iso8859_5"),
        (RUSSIAN, "utf_16_le"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859_2"),
        (FRENCH, "cp1252"),
        (GERMAN, "cp1252"),
        (ENGLISH, "cp1252"),
        (JAPANESE, "shift_jis"),
    ],
)
def test_older_encodings_are_found(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text
    assert decode((text + "\n").encode(encoding) * 400) == (text + "\n") * 400


def test_no_single_file_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plan.md").write_text(PROSE)
    (tmp_path / "cut.ipynb").write_text('{"cells": [{"cell_type": "mark')
    (tmp_path / "list.ipynb").write_text('{"cells": [{"cell_type": "markdown", "source": 7}, 3]}')
    (tmp_path / "deep.ipynb").write_text("[" * 100_000)
    (tmp_path / "cut.parquet").write_bytes(b"PAR1")
    (tmp_path / "cut.json").write_text('[{"text": "a')
    (tmp_path / "package.json").write_text('{"name": "a b", "version": "1 2"}')
    (tmp_path / "cut.jsonl.gz").write_bytes(b"\x1f\x8b\0")
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.4\n1 0 obj <<")
    reading = read_sources([str(tmp_path)])
    assert [document.text for document in reading.documents] == [PROSE]
    skipped = {Path(name).name for name, _ in reading.skipped}
    assert skipped == {path.name for path in tmp_path.iterdir()} - {"plan.md"}
    with pytest.raises(UserError, match="nothing to learn from"):
        texts(tmp_path / "cut.ipynb")

    def fails(*_: object) -> list[str]:
        raise RecursionError

    monkeypatch.setattr(reading_documents, "prose_text", fails)
    with pytest.raises(UserError, match=r"damaged \(RecursionError\)"):
        texts(tmp_path / "plan.md")


def test_a_word_without_end_is_no_prose(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a" * (32 << 20))
    (tmp_path / "b.txt").write_text(f"{PROSE} {'QUJD' * 5000} And so on it goes.")
    assert texts(tmp_path) == [f"{PROSE} And so on it goes."]


def test_one_huge_line_is_read(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text(" ".join(f"{PROSE} {i}" for i in range(5000)))
    assert sum(map(len, texts(tmp_path))) > 100_000


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


def test_a_repositorys_dot_files_are_not_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".github").mkdir()
    (tmp_path / "node_modules").mkdir()
    for name in ("a.md", ".env", ".notes.md", ".github/b.md", "node_modules/c.md"):
        (tmp_path / name).write_text(f"{PROSE} {name}")
    git(tmp_path, "add", "-f", ".")
    git(tmp_path, "commit", "-qm", "Add")
    assert texts(tmp_path) == [f"{PROSE} a.md"]


@pytest.mark.parametrize("name", [b"kept.md", b"caf\xe9.md", b"a\nb.md"])
def test_only_what_git_tracks_is_read(tmp_path: Path, name: bytes) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / os.fsdecode(name)).write_text(PROSE)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "Add")
    (tmp_path / "untracked.md").write_text(f"{PROSE} Draft of a letter.")
    assert texts(tmp_path) == [PROSE]


def test_a_repository_runs_no_program(tmp_path: Path) -> None:
    folder, ran = tmp_path / "folder", tmp_path / "ran"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.md").write_text(PROSE)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Add")
    for name in ("post-index-change", "fsmonitor-watchman"):
        hook = folder / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
        hook.chmod(0o755)
    git(folder, "config", "core.fsmonitor", f"touch {ran}; false")
    os.utime(folder / "a.md", (0, 0))
    assert texts(folder) == [PROSE]
    assert not ran.exists()


def test_a_bare_repository_is_named_by_its_address(tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "init", "-q", "--bare", str(bare))
    with pytest.raises(UserError, match="is a bare repository"):
        texts(bare)


def test_links_that_lead_out_of_a_folder_are_not_learnt(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(f"{PROSE} And the password is long.")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.md").write_text(PROSE)
    (folder / "b.md").symlink_to("../secret.md")
    reading = read_sources([str(folder)])
    assert [document.text for document in reading.documents] == [PROSE]
    assert reading.skipped == [(str(folder / "b.md"), "a link that leads out of the folder")]
    assert len(texts(folder / "b.md")) == 1, "whoever names it means it"


def test_tables_of_datasets(tmp_path: Path) -> None:
    rows = [{"text": f"{PROSE} {name}", "label": 1} for name in ("Anna.", "Berta.")]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "rows.jsonl").write_text(lines)
    assert texts(tmp_path / "rows.jsonl") == [row["text"] for row in rows]
    (tmp_path / "rows.csv").write_text("prose\n" + "\n".join(row["text"] for row in rows))
    assert len(texts(tmp_path / "rows.csv")) == 2
    (tmp_path / "two.jsonl").write_text(json.dumps({"a": PROSE, "b": PROSE}) + "\n")
    with pytest.raises(UserError, match="--text-field"):
        texts(tmp_path / "two.jsonl")
    reading = read_sources([str(tmp_path / "two.jsonl")], text_field="b")
    assert reading.documents[0].text == PROSE


def test_tables_inside_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder" / "inner"
    folder.mkdir(parents=True)
    said = {
        "a.jsonl": lambda text: json.dumps({"text": text}) + "\n",
        "b.csv": lambda text: f'id,text\n1,"{text}"\n',
        "c.tsv": lambda text: f"id\ttext\n1\t{text}\n",
        "d.json": lambda text: json.dumps([{"text": text}], indent=1),
        "e.json": lambda text: json.dumps({"version": 1, "rows": [{"text": text}]}, indent=1),
        "f.json": lambda text: json.dumps([text]),
    }
    wanted = [f"{PROSE} So says {name}, and that is all." for name in said]
    for (name, write), text in zip(said.items(), wanted, strict=True):
        (folder / name).write_text(write(text))
    (folder / "other.csv").write_text("a,b\nx y,y z\n")
    reading = read_sources([str(tmp_path / "folder")])
    assert [document.text for document in reading.documents] == wanted
    ((name, reason),) = reading.skipped
    assert Path(name).name == "other.csv" and "--text-field (it has a, b)" in reason
    assert len(read_sources([str(tmp_path / "folder")], text_field="b").documents) == 1
    assert texts(folder / "c.tsv") == wanted[2:3]


def test_a_folder_of_save_to_disk(tmp_path: Path) -> None:
    import datasets

    datasets.Dataset.from_dict({"text": [PROSE]}).save_to_disk(str(tmp_path / "set"))
    assert texts(tmp_path / "set") == [PROSE]


def test_word_and_opendocument(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx", reason="needs midword[documents]")
    document = docx.Document()
    document.add_paragraph(PROSE)
    document.save(str(tmp_path / "a.docx"))
    assert texts(tmp_path / "a.docx") == [PROSE]
    odf = pytest.importorskip("odf.opendocument", reason="needs midword[documents]")
    from odf.text import P

    text = odf.OpenDocumentText()
    text.text.addElement(P(text=PROSE))
    text.save(str(tmp_path / "b.odt"))
    assert texts(tmp_path / "b.odt") == [PROSE]
    shutil.copy(tmp_path / "a.docx", tmp_path / "bomb.docx")
    with (
        zipfile.ZipFile(tmp_path / "bomb.docx", "a", zipfile.ZIP_DEFLATED) as out,
        out.open("word/media/zeros.png", "w") as member,
    ):
        for _ in range(129):
            member.write(bytes(2**20))
    reading = read_sources([str(tmp_path / "a.docx"), str(tmp_path / "bomb.docx")])
    assert reading.skipped[0][1] == "larger than 128 MB once unpacked"
    with zipfile.ZipFile(tmp_path / "broken.docx", "w") as out:
        out.writestr("x", "y")
    reading = read_sources([str(tmp_path / "a.docx"), str(tmp_path / "broken.docx")])
    assert reading.skipped[0][1] == "damaged or locked"


def pdf(pages: list[list[str]]) -> bytes:
    """A PDF of lines of text in which a bullet stands for the ligature of f and i."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%b] >>"
        % (len(pages), b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(len(pages)))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding"
        b" << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [149 /fi] >> >>",
    ]
    for i, lines in enumerate(pages):
        shown = b" ".join(b"(%b) Tj T*" % line.encode("cp1252") for line in lines)
        content = b"BT /F1 12 Tf 14 TL 50 700 Td %b ET" % shown
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * i)
        )
        objects.append(b"<< /Length %d >> stream\n%b\nendstream" % (len(content), content))
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj %b endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
        + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    )


def test_a_pdf_has_letters_for_ligatures_and_no_page_furniture(tmp_path: Path) -> None:
    pytest.importorskip("pypdf", reason="needs midword[documents]")
    told = [
        f"The \u2022rst of\u2022ces open at {n} and close at noon, says the notice." for n in "abcd"
    ]
    pages = [["Handbook 2024", text, f"Page {i} of 4"] for i, text in enumerate(told, 1)]
    (tmp_path / "a.pdf").write_bytes(pdf(pages))
    (text,) = texts(tmp_path / "a.pdf")
    assert text.split("\n\n") == [line.replace("\u2022", "fi") for line in told]


def test_copies_and_repeated_paragraphs_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PROSE)
    (tmp_path / "b.txt").write_text(f"  {PROSE.upper()}  ")
    for name in "cdef":
        own = f"Only {name} says how the letters of the seventh chapter are read aloud by heart."
        (tmp_path / f"{name}.txt").write_text(f"{PROSE}\n\n{own} {own}\n")
    reading = read_sources([str(tmp_path)], max_repeats=2)
    assert ("a copy of another document") in {reason for _, reason in reading.skipped}
    assert sum(PROSE in document.text for document in reading.documents) == 2
    assert reading.repeated_paragraphs == 3


def documents(count: int) -> list[TeamDocument]:
    return [TeamDocument(f"d{i}", (f"{PROSE} {i}", f"Shared: {PROSE}")) for i in range(count)]


def split(
    documents: list[TeamDocument], share: float, seed: int
) -> tuple[list[TeamDocument], list[TeamDocument]]:
    train, validation = splitting.split(documents, share, seed)
    return list(train), validation


def test_the_split_is_by_document_and_leaks_no_paragraph() -> None:
    train, validation = split(documents(20), 0.2, seed=1)
    assert len(train) + len(validation) == 20
    assert 3 <= len(validation) <= 6
    known = {paragraph for document in train for paragraph in document.paragraphs}
    assert not any(p in known for document in validation for p in document.paragraphs)
    assert split(documents(20), 0.2, seed=1) == (train, validation)
    assert split(documents(1), 0.2, seed=1) == (documents(1), [])


def long_ones(*sizes: int) -> list[TeamDocument]:
    """Documents of so many paragraphs of 100 characters."""
    return [
        TeamDocument(f"d{i}", tuple(f"{i} {n} {PROSE} And so on."[:100] for n in range(size)))
        for i, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    "sizes",
    [
        (300,),
        (200, 10, 10),
        (60, 60, 60, 60),
        (160, *[9] * 95),  # one of 96 documents has 16% of the text
        tuple(range(1, 97)),
        (8,) * 12,
    ],
)
def test_validation_rests_on_many_pieces_and_little_text(sizes: tuple[int, ...]) -> None:
    read = long_ones(*sizes)
    total = sum(document.size for document in read)
    for seed in range(20):
        train, validation = split(read, 0.1, seed)
        held = sum(document.size for document in validation)
        assert len(validation) >= (10 if sum(sizes) > 150 else 6)
        assert 0.09 * total < held < (0.15 if sum(sizes) > 150 else 0.21) * total
        assert max(document.size for document in validation) < 0.05 * total
        assert held + sum(document.size for document in train) == total


def test_too_little_to_part_is_all_for_training() -> None:
    read = [TeamDocument("a", (PROSE,))]
    assert split(read, 0.1, seed=1) == (read, [])
    assert split(long_ones(9, 9), 0.0, seed=1)[1] == []


def test_a_large_table_in_a_folder_comes_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"The committee will meet on day {i} to discuss the budget." for i in range(50)]
    lines = [json.dumps({"text": row}) for row in rows]
    (tmp_path / "large.jsonl").write_text("\n".join(lines))
    (tmp_path / "page.md").write_text("The board will review the plan on Friday.")
    monkeypatch.setattr(reading_documents, "LARGEST_FILE", 200)
    read = 0

    def rows_read(*arguments: Any) -> Iterator[str]:
        nonlocal read
        for row in rows:
            read += 1
            yield row

    monkeypatch.setattr(reading_documents.tables, "read", rows_read)

    def first(documents: Iterable[TeamDocument]) -> list[TeamDocument]:
        found = [next(iter(documents))]
        assert read == 1
        return found

    reading = read_sources([str(tmp_path)], keep=first)
    assert reading.documents[0].paragraphs == (rows[0],)


def test_many_paragraphs_are_counted_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("midword_training.documents.seen._RECENT", 7)
    rng = random.Random(5)
    seen, expected = Seen(), Counter[bytes]()
    for _ in range(3000):
        key = key_of(f"paragraph {int(rng.expovariate(0.02))}")
        assert seen.times(key) == min(expected[key], 255)
        seen.add(key)
        expected[key] += 1
    for number in range(3000):
        seen.add(key_of("again"))
        seen.add(key_of(str(number)))
    assert seen.times(key_of("again")) >= 255
