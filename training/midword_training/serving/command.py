"""`midword models export`: a Hugging Face folder as the CPU runtime's files, or Triton's."""

import argparse
import sys
from pathlib import Path

from midword.endpoint import DEFAULT_NAME
from midword.foreign import shown
from midword.model import store
from midword.model.errors import ModelError
from midword.model.manifest import FILE_NAME
from midword_training.exporting.export import export
from midword_training.serving.repository import Serving, write_repository


def command(argv: list[str]) -> int:
    """``midword models export``: make a Hugging Face folder run on the CPU runtime."""
    parser = argparse.ArgumentParser(prog="midword models export", description=__doc__)
    parser.add_argument("model", help="a model's name, or a Hugging Face folder of a masked LM")
    parser.add_argument("--name", help="the model's name (default: the folder's)")
    parser.add_argument("--no-int8", action="store_true", help="leave the int8 body out")
    parser.add_argument("--fp32", action="store_true", help="write the fp32 body too")
    parser.add_argument("--length", type=int, default=64, help="tokens of a row (default: 64)")
    parser.add_argument("--licence", default="", help="SPDX expression of the weights")
    parser.add_argument("--language", default="en", help="BCP 47 tag of the training texts")
    parser.add_argument(
        "--triton",
        type=Path,
        metavar="DIR",
        help="write a model repository for Triton Inference Server there instead (see "
        "docs/team.md); the model's folder stays as it is",
    )
    box = parser.add_argument_group("with --triton")
    box.add_argument(
        "--as",
        dest="served_as",
        default=DEFAULT_NAME,
        metavar="NAME",
        help=f"what writers' endpoints call it (default: {DEFAULT_NAME})",
    )
    box.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where it will run")
    box.add_argument(
        "--instances",
        type=_count,
        default=1,
        help="processes that run it, on each GPU (default: 1)",
    )
    box.add_argument(
        "--threads", type=_count, default=1, help="cores of each on the CPU (default: 1)"
    )
    box.add_argument(
        "--words", type=_count, default=4096, help="likeliest words that come back (default: 4096)"
    )
    options = parser.parse_args(argv)
    try:
        folder = store.resolve(options.model)
        if options.triton is not None:
            return _serve_by_triton(folder, options)
        manifest = export(
            folder,
            int8=not options.no_int8,
            fp32=options.fp32 or options.no_int8,
            name=options.name,
            length=options.length,
            licence=options.licence,
            language=options.language,
        )
    except (ModelError, OSError) as error:
        print(f"midword models export: {shown(error)}", file=sys.stderr)
        return 1
    print(f"{shown(folder / FILE_NAME)}: {', '.join(manifest.bodies)}")
    return 0


def _serve_by_triton(folder: Path, options: argparse.Namespace) -> int:
    serving = Serving(
        name=options.served_as,
        device=options.device,
        instances=options.instances,
        threads=options.threads,
        words=options.words,
    )
    made = write_repository(folder, options.triton, serving)
    print(f"{shown(made)}: for {options.device}; writers' endpoints end in /{serving.name}")
    return 0


def _count(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
