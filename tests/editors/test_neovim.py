"""Neovim: what a writer does and sees, in the real program, asserted on the buffer's text."""

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import homes
import pytest
from embedded_neovim import CLONE, PLUGIN, Neovim
from homes import Home
from programs import program
from waiting import ask_until, servers, wait_for

pytestmark = [
    pytest.mark.timeout(180),
    # pynvim leaves the pipes of its child to the garbage collector.
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]


# MIDWORD_PICTURES=1 has the tests make the README's pictures anew.
PICTURES = PLUGIN / "media" if os.environ.get("MIDWORD_PICTURES") else None
# As the README says it.
STATUSLINE = """vim.o.statusline = "%f %= %{v:lua.require'midword'.statusline()}\""""


def keep_picture(editor: Neovim, name: str, title: str) -> None:
    if PICTURES is not None:
        editor.picture(PICTURES / f"{name}.svg", title)


def start(home: Home, extra: str = "") -> Neovim:
    return Neovim(program("nvim"), home, extra=f"{CLONE}\n{extra}")


@pytest.fixture(scope="module")
def editor(search: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    """One Neovim for all tests, with nothing but the plugin."""
    with homes.home(tmp_path_factory.mktemp("neovim"), search) as home:
        editor = start(home, STATUSLINE)
        editor.write("start.md")
        wait_for("the model", lambda: editor.status() == "ready")
        yield editor
        editor.close()


def test_first_letters_open_a_list_and_a_word_is_taken(editor: Neovim) -> None:
    editor.write("first.md", "The committee will meet on Tuesday to |")
    editor.type("dis")
    editor.wait_for_popup(first="discuss")
    keep_picture(editor, "list", "A list of words below the cursor in a Markdown file")
    editor.type("<C-n><C-y>")
    assert editor.text() == "The committee will meet on Tuesday to discuss"


def test_plain_text_gets_a_list_too(editor: Neovim) -> None:
    editor.write("plain.txt", "We need to | the quality of our work.")
    editor.type("imp")
    editor.wait_for_popup(first="improve")
    editor.type("<C-n><C-y>")
    assert editor.text() == "We need to improve the quality of our work."


@pytest.mark.parametrize(
    ("right", "word"),
    [(" you for your letter.", "thank"), (" part in the meeting.", "take")],
)
def test_the_right_side_decides_the_word(editor: Neovim, right: str, word: str) -> None:
    editor.write(f"{word}.md", f"We would like to |{right}")
    editor.type("t")
    editor.wait_for_popup(first=word)
    editor.type("<C-n><C-y>")
    assert editor.text() == f"We would like to {word}{right}"


def test_a_space_offers_the_next_word(editor: Neovim) -> None:
    editor.write("next.md", "The General Assembly of the United|")
    editor.type(" ")
    editor.wait_for_popup(first="Nations")
    editor.type("<C-n><C-y>")
    assert editor.text() == "The General Assembly of the United Nations"


def test_hover_shows_likelier_words(editor: Neovim) -> None:
    editor.write("hover.md", "She opened the w|indow and walked into the house.")
    editor.type("<Esc>")
    editor.lua("vim.lsp.buf.hover()")

    def hover() -> str:
        windows = [w for w in editor.nvim.windows if w.api.get_config()["relative"]]
        return "\n".join(windows[0].buffer[:]) if windows else ""

    assert "door" in wait_for("the hover", hover)
    assert "%" in hover()
    keep_picture(editor, "hover", "Likelier words for the word under the cursor")


def test_code_action_replaces_the_word(editor: Neovim) -> None:
    editor.write("action.md", "She opened the w|indow and walked into the house.")
    editor.type("<Esc>")
    editor.lua("""vim.lsp.buf.code_action({
        filter = function(action) return action.title:find('"door"') end, apply = true })""")
    wait_for("the edit", lambda: "window" not in editor.text())
    assert editor.text() == "She opened the door and walked into the house."


def test_enter_breaks_the_line_with_the_list_open(editor: Neovim) -> None:
    editor.write("enter.md", "It is very |")
    editor.type("impo")
    editor.wait_for_popup(first="important")
    editor.type("<CR>")
    wait_for("the line's end", lambda: "\n" in editor.text())
    assert editor.text() == "It is very impo\n"


def test_escape_leaves_the_text(editor: Neovim) -> None:
    editor.write("escape.md", "It is very |")
    editor.type("impo")
    editor.wait_for_popup()
    editor.type("<Esc>")
    wait_for("normal mode", lambda: editor.nvim.api.get_mode()["mode"] == "n")
    assert (editor.text(), editor.popup()) == ("It is very impo", [])


def test_fast_typing_loses_no_letter_and_the_list_shows_at_the_pause(editor: Neovim) -> None:
    editor.write("fast.md")
    sentence = "The agenda is long, so the committee will meet on Tuesday to dis"
    editor.type(sentence, delay_ms=20)
    editor.wait_for_popup(first="discuss")
    assert editor.text() == sentence
    editor.type("<C-n><C-y>")
    assert editor.text() == sentence + "cuss"


@pytest.mark.parametrize(
    ("keys", "steps"),
    [
        ("<C-n><C-y><Esc>", ["important", "impo", ""]),
        ("<C-n><C-n><C-p><C-y><Esc>", ["important", "impo", ""]),
        ("<C-n><C-y> now<Esc>", ["important now", "important", "impo", ""]),
        ("<C-n> now<Esc>", ["important now", "important", "impo", ""]),
        ("<C-n>. So<Esc>", ["important. So", "important", "impo", ""]),
        ("<C-n><CR>x<Esc>", ["important\nx", "important", "impo", ""]),
        ("<C-n><BS><Esc>", ["importan", "important", "impo", ""]),
        ("<C-n><Esc>", ["important", "impo", ""]),
        ("<C-n><C-e><Esc>", ["impo", ""]),
        ("<C-n><C-e>r<Esc>", ["impor", ""]),
        ("<C-y><Esc>", ["impo", ""]),
    ],
)
def test_undo_takes_back_an_accepted_word_and_nothing_else(
    editor: Neovim, keys: str, steps: list[str]
) -> None:
    editor.write("undo.md", "It is very |")
    editor.type("impo")
    editor.wait_for_popup(first="important")
    editor.type(keys)
    for step in steps:
        wait_for("the step", lambda step=step: editor.text() == f"It is very {step}")
        editor.type("u")


def test_emoji_and_umlauts_before_the_cursor(editor: Neovim) -> None:
    editor.write("emoji.md", "Grüße 😀👩‍👩‍👧 u\u0308ber: it is very |")
    editor.type("impo")
    editor.wait_for_popup(first="important")
    editor.type("<C-n><C-y>")
    assert editor.text() == "Grüße 😀👩‍👩‍👧 u\u0308ber: it is very important"


@pytest.mark.parametrize(
    ("keys", "after"), [("<C-n><C-y>", ""), ("<C-n><Esc>", ""), ("<C-n> all", " all")]
)
def test_letters_right_of_the_cursor_are_replaced(editor: Neovim, keys: str, after: str) -> None:
    editor.write("inside.md", "It is very imp|ort to note that.")
    editor.type("o")
    editor.wait_for_popup(first="important")
    editor.type(keys)
    replaced = f"It is very important{after} to note that."
    wait_for("the edit", lambda: editor.text() == replaced)
    editor.type("<Esc>u")
    if after:
        wait_for("the step", lambda: editor.text() == "It is very important to note that.")
        editor.type("u")
    wait_for("the step", lambda: editor.text() == "It is very impoort to note that.")


def test_letters_stay_where_the_list_is_closed(editor: Neovim) -> None:
    editor.write("stay.md", "It is very imp|ort to note that.")
    editor.type("o")
    editor.wait_for_popup(first="important")
    editor.type("<C-n><C-e>!")
    wait_for("the sign", lambda: "!" in editor.text())
    assert editor.text() == "It is very impo!ort to note that."


def test_letters_are_replaced_in_a_list_that_was_asked_for(home: Home) -> None:
    """Where Neovim's own completion is left off, 'omnifunc' still has the words."""
    editor = start(home, "vim.g.midword = { autotrigger = false } vim.o.completeopt = 'menuone'")
    try:
        editor.write("omni.md", "It is very impo|rt to note that.")
        wait_for("the model", editor.is_ready)
        editor.type("<C-x><C-o>")
        editor.wait_for_popup(first="important")
        editor.type("<C-y><Esc>")
        wait_for("the edit", lambda: editor.text() == "It is very important to note that.")
    finally:
        editor.close()


def test_inline_completion_is_answered(editor: Neovim) -> None:
    """Neovim shows grey text from 0.12 on; the request itself works in 0.11."""
    editor.write("inline.md", "It is very impo|")
    code = """
        local parameters = vim.lsp.util.make_position_params(0, 'utf-8')
        parameters.context = { triggerKind = 1 }
        local client = require('midword').client()
        return client:request_sync('textDocument/inlineCompletion', parameters, 30000).result.items
    """
    (item,) = wait_for("grey text", lambda: editor.lua(code))
    assert item["insertText"].startswith("important")


def test_switched_off_for_a_file_it_is_silent(editor: Neovim) -> None:
    editor.write("off.md", "It is very |")
    editor.nvim.command("LspMidwordToggle")
    wait_for("the message", lambda: "Midword is off (file)." in editor.notices())
    editor.type("impo<C-x><C-o>")
    time.sleep(1)  # silence has no event to wait for
    assert (editor.text(), editor.popup()) == ("It is very impo", [])
    editor.nvim.command("LspMidwordToggle file")
    wait_for("the message", lambda: "Midword is on (file)." in editor.notices())
    editor.type("r")
    editor.wait_for_popup(first="important")


def test_a_word_for_the_dictionary_is_offered_from_then_on(editor: Neovim) -> None:
    editor.write("word.md", "Look at the |")
    editor.nvim.command("LspMidwordAddWord Zwickelbaum")
    wait_for("the message", lambda: "Zwickelbaum" in editor.notices())
    editor.type("Zwi")
    editor.wait_for_popup(holds="Zwickelbaum")


def test_health_names_program_and_model(editor: Neovim) -> None:
    editor.nvim.input("<Esc>")
    editor.nvim.command("checkhealth midword")
    report = wait_for("the report", lambda: editor.text() if "grey text" in editor.text() else "")
    editor.nvim.command("bwipeout!")
    assert "ERROR" not in report
    for found in (
        "executable: ",
        "version: midword",
        "windows that share the daemon: 1 (",
        " is at work.",
        '- ✅ OK The model "bundled" (onnx-int8 on cpu) is ready, loaded in ',
        "The server takes ",
        "attached filetypes: markdown",
        "Neovim's own completion shows the lists",
        "completeopt: ",
    ):
        assert found in report


def test_status_is_told_in_sentences(editor: Neovim) -> None:
    editor.write("status.md", "It is very |")
    editor.type("impo")
    editor.wait_for_popup(first="important")
    editor.type("<Esc>")
    editor.nvim.command("LspMidwordStatus")
    lines = wait_for(
        "the status", lambda: re.findall(r"Midword [\d.]+ is (?s:.*)", editor.notices())
    )
    first, *others = lines[0].splitlines()
    assert re.fullmatch(r"Midword [\d.]+ is at work\.", first)
    for line in (
        r'The model "bundled" \(onnx-int8 on cpu\) is ready, loaded in [\d.]+ s\.',
        r"Half of its lists come within [\d.]+ ms, 95 of 100 within [\d.]+ ms\.",
        r"For \d+ of \d+ lists its answer was there already\.",
        r"The server takes \d+ MB; \w+ documents? (is|are) open here\.",
        r"In files outside of folders it has learnt .+ of open documents\.",
        r"Your dictionary is /.+/dictionary\.txt\.",
    ):
        assert any(re.fullmatch(line, other) for other in others), line
    editor.nvim.command("LspMidwordToggle")
    wait_for("the message", lambda: "Midword is off (file)." in editor.notices())
    editor.nvim.command("LspMidwordStatus")
    wait_for("the reason", lambda: "It is off in this file, by command." in editor.notices())
    editor.nvim.command("LspMidwordToggle")


def test_status_names_a_folder_and_a_model_that_is_not_there(home: Home) -> None:
    own = "{ 'midword', 'serve', '--stdio', '--model', '/nowhere' }"
    editor = start(home, f"vim.lsp.config('midword', {{ cmd = {own} }})")
    try:
        project = home.folder / "project"
        project.mkdir()
        (project / ".midword.toml").touch()
        (project / "other.md").write_text("Zwickelbaum", "utf-8")
        editor.write("project/here.md")
        wait_for("the model's failure", lambda: editor.status() == "degraded")

        def said() -> bool:
            editor.nvim.command("LspMidwordStatus")
            return " and one file.\n" in editor.notices()

        wait_for("the folder's words", said)
        for line in (
            "is at work without its model: words come from the dictionary and your documents.",
            'The model "/nowhere" can’t be used.',
            f"In {project} it has learnt ",
            f"The project’s dictionary is {project}/.midword-words.txt.",
        ):
            assert line in editor.notices()
    finally:
        editor.close()


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("{ '%s', 'connect' }", "older than the plugin: it knows no `connect`"),
        ("{ 'midword', 'serve', '--stdio' }", "this Neovim has a server of its own"),
        ("{ 'midword', 'connect' }", "no daemon runs: the next window starts one"),
    ],
    ids=["older", "own", "none"],
)
def test_health_says_whose_the_server_is(home: Home, command: str, found: str) -> None:
    older = home.folder / "older"
    older.write_text('#!/bin/sh\n[ "$1" = --version ] && echo midword 0.0.9 || exit 2\n', "utf-8")
    older.chmod(0o755)
    command = command.replace("%s", str(older))
    editor = start(home, f"vim.lsp.config('midword', {{ cmd = {command} }})")
    try:
        editor.nvim.command("checkhealth midword")
        assert found in wait_for("the report", editor.text)
    finally:
        editor.close()


