"""Fetching models, from friends and from strangers."""

import contextlib
import gzip
import hashlib
import http.server
import io
import json
import os
import random
import shutil
import ssl
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midword.model import archive, pull, store
from midword.model.errors import ModelError
from midword.model.manifest import Manifest, checksum

FILES = {"config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "weights"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home with no models in it; also the working folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shared(home: Path) -> Path:
    """A model in a team's shared folder, with a manifest, among things that are no model's."""
    folder = home / "share" / "legal"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    Manifest(
        name="legal",
        mask_id=4,
        begin_id=2,
        end_id=3,
        pad_id=0,
        length=64,
        input_embeddings="e",
        output_embeddings="e",
        output_bias=None,
        sha256={name: checksum(folder / name) for name in FILES},
    ).write(folder)
    for name in ("training_args.bin", "modeling.py", ".git/config", "notes.docx"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("no")
    return folder


def tar(path: Path, files: dict[str, str] = FILES, *extra: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as opened:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            opened.addfile(info, io.BytesIO(text.encode()))
        for info in extra:
            opened.addfile(info)
    return path


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def nothing_is_left_over() -> bool:
    return not store.models_dir().exists() or not any(store.models_dir().iterdir())


def test_a_shared_folder(shared: Path) -> None:
    pulled = pull.pull(str(shared))
    assert pulled.name == "legal"
    assert sorted(path.name for path in pulled.path.iterdir()) == sorted([*FILES, "midword.json"])
    assert set(pulled.left_out) == {"training_args.bin", "modeling.py", "notes.docx"}
    assert store.resolve("legal") == pulled.path


def test_a_folder_whose_files_differ_from_its_own_checksums(shared: Path) -> None:
    (shared / "model.safetensors").write_text("other weights")
    with pytest.raises(ModelError, match=r"model\.safetensors differ"):
        pull.pull(str(shared))
    assert nothing_is_left_over()


def test_a_folder_without_a_model(home: Path) -> None:
    (home / "empty").mkdir()
    with pytest.raises(ModelError, match=r"config\.json.*missing"):
        pull.pull("./empty")
    assert nothing_is_left_over()


def test_a_pickle_is_not_taken_and_its_absence_explained(shared: Path) -> None:
    (shared / "model.safetensors").rename(shared / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors only"):
        pull.pull(str(shared))


def test_a_second_pull_needs_replace(shared: Path) -> None:
    pull.pull(str(shared))
    with pytest.raises(ModelError, match="--replace"):
        pull.pull(str(shared))
    (shared / "README.md").write_text("newer")
    pulled = pull.pull(str(shared), replace=True)
    assert (pulled.path / "README.md").exists()
    assert [path.name for path in store.models_dir().iterdir()] == ["legal"]


def test_an_archive_with_one_folder_inside(home: Path) -> None:
    files = {f"legal-1.0/{name}": text for name, text in FILES.items()}
    pulled = pull.pull(str(tar(home / "legal-1.0.tar.gz", files)))
    assert pulled.name == "legal-1.0"
    assert sorted(path.name for path in pulled.path.iterdir()) == sorted(FILES)


def test_a_zip_archive_under_another_name(home: Path) -> None:
    with zipfile.ZipFile(home / "legal.zip", "w") as opened:
        for name, text in FILES.items():
            opened.writestr(name, text)
        opened.writestr("evil.pkl", "no")
    pulled = pull.pull("legal.zip", name="ours")
    assert pulled.name == "ours"
    assert pulled.left_out == ("evil.pkl",)


def test_an_archive_that_differs_from_its_checksum(home: Path) -> None:
    path = tar(home / "legal.tar.gz")
    pull.pull(str(path), sha256=checksum(path).upper(), name="right")
    with pytest.raises(ModelError, match="don't use it"):
        pull.pull(str(path), sha256="0" * 64)


@pytest.mark.parametrize(
    "name", ["/etc/x.json", "../x.json", "a/../../x.json", "C:/x.json", "a\\..\\x.json"]
)
def test_a_name_that_would_land_elsewhere(home: Path, name: str) -> None:
    with pytest.raises(ModelError, match="would land elsewhere"):
        pull.pull(str(tar(home / "evil.tar.gz", FILES | {name: "{}"})))
    assert nothing_is_left_over()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_special_files(home: Path, kind: bytes) -> None:
    with pytest.raises(ModelError, match="link or special file"):
        pull.pull(str(tar(home / "evil.tar.gz", FILES, link("x.json", "/etc/passwd", kind))))


def test_a_link_in_a_zip(home: Path) -> None:
    with zipfile.ZipFile(home / "evil.zip", "w") as opened:
        info = zipfile.ZipInfo("config.json")
        info.external_attr = 0o120777 << 16
        opened.writestr(info, "/etc/passwd")
    with pytest.raises(ModelError, match="link or special file"):
        pull.pull("./evil.zip")


def test_a_file_that_comes_twice(home: Path) -> None:
    again = tarfile.TarInfo("config.json")
    with pytest.raises(ModelError, match="twice"):
        pull.pull(str(tar(home / "evil.tar.gz", FILES, again)))


def test_a_bomb_is_stopped_while_it_unpacks(home: Path) -> None:
    path = tar(home / "bomb.tar.gz", {"model.safetensors": "0" * 100_000})
    (home / "out").mkdir()
    with pytest.raises(ModelError, match="more than the limit"):
        archive.unpack(path, home / "out", max_bytes=50_000)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut", b"\x1f\x8b\x08"])
def test_what_is_no_archive(home: Path, content: bytes) -> None:
    (home / "model.zip").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.zip"):
        pull.pull("./model.zip")
    assert nothing_is_left_over()


def test_an_archive_cut_short(home: Path) -> None:
    path = tar(home / "legal.tar.gz", {"model.safetensors": "".join(map(str, range(20_000)))})
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(ModelError, match="damaged"):
        pull.pull(str(path))


ARCHIVES = {
    "zip": "zip",
    "tar": "tar",
    "gztar": "tar.gz",
    "bztar": "tar.bz2",
    "xztar": "tar.xz",
}


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One archive of each format."""
    folder = tmp_path_factory.mktemp("archives")
    (folder / "model").mkdir()
    for name in FILES:
        (folder / "model" / name).write_bytes(random.Random(1).randbytes(600))
    made = (shutil.make_archive(str(folder / kind), kind, folder / "model") for kind in ARCHIVES)
    return {kind: Path(path).read_bytes() for kind, path in zip(ARCHIVES, made, strict=True)}


@pytest.mark.parametrize("kind", ARCHIVES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_archive_is_a_message_not_a_crash(
    archives: dict[str, bytes], kind: str, data: st.DataObject
) -> None:
    content = bytearray(archives[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"model.{ARCHIVES[kind]}")
        path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
        out = Path(folder, "out")
        out.mkdir()
        with contextlib.suppress(ModelError):
            archive.unpack(path, out)
        assert {file.name for file in Path(folder).iterdir()} == {path.name, "out"}


# Archives that are made to fill memory or disk. Each is small; what it says is not.


def packed(path: Path, blocks: Iterable[bytes]) -> Path:
    with gzip.open(path, "wb", compresslevel=1) as opened:
        for block in blocks:
            opened.write(block)
    return path


def header(name: str, kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def pax(records: bytes) -> bytes:
    return header("pax", tarfile.XHDTYPE, len(records)) + records + bytes(-len(records) % 512)


def global_pax(number: int) -> bytes:
    text = b" k%07d=%s\n" % (number, b"x" * 60_000)
    record = b"%d" % (len(text) + 5) + text
    return header("g", tarfile.XGLTYPE, len(record)) + record + bytes(-len(record) % 512)


MUCH = 3 << 30
ENDLESS: dict[str, Callable[[], Iterable[bytes]]] = {
    "a header of 3 GB": lambda: [header("x", tarfile.XHDTYPE, MUCH), *[bytes(1 << 20)] * 300],
    "a name of 3 GB": lambda: [
        header("././@LongLink", tarfile.GNUTYPE_LONGNAME, MUCH),
        *[b"a" * (1 << 20)] * 300,
    ],
    "a link's name of 3 GB": lambda: [
        header("././@LongLink", tarfile.GNUTYPE_LONGLINK, MUCH),
        *[b"a" * (1 << 20)] * 300,
    ],
    "a header for all files of 3 GB": lambda: [
        header("x", tarfile.XGLTYPE, MUCH),
        *[bytes(1 << 20)] * 300,
    ],
    "headers about headers": lambda: [pax(b"11 path=abc\n")] * 5_000,
    "many headers for all files": lambda: map(global_pax, range(3_000)),
    "a map of holes without end": lambda: [
        _sparse_header(),
        *[(b"00000000001\0" * 42 + bytes([1]) + bytes(7)) * 2000] * 300,
    ],
}


def _sparse_header() -> bytes:
    """GNU's old format: the map of holes goes on in the next block."""
    block = bytearray(header("config.json", tarfile.GNUTYPE_SPARSE, 0))
    block[386:482] = b"00000000001\0" * 8
    block[482] = 1
    block[148:156] = b" " * 8
    block[148:155] = b"%06o\0" % sum(block)
    return bytes(block)


@pytest.mark.linux
@pytest.mark.parametrize("kind", ENDLESS)
def test_a_tar_that_says_more_than_any_model_needs(home: Path, kind: str) -> None:
    path = packed(home / "evil.tar.gz", ENDLESS[kind]())
    code = (
        "import sys; from midword.cli import main; sys.exit(main(['models', 'pull', sys.argv[1]]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, preexec_fn=_in_1_gigabyte
    )
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith(b"midword: evil.tar.gz ")
    assert b"more of its files than" in ended.stderr or kind == "headers about headers"
    assert ended.stderr.count(b"\n") == 1
    assert nothing_is_left_over()


def _in_1_gigabyte() -> None:
    import resource  # which Windows lacks

    resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))


def test_a_tar_with_holes(home: Path) -> None:
    files = [_sparse_header()[:482] + bytes(30)]
    block = bytearray(files[0])
    block[148:156] = b" " * 8
    block[148:155] = b"%06o\0" % sum(block)
    with pytest.raises(ModelError, match="link or special file"):
        pull.pull(str(packed(home / "evil.tar.gz", [bytes(block), bytes(1024)])))


def test_a_zip_whose_list_is_longer_than_any_models(home: Path) -> None:
    """It is read whole; its length stands at the file's end."""
    with (home / "evil.zip").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(100 << 20)
        file.seek(0, 2)
        size = (100 << 20) - 4
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, size, 4, 0))
    with pytest.raises(ModelError, match="more of its files than"):
        pull.pull("./evil.zip")


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_unpacks_without_a_bound(home: Path, way: int) -> None:
    with zipfile.ZipFile(home / "evil.zip", "w", way) as opened:
        opened.writestr("config.json", "{}")
    with pytest.raises(ModelError, match="made with deflate"):
        pull.pull("./evil.zip")


