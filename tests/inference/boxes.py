"""Inference servers for the tests: real Tritons, begun by `midword inference`, with tiny models."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from client import Client

CACHE = Path(os.environ.get("MIDWORD_TRITON_CACHE", Path.home() / ".cache" / "midword-triton"))
PYTHON = CACHE / "venv" / "bin" / "python"
HERE = "127.0.0.1"


def free_port() -> int:
    with socket.create_server((HERE, 0)) as server:
        port: int = server.getsockname()[1]
    return port


class Box:
    """One Triton.

    Args:
        models: its model repository.
        folder: where its log goes, and what it caches.
        arguments: of `midword inference` besides where it listens.
    """

    def __init__(self, models: Path, folder: Path, *arguments: str) -> None:
        self.port, self.metrics_port = free_port(), free_port()
        self.endpoint = f"grpc://{HERE}:{self.port}"
        self.log = folder / f"box-{secrets.token_hex(4)}.log"
        self._command = [
            *(sys.executable, "-m", "midword", "inference", "--python", str(PYTHON), str(models)),
            *("--listen", f"{HERE}:{self.port}", "--metrics", f"{HERE}:{self.metrics_port}"),
            *arguments,
        ]
        self._environment = {**os.environ, "XDG_CACHE_HOME": str(folder)}
        self.begin()

    def begin(self) -> None:
        """Start it, and wait until it can be asked."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # with its models' processes it is a group
            )
        begun = f"Started GRPCInferenceService at {HERE}:{self.port}"
        said = len(re.findall(re.escape(begun), self.log.read_text("utf-8", "replace")))

        def listens() -> bool:
            assert self.process.poll() is None, self.log.read_text("utf-8", "replace")
            return self.log.read_text("utf-8", "replace").count(begun) > said

        Client.until(listens, 90)

    def kill(self) -> None:
        """As a machine that loses its power."""
        shared = set()
        with contextlib.suppress(OSError):
            maps = Path(f"/proc/{self.process.pid}/maps").read_text()
            shared = set(re.findall(r"/dev/shm/triton\S+", maps))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for path in shared:  # which nobody gives back
            Path(path).unlink(missing_ok=True)

    def end(self) -> None:
        """As its administrator would."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        self.kill()

    @contextlib.contextmanager
    def asleep(self) -> Iterator[None]:
        """It answers nobody for a while, though its connections stay."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    def count(self, name: str, model: str = "midword") -> int:
        """A number of Triton's metrics: `inference_count` of rows, `inference_exec_count`."""
        address = f"http://{HERE}:{self.metrics_port}/metrics"
        text = urllib.request.urlopen(address, timeout=10).read().decode()
        found = re.search(rf'nv_{name}{{model="{model}",version="1"}} (\d+)', text)
        assert found, text
        return int(found[1])


class Balancer:
    """HAProxy in front of several boxes."""

    def __init__(self, boxes: list[Box], folder: Path) -> None:
        program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program
        port = free_port()
        self.endpoint = f"grpc://{HERE}:{port}"
        servers = "\n".join(
            f"    server box{number} {HERE}:{box.port} check inter 200ms fall 1 rise 1 "
            "observe layer4 error-limit 1 on-error mark-down on-marked-down shutdown-sessions"
            for number, box in enumerate(boxes)
        )
        configuration = folder / "haproxy.cfg"
        configuration.write_text(
            f"""\
defaults
    mode tcp
    balance roundrobin
    retries 3
    option redispatch 1
    timeout connect 100ms
    timeout client 60s
    timeout server 60s
listen boxes
    bind {HERE}:{port}
{servers}
"""
        )
        self._process = subprocess.Popen([program, "-q", "-f", str(configuration)])
        Client.until(lambda: _accepts(port))

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HERE, port), 1):
        return True
    return False
