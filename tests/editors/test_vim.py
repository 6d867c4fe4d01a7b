"""Vim with Debian's ALE: the configuration of editors/README.md, in the real program."""

import os
import pty
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import program
from waiting import wait_for

pytestmark = pytest.mark.timeout(180)

ALE = Path("/usr/share/vim-ale")

VIMRC = """
set nocompatible encoding=utf-8 noswapfile
let g:ale_completion_enabled = 1
let g:ale_linters_explicit = 1
let g:ale_linters = {{'text': ['midword'], 'markdown': ['midword']}}
let g:ale_root = {{'midword': '{folder}'}}
set runtimepath^={ale}
set completeopt=menuone,noselect
filetype plugin on
for s:type in ['text', 'markdown']
  call ale#linter#Define(s:type, {{
    \\ 'name': 'midword', 'lsp': 'stdio', 'executable': 'midword', 'command': '%e serve --stdio',
    \\ 'project_root': '{folder}'}})
endfor
" The test looks at the list through this file.
autocmd CompleteChanged *
  \\ call writefile(map(complete_info(['items']).items, 'v:val.word'), '{list}')
"""


class Vim:
    """Vim on a terminal of its own."""

    def __init__(self, folder: Path, search: str) -> None:
        self.file = folder / "notes.txt"
        self.list = folder / "list"
        vimrc = folder / "vimrc"
        vimrc.write_text(VIMRC.format(folder=folder, ale=ALE, list=self.list), "utf-8")
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [program("vim"), "-u", str(vimrc), str(self.file)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={
                **os.environ,
                "PATH": search,
                "HOME": str(folder),
                "TERM": "xterm",
                "LANG": "C.UTF-8",
            },
        )
        os.close(theirs)
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self) -> None:
        try:
            while os.read(self.terminal, 4096):
                pass
        except OSError:
            pass  # Vim has left

    def type(self, text: str) -> None:
        """Type as on a keyboard."""
        for letter in text:
            os.write(self.terminal, letter.encode())
            time.sleep(0.03)

    def words(self) -> list[str]:
        """The words of the latest list."""
        return self.list.read_text("utf-8").splitlines() if self.list.exists() else []

    def text(self) -> str:
        """The buffer's text, saved; in normal mode afterwards."""
        self.type("\x1b:w\r")
        return wait_for("the file", lambda: self.file.exists() and self.file.read_text("utf-8"))

    def close(self) -> None:
        """Leave Vim."""
        self.type("\x1b:qall!\r")
        self.process.wait(timeout=30)
        os.close(self.terminal)


@pytest.fixture
def vim(midword: str, tmp_path: Path) -> Iterator[Vim]:
    if not ALE.exists():
        pytest.skip("Debian's vim-ale is not installed")
    vim = Vim(tmp_path, f"{Path(midword).parent}{os.pathsep}{os.environ['PATH']}")
    yield vim
    vim.close()


def test_ale_offers_words_and_one_is_taken(vim: Vim) -> None:
    vim.type("iThe committee will meet on Tuesday to dis")

    def offered() -> bool:
        if vim.words()[:1] == ["discuss"]:
            return True
        vim.type("\x08s")  # the model may still be loading: ask anew
        time.sleep(0.5)
        return False

    wait_for("the word", offered)
    vim.type("\x0e\x19")  # Ctrl-N, Ctrl-Y
    assert vim.text() == "The committee will meet on Tuesday to discuss\n"
