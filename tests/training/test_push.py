"""A model goes to a hub: for its owners alone, with its card, without what is the trainer's own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from midword.model.errors import ModelError
from midword.model.manifest import Manifest
from midword.model.parcel import parcel


class Hub(ThreadingHTTPServer):
    """As much of the Hugging Face hub's API as a push uses, kept in memory."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.models: dict[str, dict[str, Any]] = {}
        self.blobs: dict[str, bytes] = {}
        self.tokens: set[str] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, value: Any, code: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        name = self.path.removeprefix("/api/models/").partition("?")[0]
        if name.endswith("/revision/main"):
            name = name.removesuffix("/revision/main")
        if name in self.server.models:
            private = self.server.models[name]["private"]
            self._answer({"_id": "1", "id": name, "private": private, "siblings": []})
        else:
            self._answer({"error": "Repository not found"}, 404)

    def do_PUT(self) -> None:
        self.server.blobs[self.path.rpartition("/")[2]] = self._body()
        self._answer({})

    def do_POST(self) -> None:
        self.server.tokens.add(self.headers.get("Authorization", ""))
        body = self._body()
        if self.path == "/api/repos/create":
            self._create(json.loads(body))
        elif self.path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            files = json.loads(body)["files"]
            large = (".safetensors", ".onnx", ".npz")
            self._answer(
                {
                    "files": [
                        {
                            "path": file["path"],
                            "uploadMode": "lfs" if file["path"].endswith(large) else "regular",
                            "shouldIgnore": False,
                        }
                        for file in files
                    ]
                }
            )
        elif self.path.endswith("/objects/batch"):
            objects = json.loads(body)["objects"]
            for each in objects:
                each["actions"] = {"upload": {"href": f"{self.server.address}/blob/{each['oid']}"}}
            self._answer({"transfer": "basic", "objects": objects})
        elif "/commit/" in self.path:
            self._commit(body)
        else:
            self._answer({"error": f"no {self.path}"}, 404)

    def _create(self, said: dict[str, Any]) -> None:
        name = f"{said.get('organization') or 'me'}/{said['name']}"
        there = name in self.server.models
        private = said.get("private") is True or said.get("visibility") == "private"
        self.server.models.setdefault(name, {"private": private, "files": {}})
        address = f"{self.server.address}/{name}"
        self._answer({"url": address, "name": name, "id": "1"}, 409 if there else 200)

    def _commit(self, body: bytes) -> None:
        name = self.path.removeprefix("/api/models/").partition("/commit/")[0]
        kept = self.server.models[name]["files"]
        for line in body.splitlines():
            said = json.loads(line)
            value = said["value"]
            if said["key"] == "file":
                kept[value["path"]] = base64.b64decode(value["content"])
            elif said["key"] == "lfsFile":
                kept[value["path"]] = self.server.blobs[value["oid"]]
        self._answer({"success": True, "commitOid": "1" * 40, "commitUrl": f"{name}/commit/1"})


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "team-model"))
    (folder / "README.md").write_text("---\nlicense: mit\nbase_model: x\n---\n\n# Team\n")
    (folder / "metrics.json").write_text(json.dumps({"start": str(tmp_path / "base")}))
    (folder / "training.pt").write_bytes(b"pickle")
    (folder / ".env").write_text("KEY=1")
    (tmp_path / "other.json").write_text("{}")
    (folder / "linked.json").symlink_to(tmp_path / "other.json")
    return folder


def push(hub: Hub, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "midword", "models", "push", *arguments],
        env={
            **os.environ,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "HF_HOME": str(home / "hf"),
            "HF_ENDPOINT": hub.address,
            "HF_TOKEN": "hf_test",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_model_is_pushed_whole_and_for_its_owners_alone(
    hub: Hub, model: Path, tmp_path: Path
) -> None:
    done = push(hub, tmp_path / "home", "acme/team-model", "--model", str(model))
    assert done.returncode == 0, done.stderr
    assert f"{hub.address}/acme/team-model" in done.stdout and "owners alone" in done.stdout
    assert "linked.json, training.pt" in done.stdout
    pushed = hub.models["acme/team-model"]
    assert pushed["private"] is True
    assert hub.tokens == {"Bearer hf_test"}
    sent: dict[str, bytes] = pushed["files"]
    assert {"README.md", "model.safetensors", "tokenizer.json", "body.int8.onnx"} <= sent.keys()
    assert not {"training.pt", ".env", "linked.json", "body.fp32.onnx"} & sent.keys()
    assert all(str(tmp_path).encode() not in data for data in sent.values())
    assert sent["README.md"] == (model / "README.md").read_bytes()
    out = tmp_path / "out"
    out.mkdir()
    for name, data in sent.items():
        (out / name).write_bytes(data)
    assert Manifest.read(out).damaged(out) == []
    digest = hashlib.sha256(sent["model.safetensors"]).hexdigest()
    assert Manifest.read(out).sha256["model.safetensors"] == digest


def test_a_public_model_is_no_place_for_a_private_push(
    hub: Hub, model: Path, tmp_path: Path
) -> None:
    hub.models["acme/open"] = {"private": False, "files": {}}
    done = push(hub, tmp_path / "home", "acme/open", "--model", str(model))
    assert done.returncode != 0
    assert "public on the hub: say --public" in done.stderr
    assert hub.models["acme/open"]["files"] == {}
    done = push(hub, tmp_path / "home", "acme/open", "--model", str(model), "--public")
    assert done.returncode == 0, done.stderr
    assert "README.md" in hub.models["acme/open"]["files"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("acme/x",), "say which model to push"),
        (("no-owner", "--model", "MODEL"), "name it OWNER/NAME"),
        (("acme/x", "--model", "EMPTY"), "is no Midword model"),
    ],
)
def test_mistakes_are_clear_and_ask_no_hub(
    hub: Hub, model: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"MODEL": str(model), "EMPTY": str(tmp_path / "empty")}
    done = push(hub, tmp_path / "home", *(places.get(each, each) for each in arguments))
    assert done.returncode != 0
    assert said in done.stderr and "Traceback" not in done.stderr
    assert hub.tokens == set()


def test_a_hub_that_says_no_is_named(hub: Hub, model: Path, tmp_path: Path) -> None:
    hub.server_close()
    done = push(hub, tmp_path / "home", "acme/x", "--model", str(model))
    assert done.returncode != 0
    assert "can't push acme/x to the hub" in done.stderr and "Traceback" not in done.stderr


def test_a_file_that_names_a_folder_of_this_machine_stays(model: Path) -> None:
    card = model / "README.md"
    card.write_text(f"# Team\n\nMade from {model.parent}/secret-project.\n")
    with pytest.raises(ModelError, match=r"README\.md names a folder of this machine"):
        parcel(model)
