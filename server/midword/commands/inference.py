"""`midword inference`: run a team's inference server, Triton, in an environment of its own.

midword models export NAME --triton models
python3 -m venv triton && triton/bin/pip install nvidia-pytriton onnxruntime
midword inference --python triton/bin/python models

Where Triton is installed otherwise, in its container for example, it needs no help:
`tritonserver --model-repository=models`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from midword.addresses import is_loopback
from midword.commands.serve import address
from midword.errors import UserError
from midword.foreign import shown
from midword.own_folders import cache_folder
from midword.tokens import read_token

_PACKAGES = ("pytriton", "onnxruntime")
# Run by the environment's own Python: what it has of Triton, and which Python it is.
_LOOK = f"""
import importlib.util, json, sys
places = {{name: importlib.util.find_spec(name) for name in {_PACKAGES!r}}}
print(json.dumps({{
    "folders": {{name: p and list(p.submodule_search_locations)[0] for name, p in places.items()}},
    "version": "%d.%d" % sys.version_info[:2],
    "prefix": sys.prefix,
}}))
"""
_STUB = "triton_python_backend_stub"
_TOKEN = re.compile(rb"[A-Za-z0-9._~+/-]+=*")  # what Triton's option takes
# What nobody needs who asks for words: with these a client could read or stop others' work.
_CLOSED = "model-repository,model-config,shared-memory,statistics,trace,logging"


def run(argv: list[str]) -> int:
    """Become the server; returns only where that fails."""
    options = _parser().parse_args(argv)
    if sys.platform != "linux":
        raise UserError("Triton runs on Linux only: use its container, or another machine")
    triton = _found(options.python)
    if not any(options.models.glob("*/config.pbtxt")):
        raise UserError(
            f"{shown(options.models)} holds no model for Triton: make one with "
            f"'midword models export NAME --triton {shown(options.models)}'"
        )
    command = [
        str(triton.program),
        f"--model-repository={options.models}",
        f"--backend-directory={_backends(triton)}",
        *_listening(options),
    ]
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": os.pathsep.join(
            filter(None, [str(triton.libraries), os.environ.get("LD_LIBRARY_PATH")])
        ),
        # Its models run in the environment's Python.
        "PATH": os.pathsep.join([str(triton.prefix / "bin"), os.environ.get("PATH", "")]),
        "VIRTUAL_ENV": str(triton.prefix),
    }
    for name in ("PYTHONHOME", "PYTHONPATH"):  # of this environment, if at all
        environment.pop(name, None)
    sys.stdout.flush()
    try:
        os.execve(command[0], command, environment)
    except OSError as error:
        raise UserError(f"{shown(command[0])} can't be run: {error.strerror}") from error


class _Triton(NamedTuple):
    """What an environment has of it."""

    program: Path
    backend: Path  # Python's, without the stub
    stub: Path
    libraries: Path
    prefix: Path


def _found(python: Path) -> _Triton:
    """The Triton in an environment.

    Raises:
        UserError: it isn't there, or not for the environment's Python.
    """
    try:
        said = subprocess.run(
            [python, "-I", "-c", _LOOK], stdout=subprocess.PIPE, check=True, timeout=60
        ).stdout
        there = json.loads(said)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UserError(f"{shown(python)} is no Python that can be run") from error
    folders = there["folders"]
    if missing := [name for name in _PACKAGES if not folders[name]]:
        wanted = " ".join("nvidia-pytriton" if name == "pytriton" else name for name in missing)
        raise UserError(f"something is missing there: {shown(python)} -m pip install {wanted}")
    package = Path(folders["pytriton"])
    root = package / "tritonserver"
    stub = root / "python_backend_stubs" / there["version"] / _STUB
    if not stub.is_file():
        raise UserError(
            f"its Triton knows no Python {there['version']}: make the environment with another"
        )
    return _Triton(
        root / "bin" / "tritonserver",
        root / "backends" / "python",
        stub,
        package.parent / "nvidia_pytriton.libs",
        Path(there["prefix"]),
    )


def _backends(triton: _Triton) -> Path:
    """A folder of backends with the stub of the environment's Python, made of links.

    Raises:
        UserError: it can't be written.
    """
    name = hashlib.sha256(str(triton.stub).encode()).hexdigest()[:12]
    folder = cache_folder() / "triton" / name / "python"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in (*triton.backend.glob("*.*"), triton.stub):
            link = folder / file.name
            if not link.is_symlink() or link.readlink() != file:
                link.unlink(missing_ok=True)
                link.symlink_to(file)
    except OSError as error:
        raise UserError(f"can't write {folder}: {error.strerror}") from error
    return folder.parent


def _listening(options: argparse.Namespace) -> list[str]:
    """Triton's options of who may connect, where, and ask for what.

    Raises:
        UserError: other machines could connect without a token or read what is sent.
    """
    host, port = options.listen
    has_pair = bool(options.certificate and options.key)
    if bool(options.certificate) != bool(options.key):
        raise UserError("TLS takes both --certificate and --key")
    if not is_loopback(host) and not (has_pair and options.token_file):
        raise UserError(
            f"{host} can be reached from other machines, which would send text and could be "
            "overheard: give --certificate and --key, and a --token-file for who may ask"
        )
    found = ["--allow-http=false", f"--grpc-address={host}", f"--grpc-port={port}"]
    found.append(f"--grpc-restricted-protocol={_CLOSED}:midword-closed={secrets.token_hex(16)}")
    if options.token_file:
        token = read_token(options.token_file)
        if not _TOKEN.fullmatch(token.value):
            raise UserError(f"the token in {token.path} has signs that Triton doesn't take")
        found.append(f"--grpc-restricted-protocol=inference:midword-token={token.value.decode()}")
    if has_pair:
        found += [
            "--grpc-use-ssl=true",
            f"--grpc-server-cert={options.certificate}",
            f"--grpc-server-key={options.key}",
        ]
    if options.metrics:
        host, port = options.metrics
        found += [f"--metrics-address={host}", f"--metrics-port={port}"]
    else:
        found.append("--allow-metrics=false")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="midword inference",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("models", type=Path, metavar="DIR", help="a model repository for Triton")
    parser.add_argument(
        "--python",
        type=Path,
        required=True,
        metavar="FILE",
        help="the Python of an environment with nvidia-pytriton and onnxruntime",
    )
    parser.add_argument(
        "--listen",
        type=address,
        default=("127.0.0.1", 8001),
        metavar="HOST:PORT",
        help="where (default: 127.0.0.1:8001); other machines need TLS and a token",
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="TLS, in PEM")
    parser.add_argument("--key", type=Path, metavar="FILE", help="its private key, in PEM")
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="what writers must show; whoever sees this machine's processes sees it too",
    )
    parser.add_argument(
        "--metrics", type=address, metavar="HOST:PORT", help="tell Prometheus counts and timings"
    )
    return parser
