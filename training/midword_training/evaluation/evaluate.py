"""`midword evaluate --model A [--model B ...] --on TEXTS`: what a writer gains, side by side.

    midword evaluate --model team-model --model bundled --on docs/heldout
    midword evaluate --model bundled --cloze tests.jsonl

From Python:

    from midword_training.evaluation.evaluate import evaluate
    print(evaluate(["team-model"], datasets.load_dataset("imdb", split="test")["text"]))
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from midword.errors import UserError
from midword.model import store
from midword.settings import Settings
from midword.text.folding import fold
from midword_training.documents.decoding import decode
from midword_training.documents.reading import read_sources
from midword_training.evaluation import charts
from midword_training.evaluation.measures import (
    LETTERS,
    LIST_LENGTHS,
    Masked,
    Measured,
    Timed,
    masked_of,
    suggester_of,
    type_texts,
    typing_of,
)
from midword_training.evaluation.typing_simulator import MODES, Mode, Typing

BASELINES = ("document-words", "frequency-list")
_GATE = Settings().confidence
_MAIN_LIST = 5
_OTHER = "* another vocabulary than the first's asks other questions: the numbers don't compare"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything measured, printable as a table.

    `known` are the folded words of the first model's vocabulary; what it lacks is jargon.
    """

    measured: list[Measured]
    modes: tuple[Mode, ...]
    words: int
    known: frozenset[str]

    def __str__(self) -> str:
        columns = [self._column(one) for one in self.measured]
        rows = [["", *(one.name for one in self.measured)]]
        rows += [[label, *(column[label] for column in columns)] for label in columns[0]]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        table = "\n".join(
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )
        return table if all(map(self._comparable, self.measured)) else f"{table}\n{_OTHER}"

    def _comparable(self, one: Measured) -> bool:
        """Whether its loss answers the questions that the first model's does."""
        first = self.measured[0].masked
        return not (one.masked and first) or one.masked.vocabulary == first.vocabulary

    def _column(self, one: Measured) -> dict[str, str]:
        """What the table says of one predictor, by the rows' labels."""
        column = _masked_cells(one.masked)
        if not self._comparable(one):
            column = {label: f"{cell} *" for label, cell in column.items()}
        if not any(other.masked for other in self.measured):
            column = {}
        for mode in self.modes:
            typing = one.typing[mode]
            for label, cell in _typing_cells(typing, self.measured[0].typing[mode]):
                column[f"{mode} {label}"] = cell
            rare = self._jargon(typing)
            label = f"{mode} jargon ({len(rare.words)} words) @5 at 2 letters %"
            column[label] = _percent(rare.accuracy(2, 5))
        times = one.latency
        column["first list, p50 / p95 ms"] = (
            f"{times.first_p50:.1f} / {times.first_p95:.1f}" if times else "-"
        )
        column["later lists, p50 ms"] = f"{times.later_p50:.2f}" if times else "-"
        return column

    def _jargon(self, typing: Typing) -> Typing:
        rare = [word for word in typing.words if fold(word.word) not in self.known]
        return Typing(typing.mode, rare)

    def as_dict(self) -> dict[str, Any]:
        """All numbers, for JSON; shares are 0 to 1."""
        return {
            "words": self.words,
            "gate": _GATE,
            "models": [
                {
                    "name": one.name,
                    "masked": asdict(one.masked) if one.masked else None,
                    "masked_comparable": self._comparable(one),
                    "latency_ms": asdict(one.latency) if one.latency else None,
                    **{mode: self._typing_numbers(one, mode) for mode in self.modes},
                }
                for one in self.measured
            ],
        }

    def _typing_numbers(self, one: Measured, mode: Mode) -> dict[str, Any]:
        numbers = _typing_numbers(one, self.measured[0], mode)
        rare = self._jargon(one.typing[mode])
        return {**numbers, "jargon": len(rare.words), "jargon@5_at_2": rare.accuracy(2, 5)}

    def chart(self, folder: Path) -> list[str]:
        """Write `keystroke-savings.{svg,png}`; returns the files' names."""
        groups = [mode.upper() for mode in self.modes]
        series = {
            one.name: [100 * one.typing[mode].savings(_MAIN_LIST) for mode in self.modes]
            for one in self.measured
        }
        intervals = {
            one.name: [
                (100 * low, 100 * high)
                for low, high in (one.typing[mode].interval(_MAIN_LIST) for mode in self.modes)
            ]
            for one in self.measured
        }
        label = "keystrokes saved, lists of 5 (%)"
        return charts.bars(
            folder, "keystroke-savings", groups, series, ylabel=label, intervals=intervals
        )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _masked_cells(masked: Masked | None) -> dict[str, str]:
    if masked is None:
        return dict.fromkeys(("loss", "perplexity", "masked @1 %", "masked @5 %"), "-")
    return {
        "loss": f"{masked.loss:.4f}",
        "perplexity": f"{masked.perplexity:.1f}",
        "masked @1 %": _percent(masked.accuracy_1),
        "masked @5 %": _percent(masked.accuracy_5),
    }