def test_folders_in_folders_without_end(home: Path) -> None:
    name = "a/" * 1_500 + "config.json"
    with pytest.raises(ModelError, match="nested deeper"):
        pull.pull(str(tar(home / "evil.tar.gz", {name: "{}"})))
    deep = home / "shared"
    for _ in range(30):
        deep = deep / "a"
    deep.mkdir(parents=True)
    with pytest.raises(ModelError, match="nested deeper"):
        pull.pull("./shared")
    assert nothing_is_left_over()


def test_a_name_with_escapes(home: Path) -> None:
    with pytest.raises(ModelError) as raised:
        pull.pull(str(tar(home / "evil.tar.gz", {"\x1b[2Jx.json": "{}"})))
    assert "\x1b" not in str(raised.value)


@pytest.mark.linux
def test_what_is_no_plain_file(home: Path, shared: Path) -> None:
    os.mkfifo(home / "pipe")
    for source in ("pipe", "./pipe", "/dev/zero"):
        with pytest.raises(ModelError, match="neither a folder nor a plain file"):
            pull.pull(source, name="x")
    os.mkfifo(shared / "added.json")
    (shared / "device.json").symlink_to("/dev/zero")
    assert {"added.json", "device.json"} <= set(pull.pull(str(shared)).left_out)


