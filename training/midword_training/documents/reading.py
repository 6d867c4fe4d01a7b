"""A team's documents: found, read, cleaned, with duplicates dropped.

A source is a folder, a file, a glob, a git repository (only what it tracks is read) or its address,
or anything `datasets` reads: JSONL, CSV, Parquet, Arrow, a `save_to_disk` folder, `hub:OWNER/NAME`.
Text goes through `midword.text.prose`, the very code that serves, so the model learns from what it
will be asked about; Word, OpenDocument and PDF files need the extra `midword[documents]`.
"""

from __future__ import annotations

import glob
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from midword import files
from midword.errors import UserError
from midword.own_folders import expanded
from midword.text.cloze import normalise
from midword.text.prose import language_of, prose_text
from midword_training.documents import office, tables
from midword_training.documents.decoding import decode
from midword_training.documents.document import SHORT, TeamDocument, key_of
from midword_training.documents.seen import Seen

LARGEST_FILE = 64 * 2**20
"""Bytes: a larger file of prose is a dump, and is better handed over as JSONL."""

_LEAST_LETTERS = 0.5  # share of letters and blanks below which a paragraph is data, not prose
_NEAR_DUPLICATE = 0.8  # share of a document's text seen before that makes it a copy
_LONG_LINE = 4000  # characters
_ENDLESS = re.compile(r"(?:\S{200,}\s*)+")  # no word, but an encoded image or a key

# A repository's own configuration may name programs for git to run, and places for it to fetch what
# is missing from: neither for a list of files.
_ONLY_LOOK = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
_NO_NETWORK = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}

_CODE_FOLDERS = {"node_modules", "vendor", "third_party", "dist", "build", "__pycache__"}


@dataclass(slots=True)
class Reading:
    """What was read, and what was not and why: `skipped` pairs a name with a reason."""

    documents: Sequence[TeamDocument] = ()
    characters: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    repeated_paragraphs: int = 0

    def report(self, names: int = 3) -> str:
        """A few lines for people: sizes, and each reason for skipping with its first names."""
        millions = self.characters / 1e6
        lines = [f"read {len(self.documents)} documents, {millions:.2f} million characters"]
        if self.repeated_paragraphs:
            lines.append(f"left out {self.repeated_paragraphs} paragraphs read before")
        reasons: dict[str, list[str]] = {}
        for name, reason in self.skipped:
            reasons.setdefault(reason, []).append(name)
        for reason, which in sorted(reasons.items(), key=lambda pair: -len(pair[1])):
            shown = ", ".join(which[:names]) + (", ..." if len(which) > names else "")
            lines.append(f"skipped {len(which)}: {reason} ({shown})")
        return "\n".join(lines)


Keep = Callable[[Iterable[TeamDocument]], Sequence[TeamDocument]]
"""Takes documents as they are read, each once, and has them all."""


def read_sources(
    sources: Sequence[str],
    *,
    text_field: str | None = None,
    max_repeats: int = 2,
    keep: Keep = list,
) -> Reading:
    """Read every source; a paragraph is kept at most `max_repeats` times.

    Raises:
        UserError: a source does not exist, or nothing readable was found in any.
    """
    reading = Reading()
    documents = without_duplicates(_documents(sources, text_field, reading), reading, max_repeats)
    reading.documents = keep(documents)
    if not len(reading.documents):
        raise UserError(f"nothing to learn from in {', '.join(sources)}\n{reading.report()}")
    return reading


def identity(source: str) -> list[tuple[str, int, int]]:
    """Names, sizes and times of a source's files; of a remote place its name alone."""
    path = expanded(source)
    if path.is_dir():
        found = list(_files_of(path))
    elif path.exists():
        found = [path]
    else:
        found = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
    stats = [(str(file), file.stat()) for file in found if file.exists()]
    return [(name, s.st_size, s.st_mtime_ns) for name, s in stats] or [(source, 0, 0)]