def _typing_cells(typing: Typing, first: Typing) -> Iterator[tuple[str, str]]:
    for k in LIST_LENGTHS:
        yield f"KS@{k} %", _percent(typing.savings(k))
    low, high = typing.interval(_MAIN_LIST)
    yield "KS@5, 95% interval", f"{100 * low:.1f} to {100 * high:.1f}"
    yield "KS@5 against the first", "-" if typing is first else _against(first, typing)
    for letters in LETTERS:
        yield f"@1 at {letters} letters %", _percent(typing.accuracy(letters))
    yield "gaps offered at 0 letters %", _percent(typing.offered(_GATE))
    yield "precision of those %", _percent(typing.precision(_GATE))
    yield "KS@5 behind the gate %", _percent(typing.savings(_MAIN_LIST, _GATE))


def _against(before: Typing, after: Typing) -> str:
    gain = after.savings(_MAIN_LIST) - before.savings(_MAIN_LIST)
    low, high = after.gain_over(before, _MAIN_LIST)
    return f"{100 * gain:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def _typing_numbers(one: Measured, first: Measured, mode: Mode) -> dict[str, Any]:
    typing = one.typing[mode]
    numbers: dict[str, Any] = {f"ks@{k}": typing.savings(k) for k in LIST_LENGTHS}
    numbers["ks@5_interval"] = typing.interval(_MAIN_LIST)
    numbers |= {f"accuracy@1_at_{n}": typing.accuracy(n) for n in LETTERS}
    numbers |= {f"accuracy@5_at_{n}": typing.accuracy(n, 5) for n in LETTERS}
    numbers |= {
        "offered": typing.offered(_GATE),
        "precision": typing.precision(_GATE),
        "ks@5_gated": typing.savings(_MAIN_LIST, _GATE),
    }
    if one is not first:
        numbers["ks@5_against_first"] = typing.gain_over(first.typing[mode], _MAIN_LIST)
    return numbers


def evaluate(
    models: Sequence[str | Path | None],
    texts: Iterable[str],
    *,
    baselines: Sequence[str] = (),
    modes: Sequence[Mode] = MODES,
    words: int = 400,
    seed: int = 42,
    memory_weight: float = 1.0,
    runtime: str = "auto",
    masked: bool = True,
) -> Report:
    """Measure models (names, folders; None: the installed one) and baselines on the same words.

    Args:
        models: the first is what the others are compared with.
        texts: whole documents of plain prose, paragraphs parted by blank lines.
        baselines: of `BASELINES`.
        modes: "append" (nothing right of the cursor), "edit" (the rest of the paragraph).
        words: typed in each mode, spread over the texts by length.
        seed: of the words' sample and of the masks.
        memory_weight: 0 leaves the document's own words out.
        runtime: see `midword.model.loading.load`.
        masked: also measure loss and accuracy at 15% masked tokens (needs torch).

    Raises:
        UserError: a model cannot be loaded, or there is nothing to type.
    """
    texts = [text for text in texts if text.strip()]
    measured: list[Measured] = []
    known: frozenset[str] = frozenset()
    for name in models:
        folder = store.resolve(name)
        suggester = suggester_of(folder, runtime)
        if not measured and suggester.model is not None:
            known = frozenset(suggester.model.vocabulary.keys)
        found, latency = typing_of(
            suggester, texts, modes, words=words, seed=seed, memory_weight=memory_weight
        )
        numbers = masked_of(folder, texts, seed=seed) if masked else None
        measured.append(Measured(_short_name(name, folder), numbers, found, latency))
    for baseline in baselines:
        timed = Timed(_baseline(baseline))
        found = {m: type_texts(timed, texts, m, words=words, seed=seed) for m in modes}
        measured.append(Measured(baseline, None, found, timed.latency()))
    if not measured or not measured[0].typing[modes[0]].words:
        raise UserError("there are no words to type in these texts")
    return Report(measured, tuple(modes), len(measured[0].typing[modes[0]].words), known)


