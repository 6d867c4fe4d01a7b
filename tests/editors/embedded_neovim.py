"""Neovim, driven: the real program with a clean profile, typed into as from a keyboard."""

import contextlib
import time
from pathlib import Path
from typing import Any

import pynvim
from homes import Home
from neovim_screen import Screen
from waiting import wait_for, wait_for_list

PLUGIN = Path(__file__).parents[2] / "editors" / "neovim"

# The line that puts a clone on the runtimepath.
CLONE = f"vim.opt.runtimepath:append('{PLUGIN}')"
# What the help tells a writer to put into an init.lua, and messages kept for the tests.
INIT = """
{extra}
-- One test's words must not sway the next one's.
vim.lsp.config('midword', {{ settings = {{ midword = {{ memoryWeight = 0 }} }} }})
vim.lsp.enable('midword')
_G.notices = {{}}
vim.notify = function(message) table.insert(_G.notices, message) end
"""


class Neovim:
    """One Neovim of a writer.

    `extra` is Lua that the init.lua holds before Midword is enabled.
    """

    def __init__(self, program: str, home: Home, *, extra: str = CLONE) -> None:
        self.folder = home.folder
        environment = home.environment
        init = Path(environment["XDG_CONFIG_HOME"]) / "nvim" / "init.lua"
        init.parent.mkdir(parents=True, exist_ok=True)
        init.write_text(INIT.format(extra=extra), "utf-8")
        # Lists show only with a screen: `--embed` waits for one, which is attached below.
        argv = ["env", "-i", *_pairs(environment), program, "--embed"]
        self.nvim = pynvim.attach("child", argv=argv)
        self.nvim.ui_attach(80, 18, rgb=True, ext_linegrid=True)
        self._screen = Screen()
        self.process_id: int = self.lua("return vim.uv.os_getpid()")

    def close(self) -> None:
        """Leave Neovim, whatever is unsaved."""
        with contextlib.suppress(OSError, EOFError):  # it is gone, as it should be
            self.nvim.command("qall!")
        self.nvim.close()

    def write(self, name: str, text: str = "") -> None:
        """Open a file of `text`, with the cursor in insert mode where `text` has a `|`."""
        left, _, right = text.partition("|")
        path = self.folder / name
        path.write_text(left + right, "utf-8")
        self.nvim.input("<Esc>")
        self.nvim.command(f"edit! {path}")
        lines = left.split("\n")
        self.nvim.command("startinsert")
        self.nvim.current.window.cursor = (len(lines), len(lines[-1].encode()))
        wait_for("insert mode", lambda: self.nvim.api.get_mode()["mode"].startswith("i"))
        wait_for(
            "the server", lambda: self.lua("return #vim.lsp.get_clients({name='midword', bufnr=0})")
        )

    def type(self, text: str, *, delay_ms: float = 30) -> None:
        """Type as on a keyboard; names such as `<C-n>` are keys."""
        for key in _keys(text):
            self.nvim.input(key)
            time.sleep(delay_ms / 1000)

    def lua(self, code: str, *arguments: object) -> Any:
        """Run Lua inside of Neovim."""
        return self.nvim.exec_lua(code, *arguments)

    def text(self) -> str:
        """The buffer's text."""
        return "\n".join(self.nvim.current.buffer[:])

    def popup(self) -> list[str]:
        """The words of the open list."""
        info = self.nvim.funcs.complete_info(["items", "pum_visible"])
        return [item["word"] for item in info["items"]] if info["pum_visible"] else []

    def wait_for_popup(self, *, first: str | None = None, holds: str | None = None) -> list[str]:
        """Wait for a list, or for one that begins with or holds a word."""
        return wait_for_list(self.popup, first, holds)

    def close_list(self) -> None:
        """Close the open list."""
        self.type("<C-e>")

    def take_first(self) -> None:
        """Take the first word of the open list."""
        self.type("<C-n><C-y>")

    def restart(self) -> None:
        """Have the server started anew."""
        self.nvim.command("LspMidwordRestart")

    def picture(self, path: Path, title: str) -> None:
        """Save what the screen shows, as an SVG."""
        self.lua("vim.cmd.redraw() vim.rpcnotify(...)", self.nvim.channel_id, "drawn")
        while (message := self.nvim.next_message())[1] != "drawn":
            if message[1] == "redraw":
                self._screen.draw(message[2])
        path.write_text(self._screen.svg(title), "utf-8")

    def status(self) -> str:
        """The state that the server last announced."""
        return str(self.lua("return (require('midword').status or {}).state or ''"))

    def is_ready(self) -> bool:
        """Whether the server is there, with its model."""
        return self.status() == "ready"

    def said(self) -> str:
        """All that was said to the writer so far."""
        return f"{self.notices()}\n{self.nvim.command_output('messages')}"

    def notices(self) -> str:
        """All messages of vim.notify so far."""
        return "\n".join(self.lua("return _G.notices"))


def _pairs(environment: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in environment.items()]


def _keys(text: str) -> list[str]:
    keys: list[str] = []
    while text:
        end = text.find(">") + 1 if text.startswith("<") else 1
        keys.append(text[:end])
        text = text[end:]
    return keys
