"""Fetching a model: from a shared folder, an archive, an HTTPS address, or a hub by name.

It opens the network, as only `push` does beside it, and only when `midword models pull` calls it.
Everything arrives in a hidden folder of the store, is checked there, and is renamed into place:
a pull that was cut off leaves nothing that looks like a model.
"""

import hashlib
import re
import shutil
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from midword import files, system
from midword.foreign import shown
from midword.model import archive, fingerprint, store
from midword.model.errors import ModelError
from midword.model.manifest import checksum

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all if known

_CHUNK = 1 << 18
_TIMEOUT = 30.0  # seconds without a byte
_ARCHIVE_NAME = re.compile(r"(.+?)(\.tar)?\.(?:zip|tar|tgz|gz|xz|bz2)", re.IGNORECASE)
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?")


@dataclass(frozen=True, slots=True)
class Pulled:
    """A model that has just come into the store.

    Attributes:
        left_out: files that a model doesn't need and that were not taken (pickles, code).
    """

    name: str
    path: Path
    left_out: tuple[str, ...]


def pull(
    source: str,
    *,
    name: str | None = None,
    sha256: str | None = None,
    revision: str | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Pulled:
    """Bring a model into the store.

    Args:
        source: a folder, an archive file, an `https://` address of one, or a hub's `owner/name`.
        name: what to call it here; else the source's own name.
        sha256: the archive's checksum in hex; needed for an address.
        revision: the hub's branch, tag or commit.
        replace: whether to replace a model of this name.

    Raises:
        ModelError: the source can't be had, isn't what its checksum says, or isn't a model that
            Midword can read safely.
    """
    is_address = "://" in source
    try:
        path = Path(source).expanduser()
        urlsplit(source)
        name = name or _own_name(source)
        is_there = path.exists()
    except (OSError, RuntimeError, ValueError) as error:  # ~nobody, 300 letters, [::1
        raise ModelError(f"'{shown(source)}' can't be a model's source: {shown(error)}") from error
    target = store.stored_path(name)
    _check_place(name, target, replace=replace)
    with _staging() as staging, _disk_errors():
        unpacked = staging / "model"
        unpacked.mkdir()
        if is_address:
            fetched = _download(source, staging, _needed_checksum(sha256), progress)
            left_out = archive.unpack(fetched, unpacked, name=_last_part(source))
        elif path.is_dir():
            left_out = _copy_folder(path, unpacked)
        elif path.is_file():
            if sha256 is not None:
                _check(path.name, checksum(path), sha256)
            left_out = archive.unpack(path, unpacked)
        elif is_there:
            raise ModelError(f"{shown(source)} is neither a folder nor a plain file")
        elif path.is_absolute() or source.startswith(".") or not _HUB_NAME.fullmatch(source):
            raise ModelError(f"no such folder or archive: {shown(source)}")
        else:
            left_out = _from_hub(source, revision, unpacked)
        model = archive.peel(unpacked)
        _verify(model, left_out)
        _put(model, target)
    return Pulled(name, target, tuple(left_out))


def _check_place(name: str, target: Path, *, replace: bool) -> None:
    """Whether a model may come to lie here.

    Raises:
        ModelError: the name is taken, by a model or by an owner's folder of models.
    """
    if name == store.BUNDLED_NAME:
        raise ModelError(
            "'bundled' is the model that comes with Midword: choose another name with --name"
        )
    if "/" in name and store.holds_files(target.parent):
        raise ModelError(f"{name!r} would lie inside of another model: choose another --name")
    if target.is_dir() and not store.holds_files(target) and any(target.iterdir()):
        raise ModelError(f"{name!r} is the folder of that owner's models: choose another --name")
    if target.exists() and not replace:
        raise ModelError(f"there is a model {name!r} already: add --replace, or --name OTHER")


def _last_part(address: str) -> str:
    return Path(urlsplit(address).path).name or "the archive"


def _own_name(source: str) -> str:
    """The source's last part, without an archive's suffix; a hub's name keeps its owner."""
    if "://" in source:
        source = urlsplit(source).path
    elif _HUB_NAME.fullmatch(source) and not Path(source).exists():
        return source
    last = Path(source).expanduser().resolve().name
    match = _ARCHIVE_NAME.fullmatch(last)
    return match[1] if match and not Path(source).is_dir() else last


@contextmanager
def _staging() -> Iterator[Path]:
    """A hidden folder in the store, so that the last step is a rename on one disk."""
    with _disk_errors():
        store.models_dir().mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".pull-", dir=store.models_dir())
    with folder as path:
        yield Path(path)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f" ({shown(error.filename)})" if error.filename else ""
        raise ModelError(
            f"can't read or write the model{where}: {shown(system.why(error))}; "
            f"models go to {store.models_dir()}"
        ) from error


def _needed_checksum(sha256: str | None) -> str:
    if sha256 is None:
        raise ModelError(
            "an archive from an address needs --sha256, the checksum that its publisher gives"
        )
    return sha256