def _documents(
    sources: Sequence[str], text_field: str | None, reading: Reading
) -> Iterator[TeamDocument]:
    for source in sources:
        for name, paragraphs in _read_source(source, text_field, reading):
            clean = (_ENDLESS.sub("", normalise(paragraph)).strip() for paragraph in paragraphs)
            prose = tuple(filter(_is_prose, clean))
            if prose:
                yield TeamDocument(name, prose)
            else:
                reading.skipped.append((name, "no prose in it"))


def _is_prose(paragraph: str) -> bool:
    wordlike = sum(c.isalpha() or c == " " for c in paragraph)
    return wordlike > _LEAST_LETTERS * len(paragraph)


def _read_source(
    source: str, text_field: str | None, reading: Reading
) -> Iterator[tuple[str, Iterable[str]]]:
    path = expanded(source)
    if tables.is_table(path):
        yield from _read_table(source, path, text_field)
    elif path.is_dir():
        yield from _read_folder(path, text_field, reading)
    elif path.exists():
        yield from _read_files([path], text_field, reading)
    elif source.endswith(".git") or source.startswith(("git@", "git://", "ssh://")):
        with TemporaryDirectory() as folder:
            _run_git("clone", "--quiet", "--depth", "1", "--", source, folder, may_fetch=True)
            yield from _read_folder(Path(folder), text_field, reading)
    elif any(sign in source for sign in "*?["):
        names = glob.glob(str(path), recursive=True)  # noqa: PTH207  # may be absolute
        found = [Path(name) for name in sorted(names)]
        if not found:
            raise UserError(f"no file matches {source}")
        for file in found:
            yield from _read_source(str(file), text_field, reading)
    elif (name := tables.hub_name(source)) is not None:
        yield from _read_table(name, None, text_field)
    else:
        raise UserError(f"{source} does not exist; a hub's data set is named hub:OWNER/NAME")


def _read_folder(
    folder: Path, text_field: str | None, reading: Reading
) -> Iterator[tuple[str, Iterable[str]]]:
    """The documents of a folder, but for what its links lead out to: that is for its owner to name.

    A model says what it learnt to whoever gets it, and a folder may be somebody else's.
    """
    paths = []
    for path in _files_of(folder):
        if files.lies_in(path, folder):
            paths.append(path)
        else:
            reading.skipped.append((str(path), "a link that leads out of the folder"))
    yield from _read_files(paths, text_field, reading)


def _files_of(folder: Path) -> Iterator[Path]:
    """The files of a folder in a fixed order: what git tracks where it is a repository."""
    if (folder / ".git").exists():
        listed = _run_git("-C", str(folder), *_ONLY_LOOK, "ls-files", "-z", may_fetch=False)
        names = (os.fsdecode(name) for name in sorted(listed.split(b"\0")) if name)
        yield from (folder / name for name in names if all(map(_is_read, Path(name).parts)))
        return
    if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        raise UserError(f"{folder} is a bare repository: clone it, or name it by its address")
    found: list[Path] = []
    waiting = [folder]
    while waiting:  # not `rglob`, which calls itself for each level: trees may be deeper than that
        here = waiting.pop()
        for entry in _entries(here):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(here / entry.name)
            else:
                found.append(here / entry.name)
    yield from (path for path in sorted(found) if not path.is_dir())


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is worth reading in a folder; nothing if it may not be read or its path is too long."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if _is_read(entry.name)]
    except OSError:
        return []


def _is_read(name: str) -> bool:
    """Whether a file or folder of this name is looked at: `.env` and `.git` are not."""
    return name[0] != "." and name not in _CODE_FOLDERS


def _run_git(*arguments: str, may_fetch: bool) -> bytes:
    environment = os.environ if may_fetch else {**os.environ, **_NO_NETWORK}
    try:
        done = subprocess.run(["git", *arguments], check=True, capture_output=True, env=environment)
    except FileNotFoundError:
        raise UserError("reading a git repository needs git") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip()
        raise UserError(f"git could not read the repository: {said}") from None
    return done.stdout


