"""The model at a team's server: the words are the same, and nothing but token ids goes there."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
from boxes import HERE, Balancer, Box, free_port
from client import Client
from tritonclient.grpc import service_pb2, service_pb2_grpc

from midword.endpoint import Endpoint
from midword.model.box import Box as Connection
from midword.model.box import BoxError
from midword.model.loading import load
from midword.model.manifest import Manifest
from midword.model.masked_lm import Gap, MaskedLM
from midword.model.runtime import Rows
from midword.model.vocabulary import tokenizer_number

pytestmark = pytest.mark.timeout(300)  # the first also exports models

GAPS = [
    Gap("the committee will meet on tuesday to ", " the budget"),
    Gap("she opened the window and walked into the ", ""),
    Gap("", ""),
    Gap("the garden behind the house is full of flowers and " * 20, " in the garden" * 20),
]
REMOTE = Callable[..., MaskedLM]
START = Callable[..., Box]
WINDOW = Callable[..., Client]


def until_remote(model: MaskedLM) -> None:
    """Ask now and then, as a typist does, until the server is asked again."""

    def is_remote() -> bool:
        model.word_probabilities(GAPS[:1])
        return not model.trouble

    Client.until(is_remote, 60)


def until_troubled(model: MaskedLM) -> None:
    def is_troubled() -> bool:
        model.word_probabilities(GAPS[:1])
        return bool(model.trouble)

    Client.until(is_troubled)


@pytest.mark.parametrize(("name", "family"), [("midword", "bert"), ("roberta", "roberta")])
def test_words_are_those_of_this_machine(
    box: Box, remote: REMOTE, build_model: Callable[[str], Path], name: str, family: str
) -> None:
    there, here = remote(f"{box.endpoint}/{name}", family), load(build_model(family))
    until_remote(there)
    assert there.runtime == "remote"
    assert there.device == f"{HERE}:{box.port}"
    before = box.count("inference_count", name)
    found, wanted = there.word_probabilities(GAPS), here.word_probabilities(GAPS)
    scored = there.score_words(GAPS[0], ["discuss", "budgets", "garden"])
    assert not there.trouble
    assert box.count("inference_count", name) > before + len(GAPS)
    for mine, others in zip(found, wanted, strict=True):
        assert mine.sum() == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(mine, others, atol=0.03)  # both in int8, batched otherwise
        assert list(np.argsort(-mine)[:2]) == list(np.argsort(-others)[:2])
    np.testing.assert_allclose(
        scored, here.score_words(GAPS[0], ["discuss", "budgets", "garden"]), atol=0.1
    )


def test_only_token_ids_leave(box: Box, remote: REMOTE, home: Path) -> None:
    with recorded(box.port) as relay:
        tokens = home / "endpoint-tokens"
        tokens.write_text(f"{HERE}:{relay.port} zyxtoken\n")
        tokens.chmod(0o600)
        model = remote(f"grpc://{HERE}:{relay.port}")
        until_remote(model)
        relay.sent.clear()
        for number in range(20):
            left = f"zyxsecret {number} " + "the garden behind the house " * 200
            model.word_probabilities([Gap(left, " zyxright")])
        assert not model.trouble
        sent = bytes(relay.sent)
    for word in (b"zyx", b"garden", b"house", b"secret", str(home).encode(), b"bert"):
        assert word not in sent.replace(b"zyxtoken", b""), word
    # At most 64 ids of four bytes, and what the protocol puts around them.
    assert len(sent) / 20 < 64 * 4 + 300


def test_many_writers_share_passes(box: Box, build_model: Callable[[str], Path]) -> None:
    folder = build_model("bert")
    endpoint, number = Endpoint.parse(box.endpoint), tokenizer_number(folder / "tokenizer.json")
    manifest = Manifest.read(folder)
    ids = np.array([[manifest.begin_id, 20, manifest.mask_id, 21, manifest.end_id]])
    rows = Rows(ids, np.ones_like(ids), np.array([2]))
    before = box.count("inference_count"), box.count("inference_exec_count")
    begin = threading.Barrier(64)
    failures: list[BaseException] = []

    def write() -> None:
        try:
            connection = Connection(endpoint, number)
            connection.connect()
            begin.wait()
            for _ in range(8):
                assert connection.ask(rows, patience=30).words.shape == (1, 40)
            connection.close()
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(64)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures
    gaps = box.count("inference_count") - before[0]
    passes = box.count("inference_exec_count") - before[1]
    assert gaps == 64 * 8
    assert passes < gaps / 2


def test_what_is_no_question_is_refused_by_itself(
    box: Box, build_model: Callable[[str], Path]
) -> None:
    folder = build_model("bert")
    connection = Connection(
        Endpoint.parse(box.endpoint), tokenizer_number(folder / "tokenizer.json")
    )
    connection.connect()

    def ask(ids: list[int], place: int) -> object:
        row = np.array([ids])
        return connection.ask(Rows(row, np.ones_like(row), np.array([place])), patience=10)

    for ids, place in (([2, 10**6, 3], 1), ([2, 4, 3], 3), ([2, 4, 3], -1), ([2] * 40, 1)):
        with pytest.raises(BoxError, match="refuses"):
            ask(ids, place)
    with pytest.raises(ValueError, match="leave"):
        ask([2] * 65, 1)
    assert ask([2, 4, 3], 1)
    connection.close()


def test_whoever_asks_for_words_gets_nothing_else(box: Box) -> None:
    """Neither what others ask, nor to take their model away, nor to write files on the server."""
    with grpc.insecure_channel(f"{HERE}:{box.port}") as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        for call, request in (
            (stub.RepositoryModelUnload, service_pb2.RepositoryModelUnloadRequest),
            (stub.RepositoryIndex, service_pb2.RepositoryIndexRequest),
            (stub.ModelConfig, service_pb2.ModelConfigRequest),
            (stub.ModelStatistics, service_pb2.ModelStatisticsRequest),
            (stub.SystemSharedMemoryStatus, service_pb2.SystemSharedMemoryStatusRequest),
            (stub.TraceSetting, service_pb2.TraceSettingRequest),
            (stub.LogSettings, service_pb2.LogSettingsRequest),
        ):
            with pytest.raises(grpc.RpcError, match="restricted"):
                call(request(), timeout=10)
        assert stub.ServerReady(service_pb2.ServerReadyRequest(), timeout=10).ready


def test_a_server_that_is_killed(start_box: START, window: WINDOW) -> None:
    box = start_box()
    client = window(box.endpoint)
    numbers = itertools.count()

    def is_read() -> bool:
        """Whether a list comes for a place that no model has read yet, and from a model."""
        passes = client.status()["models"][0]["passes"]
        text = f"{next(numbers)} the committee will meet on tuesday to "
        uri = client.open(text, f"file:///{next(numbers)}.md")
        assert client.words(uri, 0, len(text))
        return bool(client.status()["models"][0]["passes"] > passes)

    def comes_from(device: str, why: str = "") -> bool:
        """Whether words come from there, and the reason is said or there is none to be said."""
        assert is_read()
        status = client.status()
        assert (status["state"], status["runtime"]) == ("ready", "remote")
        message = status.get("message", "")
        return status["device"] == device and (why in message if why else not message)

    client.until(lambda: comes_from(f"{HERE}:{box.port}"), 60)
    box.kill()
    for _ in range(5):
        assert is_read()
    client.until(lambda: comes_from("cpu", "can't be reached"), 60)
    box.begin()
    client.until(lambda: comes_from(f"{HERE}:{box.port}"), 90)
    with box.asleep():
        client.until(lambda: comes_from("cpu", "takes longer"))
    # A slow machine may have told it before: for a server that comes and goes once is enough.
    (message,) = (message for message in client.messages if f"{HERE}:{box.port}" in message)
    assert "the model of this machine answers" in message


def test_a_server_that_is_slow(start_box: START, remote: REMOTE) -> None:
    box = start_box()
    model = remote(box.endpoint, patience=0.3)
    until_remote(model)
    with box.asleep():
        until_troubled(model)
        assert "takes longer than" in model.trouble
        threads = threading.active_count()
        for gap in GAPS * 20:
            assert len(model.word_probabilities([gap])) == 1
        assert model.trouble
        assert threading.active_count() <= threads + 1, "nothing piles up"
    until_remote(model)


def test_a_model_of_another_vocabulary(box: Box, remote: REMOTE) -> None:
    model = remote(f"{box.endpoint}/roberta", "bert")
    assert "another vocabulary" in model.trouble
    assert model.device == "cpu"
    assert model.vocabulary.forms[int(model.word_probabilities(GAPS)[0].argmax())] == "discuss"


def test_a_model_that_is_not_there(box: Box, remote: REMOTE) -> None:
    assert "has no model 'handbook'" in remote(f"{box.endpoint}/handbook").trouble


def test_one_of_two_servers_dies(start_box: START, remote: REMOTE, tmp_path: Path) -> None:
    boxes = [start_box(), start_box()]
    balancer = Balancer(boxes, tmp_path)
    models = [remote(balancer.endpoint) for _ in range(12)]
    over, failures = threading.Event(), []

    def write(model: MaskedLM) -> None:
        try:
            while not over.is_set():
                (found,) = model.word_probabilities(GAPS[:1])
                assert model.vocabulary.forms[int(found.argmax())] == "discuss"
                assert not model.trouble, "the other one answers"
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(model,)) for model in models]
    try:
        for model in models:
            until_remote(model)
        for writer in writers:
            writer.start()
        Client.until(lambda: all(box.count("inference_count") > 40 for box in boxes))
        boxes[0].kill()  # while it is asked
        before = boxes[1].count("inference_count")
        Client.until(lambda: bool(failures) or boxes[1].count("inference_count") > before + 200)
    finally:
        over.set()
        for writer in writers:
            writer.join()
        balancer.end()
    assert not failures


def test_a_token_and_tls(
    start_box: START, remote: REMOTE, home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = tmp_path / "box.pem", tmp_path / "box.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{HERE}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    secret = tmp_path / "token"
    secret.write_text("zyxright\n")
    secret.chmod(0o600)
    box = start_box(
        *("--certificate", str(certificate), "--key", str(key), "--token-file", str(secret))
    )
    endpoint = box.endpoint.replace("grpc:", "grpcs:")
    assert "can't be reached" in remote(endpoint).trouble, "nobody vouches for it"
    assert "can't be reached" in remote(box.endpoint).trouble, "it speaks TLS only"
    (home / "endpoint-roots.pem").write_bytes(certificate.read_bytes())
    assert "wants a token" in remote(endpoint).trouble
    mine, address = home / "endpoint-tokens", f"{HERE}:{box.port}"
    mine.write_text(f"{address} zyxwrong\n")
    mine.chmod(0o600)
    model = remote(endpoint)
    assert "refuses your token" in model.trouble
    mine.write_text(f"# ours\n{address} zyxright\n")
    until_remote(model)  # the new one is read by the way
    mine.chmod(mine.stat().st_mode | stat.S_IROTH)
    assert "others may read" in remote(endpoint).trouble
    assert "zyx" not in caplog.text


class Relay:
    """Hands bytes on to a port, and keeps what went out."""

    def __init__(self, port: int) -> None:
        self.port = free_port()
        self.sent = bytearray()
        self._target = port
        self._listener = socket.create_server((HERE, self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection((HERE, self._target))
                threading.Thread(target=self._copy, args=(near, far), daemon=True).start()

    def _copy(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError), near, far:
            while True:
                for ready in select.select([near, far], [], [])[0]:
                    data = ready.recv(1 << 16)
                    if not data:
                        return
                    if ready is near:
                        self.sent += data
                        far.sendall(data)
                    else:
                        near.sendall(data)

    def close(self) -> None:
        self._listener.close()


@contextlib.contextmanager
def recorded(port: int) -> Iterator[Relay]:
    relay = Relay(port)
    try:
        yield relay
    finally:
        relay.close()