def _baseline(name: str) -> Any:
    from midword.suggest.lexicon import Lexicon
    from midword.suggest.loading import DATA
    from midword_training.evaluation.baselines import DocumentWords, FrequencyList

    if name == "document-words":
        return DocumentWords()
    return FrequencyList(Lexicon.load(DATA / "lexicon.npz"))


def _short_name(name: str | Path | None, folder: Path) -> str:
    return folder.name if name is None or Path(name).is_dir() else str(name)


def read_texts(sources: Sequence[str], text_field: str | None = None) -> list[str]:
    """The texts of sources as `finetune` takes them; plain text files come as they are.

    Raises:
        UserError: nothing could be read.
    """
    plain = [s for s in sources if s.endswith(".txt") and Path(s).is_file()]
    texts = [decode(Path(source).read_bytes()) or "" for source in plain]
    others = [source for source in sources if source not in plain]
    if others:
        reading = read_sources(others, text_field=text_field, max_repeats=1_000_000)
        texts += [document.text for document in reading.documents]
    return texts


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="midword evaluate", description="Measure what models save a writer, side by side."
    )
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="MODEL",
        help="a folder or name, as often as you like; the others are compared with the first",
    )
    parser.add_argument(
        "--baseline", action="append", default=[], choices=BASELINES, help="measure this too"
    )
    parser.add_argument("--on", nargs="+", default=[], metavar="TEXTS", help="texts or data sets")
    parser.add_argument("--text-field", help="the column of a data set that holds the text")
    parser.add_argument("--mode", choices=(*MODES, "both"), default="both")
    parser.add_argument("--words", type=int, default=400, help="words typed in a mode (400)")
    parser.add_argument("--words-per-text", type=int, help="instead: so many words of each text")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--memory-weight", type=float, default=1.0, help="0: no document memory")
    parser.add_argument("--runtime", default="auto", help="auto, onnx-int8, onnx-fp32 or torch")
    parser.add_argument("--no-masked", action="store_true", help="leave loss and perplexity out")
    parser.add_argument(
        "--cloze", type=Path, metavar="PATH", help="zero-shot cloze tests: JSON lines, or a folder"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there")
    parser.add_argument("--chart", type=Path, metavar="FOLDER", help="draw the savings there")
    return parser


def command(argv: list[str]) -> int:
    """`midword evaluate`."""
    options = build_parser().parse_args(argv)
    models: list[str | None] = options.model or ([] if options.baseline else [None])
    if options.cloze:
        return _cloze(models, options)
    if not options.on:
        raise UserError("name the texts to type: --on FILE_OR_FOLDER (or tests: --cloze FILE)")
    texts = read_texts(options.on, options.text_field)
    report = evaluate(
        models,
        texts,
        baselines=options.baseline,
        modes=MODES if options.mode == "both" else (options.mode,),
        words=options.words_per_text * len(texts) if options.words_per_text else options.words,
        seed=options.seed,
        memory_weight=options.memory_weight,
        runtime=options.runtime,
        masked=not options.no_masked,
    )
    print(f"{report.words} words of {len(texts)} texts\n{report}")
    if options.json:
        options.json.write_text(json.dumps(report.as_dict(), indent=1) + "\n")
    if options.chart:
        options.chart.mkdir(parents=True, exist_ok=True)
        print(", ".join(report.chart(options.chart)))
    return 0


def _cloze(models: Sequence[str | None], options: argparse.Namespace) -> int:
    from midword.model.loading import load
    from midword_training.evaluation import cloze_tests

    tests = list(cloze_tests.read(options.cloze))
    for name in models:
        found = cloze_tests.score(load(name, runtime=options.runtime), tests)
        print(f"{name or 'installed model'}: {found.right} of {found.blanks} blanks", end="")
        print(f", {100 * found.accuracy:.1f} %")
    return 0
