"""`midword finetune DOCS... -o DIR`: a model that knows a team's words.

midword finetune docs/ handbook.docx -o team-model
midword finetune reviews.jsonl --model distilbert -o out --recipe reference
accelerate launch -m midword_training.finetuning docs/ -o team-model
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from midword.errors import UserError
from midword.foreign import shown
from midword.heap import keep_heap
from midword_training.finetuning.finetune import finetune
from midword_training.settings import add_options, from_options


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="midword finetune",
        description="Teach a model the words of your documents.",
        epilog="The same command given again goes on from a killed run's last checkpoint.",
    )
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="DOCS",
        help="folders, files, globs, git repositories, JSONL/CSV/Parquet/Arrow, hub:OWNER/NAME",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the new model")
    parser.add_argument(
        "--model", help="folder or name of the model to start from (default: bundled)"
    )
    parser.add_argument(
        "--validation", action="append", default=[], metavar="DOCS", help="documents to measure on"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing folder")
    parser.add_argument(
        "--restart", action="store_true", help="throw an unfinished run's checkpoint away"
    )
    parser.add_argument(
        "--simulate-words",
        type=int,
        default=400,
        metavar="N",
        help="words typed by the simulator before and after, for the card (default: 400; 0: none)",
    )
    add_options(parser.add_argument_group("choices, each with its effect in docs/training.md"))
    return parser


def command(argv: list[str]) -> int:
    """`midword finetune`."""
    options = build_parser().parse_args(argv)
    keep_heap()
    metrics = finetune(
        options.sources,
        options.output,
        model=options.model,
        validation=options.validation,
        settings=from_options(options),
        overwrite=options.overwrite,
        restart=options.restart,
        simulate_words=options.simulate_words,
    )
    return 130 if metrics.learnt.stopped_early else 0


def main() -> int:
    """For `python -m` and `accelerate launch -m`."""
    try:
        return command(sys.argv[1:])
    except UserError as error:
        print(f"midword: {shown(error)}", file=sys.stderr)
        return 2
