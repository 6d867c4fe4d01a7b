"""A web page with CodeMirror that gets words over a WebSocket: the one in examples/web."""

import functools
import http.server
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from code_server import chromium, free_port
from playwright.sync_api import Page
from waiting import WAIT_S, wait_for, wait_for_list

pytestmark = pytest.mark.timeout(180)

TOKEN = "a-token_of/the+page"


@pytest.fixture
def page(cache: Path, midword: str, tmp_path: Path) -> Iterator[Page]:
    """The page, with a server that listens."""
    port = free_port()
    token_file = tmp_path / "token"
    token_file.touch(0o600)
    token_file.write_text(TOKEN)
    server = subprocess.Popen(
        [midword, "serve", "--ws", f"127.0.0.1:{port}", "--token-file", str(token_file)]
    )
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=cache / "web")
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        wait_for("the server", lambda: listens(port))
        with chromium() as browser:
            page = browser.new_page()
            page.on("dialog", lambda dialog: dialog.accept(TOKEN))  # it asks for the token
            page.goto(f"http://127.0.0.1:{site.server_port}/?port={port}", timeout=WAIT_S * 1000)
            yield page
    finally:
        site.shutdown()
        site.server_close()
        server.terminate()
        server.wait(timeout=30)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_page_offers_words_and_tab_takes_one(page: Page) -> None:
    page.locator(".cm-content").click()
    page.keyboard.type("Grüße 😀: the committee will meet on Tuesday to ", delay=20)

    def offered() -> list[str]:
        words = page.locator(".cm-tooltip-autocomplete li .cm-completionLabel").all_inner_texts()
        if words[:1] != ["discuss"]:  # the model may still be loading: ask anew
            page.keyboard.press("Backspace")
            page.keyboard.type("s")
            page.wait_for_timeout(500)
        return words

    page.keyboard.type("dis")
    wait_for_list(offered, first="discuss")
    page.wait_for_timeout(100)  # CodeMirror takes nothing in a list's first 75 ms
    page.keyboard.press("Tab")
    text = "\n".join(page.locator(".cm-line").all_inner_texts())
    assert text == "Grüße 😀: the committee will meet on Tuesday to discuss"