def _download(address: str, folder: Path, sha256: str, progress: Progress | None) -> Path:
    """Fetch an archive over HTTPS and check it against its checksum."""
    parts = urlsplit(address)
    if parts.scheme != "https":
        raise ModelError(f"{shown(parts.scheme)}:// is not safe to fetch from: use https://")
    site, address = shown(parts.netloc), address.strip()
    target = folder / "archive"  # a name of the sender's could be that of something here
    digest = hashlib.sha256()
    opener = urllib.request.build_opener(_HttpsOnly)  # reads the machine's certificates, since 3.12
    try:
        with opener.open(address, timeout=_TIMEOUT) as answer, target.open("wb") as sink:
            length = answer.headers.get("Content-Length", "")
            total = int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
            written = 0
            while chunk := answer.read(_CHUNK):
                written += len(chunk)
                if written > archive.MAX_BYTES:
                    raise ModelError(f"{shown(address)} is larger than the limit for a model")
                sink.write(chunk)
                digest.update(chunk)
                if progress:
                    progress(written, total)
            if total is not None and written != total:
                raise ModelError(
                    f"{shown(address)} broke off after {written} of {total} bytes: try again"
                )
    except urllib.error.HTTPError as error:
        with error:
            raise ModelError(
                f"{shown(address)} answered {error.code} {shown(error.reason, 100)}"
            ) from error
    except urllib.error.URLError as error:
        raise ModelError(f"can't reach {site}: {shown(error.reason)}") from error
    except (TimeoutError, ConnectionError, HTTPException, ssl.SSLError) as error:
        raise ModelError(f"{site} broke off or stopped answering: try again") from error
    except ValueError as error:  # no address after all, or an answer that is none
        raise ModelError(f"{shown(address)} can't be fetched: {shown(error)}") from error
    _check(address, digest.hexdigest(), sha256)
    return target


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to https:// only."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            raise ModelError(
                f"{shown(req.full_url)} leads to {shown(newurl)}, which is not https://"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check(what: str, actual: str, expected: str | None) -> None:
    if expected is not None and actual != expected.strip().lower():
        raise ModelError(
            f"{shown(what)} has the checksum {actual}, not the expected one: don't use it"
        )


def _copy_folder(source: Path, target: Path) -> list[str]:
    """Copy a shared folder's model files; links are followed only to plain files."""
    left_out, budget = [], archive.MAX_BYTES
    for path in fingerprint.walk(source):
        name = path.relative_to(source).as_posix()
        if path.is_dir() or any(part.startswith(".") for part in Path(name).parts):
            continue
        if not path.is_file() or not archive.wanted(name):
            left_out.append(shown(name))
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        with files.open_plain(path) as opened, (target / name).open("xb") as sink:
            while chunk := opened.read(_CHUNK):
                budget -= sink.write(chunk)
                if budget < 0:
                    raise ModelError(f"{shown(source)} is larger than the limit for a model")
    return left_out


def _from_hub(name: str, revision: str | None, target: Path) -> list[str]:
    """Download a model's files from the Hugging Face hub; never its code or pickles."""
    import huggingface_hub  # takes half a second, and only a pull needs it
    from huggingface_hub import errors

    patterns = [f"*{suffix}" for suffix in sorted(archive.SUFFIXES)] + sorted(archive.PLAIN_NAMES)
    try:
        huggingface_hub.snapshot_download(
            name, revision=revision, local_dir=target, allow_patterns=patterns
        )
    except errors.GatedRepoError as error:
        raise ModelError(f"{name} asks for its terms to be accepted on the hub first") from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise ModelError(f"no folder, archive or hub model {name!r}") from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"the hub's {name} has no revision {revision!r}") from error
    except Exception as error:  # the HTTP client's own errors differ between versions
        reason = shown(_first_line(error))
        raise ModelError(f"can't fetch {name} from the hub: {reason}") from error
    shutil.rmtree(target / ".cache", ignore_errors=True)  # the hub client's notes
    return []


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _verify(model: Path, left_out: list[str]) -> None:
    """Whether what arrived is a whole model, and its files what its own manifest says."""
    if trouble := store.problem(model):
        pickles = [name for name in left_out if name.endswith((".bin", ".pt", ".ckpt"))]
        advice = "; its weights are a pickle, and Midword reads safetensors only" if pickles else ""
        raise ModelError(f"this is no model that Midword can read: {trouble}{advice}")
    described = store.manifest_of(model)
    if described and (broken := described.damaged(model)):
        raise ModelError(
            f"{shown(', '.join(broken))} differ from the model's own checksums: pull again"
        )


def _put(model: Path, target: Path) -> None:
    """Rename a checked model into place; an old one of the name goes after the new one stands."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=".old-", dir=store.models_dir()))
        target.rename(old / "model")
        model.rename(target)
        shutil.rmtree(old)
    else:
        model.rename(target)