def test_statusline_names_the_state_and_the_latency(editor: Neovim) -> None:
    def statusline() -> str:
        return str(editor.lua("return vim.api.nvim_eval_statusline(vim.o.statusline, {}).str"))

    editor.write("statusline.md", "It is very |")
    editor.type("impo")
    editor.wait_for_popup()
    editor.type("<Esc>")
    wait_for("the latency", lambda: re.search(r"statusline\.md .* midword \d+ ms$", statusline()))
    for scope in ("file", "everywhere"):
        for state in ("off", "on"):
            editor.nvim.command(f"LspMidwordToggle {scope}")
            message = f"Midword is {state} ({scope})."
            wait_for("the message", lambda message=message: message in editor.notices())
            end = "midword paused" if state == "off" else " ms"
            wait_for("the statusline", lambda end=end: statusline().endswith(end))


def test_every_command_is_described_in_the_help(editor: Neovim) -> None:
    editor.write("commands.md")
    commands = editor.lua("return vim.tbl_keys(vim.api.nvim_buf_get_commands(0, {}))")
    page = (Path(__file__).parents[2] / "editors/neovim/doc/midword.txt").read_text("utf-8")
    assert len(commands) == 7
    assert [name for name in commands if f"*:{name}*" not in page] == []


def test_a_killed_server_is_reported_and_started_again(editor: Neovim) -> None:
    editor.write("again.md", "It is very |")
    (server,) = servers(editor.process_id)
    server.send_signal(signal.SIGKILL)
    wait_for("the message", lambda: "It is being started again" in editor.notices())
    wait_for(
        "another server", lambda: [s for s in servers(editor.process_id) if s.pid != server.pid]
    )
    editor.write("again.md", "It is very |")
    wait_for("the model", lambda: editor.status() == "ready")
    editor.type("impo")
    editor.wait_for_popup(first="important")
    editor.type("<C-n><C-y>")
    assert editor.text() == "It is very important"