def _read_table(
    source: str, path: Path | None, text_field: str | None
) -> Iterator[tuple[str, Iterable[str]]]:
    for number, text in enumerate(tables.read(source, path, text_field)):
        language = "html" if "<br />" in text else "plaintext"
        yield f"{source}#{number}", prose_text(break_long_lines(text), language)


def _read_files(
    paths: Iterable[Path], text_field: str | None, reading: Reading
) -> Iterator[tuple[str, Iterable[str]]]:
    """The documents of some files; whatever one of them is like, the others are read."""
    for path in paths:
        try:
            yield from _read_file(path, text_field)
        except office.UnreadableError as error:
            reading.skipped.append((str(path), str(error)))
        except OSError as error:
            reading.skipped.append((str(path), error.strerror or "unreadable"))
        except UserError as error:  # a table without a text's column
            reading.skipped.append((str(path), str(error).removeprefix(f"{path}: ")))
        except Exception as error:  # a damaged file fails anywhere inside a format's reader
            reading.skipped.append((str(path), f"damaged ({type(error).__name__})"))


def _read_file(path: Path, text_field: str | None) -> Iterable[tuple[str, list[str]]]:
    """A file's documents: one, or a table's many, which come row by row where it is large.

    Raises:
        Exception: of any kind, where it is damaged.
    """
    with files.open_plain(path) as file:  # not a device: an office file is opened by name
        size = os.fstat(file.fileno()).st_size
    if tables.is_table(path) and (size <= LARGEST_FILE or not tables.is_read_whole(path)):
        rows = (
            (name, list(paragraphs))
            for name, paragraphs in _read_table(str(path), path, text_field)
        )
        return rows if size > LARGEST_FILE else list(rows)
    if size > LARGEST_FILE:
        raise office.UnreadableError("larger than 64 MB")
    if office.is_office_file(path):
        return [(str(path), office.paragraphs(path))]
    text = decode(files.read_bytes(path, LARGEST_FILE))
    language = language_of(path) or ("" if path.suffix else "plaintext")
    if text is None:
        raise office.UnreadableError("not text")
    if not text.strip():
        raise office.UnreadableError("empty")
    if not language:
        raise office.UnreadableError("a kind of file that is not read")
    return [(str(path), prose_text(break_long_lines(text), language))]


def break_long_lines(text: str) -> str:
    """Break lines of thousands of characters after sentences; what serves reads them in part."""
    if len(text) < _LONG_LINE:
        return text
    lines = []
    for line in text.splitlines(keepends=True):
        begin = 0
        while len(line) - begin > _LONG_LINE:
            most = begin + _LONG_LINE
            end = line.rfind(". ", begin, most) + 1 or line.rfind(" ", begin, most)
            end = end if end > begin else most
            lines.append(line[begin:end] + "\n")
            begin = end + (line[end] == " ")
        lines.append(line[begin:])
    return "".join(lines)


def without_duplicates(
    documents: Iterable[TeamDocument], reading: Reading, max_repeats: int
) -> Iterator[TeamDocument]:
    """Drop copies of documents, and paragraphs that were kept `max_repeats` times already."""
    seen = Seen()
    for document in documents:
        keys = [key_of(paragraph) for paragraph in document.paragraphs]
        pairs = list(zip(keys, document.paragraphs, strict=True))
        known = sum(len(paragraph) for key, paragraph in pairs if seen.times(key))
        if known > _NEAR_DUPLICATE * document.size:
            reading.skipped.append((document.name, "a copy of another document"))
            continue
        fresh: list[str] = []
        for key, paragraph in pairs:
            if seen.times(key) < max_repeats or len(paragraph) < SHORT:
                fresh.append(paragraph)
            seen.add(key)
        reading.repeated_paragraphs += len(pairs) - len(fresh)
        kept = replace(document, paragraphs=tuple(fresh))
        reading.characters += kept.size
        yield kept