def test_a_model_comes_into_no_other_model(shared: Path) -> None:
    pull.pull(str(shared), name="acme/legal")
    with pytest.raises(ModelError, match="folder of that owner's models"):
        pull.pull(str(shared), name="acme", replace=True)
    pull.pull(str(shared), name="legal")
    with pytest.raises(ModelError, match="inside of another model"):
        pull.pull(str(shared), name="legal/small")


@pytest.mark.parametrize("source", ["./nope", "/nope", "~/nope", "a/b/c"])
def test_a_path_that_is_not_there(source: str) -> None:
    with pytest.raises(ModelError, match="no such folder or archive"):
        pull.pull(source, name="x")


def test_an_address_needs_https_and_a_checksum() -> None:
    with pytest.raises(ModelError, match="--sha256"):
        pull.pull("https://localhost/legal.zip")
    with pytest.raises(ModelError, match="use https://"):
        pull.pull("http://localhost/legal.zip", sha256="0" * 64)
    with pytest.raises(ModelError, match="use https://"):
        pull.pull("file:///etc/legal.zip", sha256="0" * 64)


@pytest.fixture
def site(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Path]]:
    """A team's HTTPS site on this machine: its address and its folder."""
    keys = tmp_path_factory.mktemp("keys")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost"
    names = "-addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem"
    subprocess.run(f"{command} {names}".split(), cwd=keys, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(keys / "cert.pem"))
    folder = home / "site"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=folder)  # type: ignore[arg-type]

        def do_GET(self) -> None:
            if self.path == "/elsewhere.zip":
                self.send_response(302)
                self.send_header("Location", "http://localhost/legal.zip")
                self.end_headers()
            elif self.path == "/rude.zip":
                self.send_response(404, "gone \x1b[2J\x1b]0;owned\x07" + "x" * 1000)
                self.end_headers()
            elif self.path == "/cut.zip":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"PK")
            else:
                super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("localhost", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "cert.pem", keys / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://localhost:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_archive_from_an_address(site: tuple[str, Path]) -> None:
    address, folder = site
    path = tar(folder / "legal.tar.gz")
    seen: list[tuple[int, int | None]] = []
    pulled = pull.pull(
        f"{address}/legal.tar.gz?download=1",
        sha256=checksum(path),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert pulled.name == "legal"
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)


def test_what_an_address_can_do_wrong(site: tuple[str, Path]) -> None:
    address, folder = site
    path = tar(folder / "legal.tar.gz")
    wrong = hashlib.sha256(b"other").hexdigest()
    for name, sha256, message in (
        ("nope.zip", wrong, "answered 404"),
        ("legal.tar.gz", wrong, "don't use it"),
        ("elsewhere.zip", checksum(path), "not https://"),
        ("cut.zip", wrong, "broke off"),
        ("model", wrong, "answered 404"),
    ):
        with pytest.raises(ModelError, match=message):
            pull.pull(f"{address}/{name}", sha256=sha256)
    with pytest.raises(ModelError, match="can't reach localhost:1"):
        pull.pull("https://localhost:1/legal.zip", sha256=wrong)
    assert nothing_is_left_over()


def test_an_address_that_ends_in_a_name_of_ours(site: tuple[str, Path]) -> None:
    """What is fetched and what is unpacked lie in one folder."""
    address, folder = site
    path = tar(folder / "model")
    assert pull.pull(f"{address}/model", sha256=checksum(path)).name == "model"


def test_what_a_server_says_is_shown_without_its_escapes(site: tuple[str, Path]) -> None:
    address, _ = site
    with pytest.raises(ModelError) as raised:
        pull.pull(f"{address}/rude.zip", sha256="0" * 64)
    assert "answered 404 gone \\x1b[2J" in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    "address", ["https://[::1/x.zip", "https://a:b/x.zip", "https:///x", "://"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ModelError):
        pull.pull(address, sha256="0" * 64, name="x")


def test_a_hub_model_without_its_pickles(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's client is the seam: what it is asked for, and what becomes of its answer."""
    asked: dict[str, object] = {}

    def snapshot_download(name: str, *, local_dir: Path, **options: object) -> str:
        asked.update(options, name=name)
        for file, text in FILES.items():
            (local_dir / file).write_text(text)
        (local_dir / ".cache").mkdir()
        return str(local_dir)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    pulled = pull.pull("acme/legal-small", revision="v1")
    assert pulled.path == store.models_dir() / "acme" / "legal-small"
    assert sorted(path.name for path in pulled.path.iterdir()) == sorted(FILES)
    assert asked["revision"] == "v1"
    patterns = json.dumps(asked["allow_patterns"])
    assert ".safetensors" in patterns
    assert ".bin" not in patterns
    assert ".py" not in patterns


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def snapshot_download(*_: object, **__: object) -> str:
        raise ConnectionError("no route\nmore lines")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    with pytest.raises(ModelError, match=r"can't fetch acme/legal from the hub: no route$"):
        pull.pull("acme/legal")
    assert nothing_is_left_over()