def test_restart_command_starts_another_server(editor: Neovim) -> None:
    editor.write("restart.md", "It is very |")
    before = servers(editor.process_id)
    editor.nvim.command("LspMidwordRestart")
    wait_for("another server", lambda: [s for s in servers(editor.process_id) if s not in before])


def test_the_configuration_alone_serves_a_neovim_without_the_plugin(
    home: Home, tmp_path: Path
) -> None:
    """As nvim-lspconfig would carry it."""
    (tmp_path / "bare" / "lsp").mkdir(parents=True)
    shutil.copy(PLUGIN / "lsp" / "midword.lua", tmp_path / "bare" / "lsp")
    bare = f"vim.opt.runtimepath:append('{tmp_path}/bare') vim.o.completeopt = 'menuone,noselect'"
    editor = Neovim(program("nvim"), home, extra=bare)
    try:
        editor.write("bare.md", "It is very |")
        editor.type("impo")
        # While the model is being loaded, words come from the dictionary alone.
        ask = partial(editor.type, "<C-e><C-x><C-o>")
        ask_until("the word", ask, lambda: editor.popup()[:1] == ["important"])
        editor.type("<C-n><C-y>")
        assert editor.text() == "It is very important"
    finally:
        editor.close()


def test_tab_takes_the_first_word_when_keys_are_asked_for(home: Home) -> None:
    editor = start(home, "vim.g.midword = { keys = true }")
    try:
        editor.write("tab.txt", "It is very |")
        wait_for("the model", lambda: editor.status() == "ready")
        editor.type("impo")
        editor.wait_for_popup(first="important")
        editor.type("<Tab>")
        wait_for("the word", lambda: editor.text() == "It is very important")
        editor.write("no list.txt")
        editor.type("<Tab>x")
        wait_for("an x", lambda: editor.text().endswith("x"))
        assert editor.text() == "\tx"
    finally:
        editor.close()
