"""VS Code: what a writer does and sees, in the real program, asserted on the saved text."""

import contextlib
import json
import os
import time
from functools import partial
from pathlib import Path

import pytest
from code_server import VSCode
from playwright.sync_api import FloatRect, TimeoutError
from waiting import WAIT_S, ask_until, wait_for

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
# MIDWORD_PICTURES=1 has the tests make the pictures of the READMEs anew, of these parts.
PICTURES = ROOT / "editors" / "vscode" / "media" if os.environ.get("MIDWORD_PICTURES") else None
EDITOR: FloatRect = {"x": 328, "y": 36, "width": 768, "height": 330}
STATUS_BAR: FloatRect = {"x": 500, "y": 500, "width": 600, "height": 200}


def keep_picture(code: VSCode, name: str, part: FloatRect) -> None:
    if PICTURES is not None:
        code.picture(PICTURES / f"{name}.png", part)


def test_first_letters_open_a_list_and_tab_takes_the_word(code: VSCode) -> None:
    path = code.write("first.md", "The committee will meet on Tuesday to |")
    code.type("dis")
    code.wait_for_popup(first="discuss")
    keep_picture(code, "popup", EDITOR)
    code.press("Tab")
    assert code.text(path) == "The committee will meet on Tuesday to discuss"


def test_plain_text_gets_a_list_too(code: VSCode) -> None:
    path = code.write("plain.txt", "We need to | the quality of our work.")
    code.type("imp")
    code.wait_for_popup(first="improve")
    code.press("Tab")
    assert code.text(path) == "We need to improve the quality of our work."


@pytest.mark.parametrize(
    ("right", "word"),
    [(" you for your letter.", "thank"), (" part in the meeting.", "take")],
)
def test_the_right_side_decides_the_word(code: VSCode, right: str, word: str) -> None:
    path = code.write(f"{word}.md", f"We would like to |{right}")
    code.type("t")
    code.wait_for_popup(first=word)
    code.press("Tab")
    assert code.text(path) == f"We would like to {word}{right}"


def test_a_space_offers_the_next_word(code: VSCode) -> None:
    path = code.write("next.md", "The General Assembly of the United|")
    code.type(" ")
    code.wait_for_popup(first="Nations")
    code.press("Tab")
    assert code.text(path) == "The General Assembly of the United Nations"


def test_hover_shows_likelier_words(code: VSCode) -> None:
    code.write("hover.md", "She opened the w|indow and walked into the house.")
    code.command("Show or Focus Hover")
    hover = code.page.locator(".monaco-hover:not(.hidden) .hover-contents").first
    hover.wait_for(timeout=WAIT_S * 1000)
    assert "door" in hover.inner_text()
    assert "%" in hover.inner_text()
    keep_picture(code, "hover", EDITOR)


def test_status_bar_names_the_model(code: VSCode) -> None:
    code.page.locator("#midword\\.midword\\.midword\\.status").hover()
    tooltip = code.page.locator(".monaco-hover", has_text="Model:").first
    tooltip.wait_for(timeout=WAIT_S * 1000)
    assert "Ready." in tooltip.inner_text()
    keep_picture(code, "status", STATUS_BAR)


def test_light_bulb_replaces_the_word(code: VSCode) -> None:
    path = code.write("action.md", "She opened the w|indow and walked into the house.")
    row = code.page.locator(".action-widget .monaco-list-row", has_text="door").first

    def opened() -> bool:
        code.press(
            "Escape", "Control+."
        )  # anew, should another extension's actions have come first
        with contextlib.suppress(TimeoutError):
            row.wait_for(timeout=5000)
            return True
        return False

    wait_for("the actions", opened)
    row.click()
    wait_for("the edit", lambda: "window" not in code.text(path))
    assert code.text(path) == "She opened the door and walked into the house."


def test_enter_breaks_the_line_with_the_list_open(code: VSCode) -> None:
    path = code.write("enter.md", "It is very |")
    code.type("impo")
    code.wait_for_popup(first="important")
    code.press("Enter")
    assert code.text(path) == "It is very impo\n"


@pytest.mark.parametrize("name", ["enter.rst", "enter.tex", "COMMIT_EDITMSG"])
def test_enter_breaks_the_line_in_other_languages_too(code: VSCode, name: str) -> None:
    path = code.write(name, "It is very |")
    code.type("impo")
    code.wait_for_popup(first="important")
    code.press("Enter")
    assert code.text(path) == "It is very impo\n"


def test_escape_leaves_the_text(code: VSCode) -> None:
    path = code.write("escape.md", "It is very |")
    code.type("impo")
    code.wait_for_popup()
    code.press("Escape")
    wait_for("the list to close", lambda: not code.popup())
    assert code.text(path) == "It is very impo"


def test_fast_typing_loses_no_letter_and_the_list_shows_at_the_pause(code: VSCode) -> None:
    path = code.write("fast.md")
    sentence = "The agenda is long, so the committee will meet on Tuesday to dis"
    code.type(sentence, delay_ms=20)
    code.wait_for_popup(first="discuss")
    assert code.text(path) == sentence
    code.press("Tab")
    assert code.text(path) == sentence + "cuss"


def test_undo_takes_an_accepted_word_back_in_one_step(code: VSCode) -> None:
    path = code.write("undo.md", "It is very |")
    code.type("impo")
    code.wait_for_popup(first="important")
    code.press("Tab")
    assert code.text(path) == "It is very important"
    code.press("Control+z")
    assert code.text(path) == "It is very impo"


def test_emoji_and_umlauts_before_the_cursor(code: VSCode) -> None:
    path = code.write("emoji.md", "Grüße 😀👩‍👩‍👧 u\u0308ber: it is very |")
    code.type("impo")
    code.wait_for_popup(first="important")
    code.press("Tab")
    assert code.text(path) == "Grüße 😀👩‍👩‍👧 u\u0308ber: it is very important"


def test_letters_right_of_the_cursor_are_replaced(code: VSCode) -> None:
    path = code.write("inside.md", "It is very imp|ort to note that.")
    code.type("o")
    code.wait_for_popup(first="important")
    code.press("Tab")
    assert code.text(path) == "It is very important to note that."


def test_grey_text_is_taken_whole(mode: VSCode) -> None:
    mode.choose_mode("Grey text", "ghost")
    path = mode.write("whole.md", "They live in the middle |")
    mode.type("o")
    wait_for("grey text", lambda: mode.ghost() == "f the")
    assert mode.popup() == []
    keep_picture(mode, "ghost", EDITOR)
    mode.press("Tab")
    assert mode.text(path) == "They live in the middle of the"


def test_grey_text_is_taken_word_by_word(mode: VSCode) -> None:
    mode.choose_mode("Grey text", "ghost")
    path = mode.write("words.md", "They live in the middle |")
    mode.type("o")
    wait_for("grey text", lambda: mode.ghost() == "f the")
    mode.press("Control+ArrowRight")
    wait_for("the rest", lambda: mode.ghost().strip() == "the")
    mode.press("Control+ArrowRight", "Control+ArrowRight")  # a space is a step of its own
    assert mode.text(path) == "They live in the middle of the"


def test_grey_text_and_list_show_together(mode: VSCode) -> None:
    mode.choose_mode("Both", "both")
    path = mode.write("both.md", "They live in the middle |")
    mode.type("o")
    mode.wait_for_popup(first="of")
    wait_for("grey text", lambda: mode.ghost() == "f the")
    mode.press("Tab")  # what the grey text shows
    assert mode.text(path) == "They live in the middle of the"

    path = mode.write("both, another.md", "They live in the middle |")
    mode.type("o")
    _, second, *_ = mode.wait_for_popup(first="of")
    wait_for("grey text", lambda: mode.ghost() == "f the")
    mode.press("ArrowDown")
    wait_for("other grey text", lambda: mode.ghost() != "f the")
    grey = mode.ghost()
    mode.press("Tab")
    assert mode.text(path) == f"They live in the middle {'o' + grey if grey else second}"


@pytest.mark.parametrize(
    ("text", "is_on"),
    [
        ("prices\n\n```python\nx = |\n```\n", True),
        ("prices\n\n```python\nx = |\n```\n", False),
        ("---\ntitle: prices\nsubtitle: |\n---\n\nprices", True),
        ("prices\n\n<script>\nlet x = |\n</script>\n", False),
    ],
    ids=["fence", "fence, off", "front matter", "script, off"],
)
def test_no_list_opens_by_itself_where_code_stands_in_prose(
    code: VSCode, text: str, is_on: bool
) -> None:
    path = code.write(f"code {len(text)} {is_on}.md", text)
    if not is_on:
        code.command("Midword: Turn On or Off for This File")
        wait_for("the pause", lambda: code.status() == "Midword: Paused in this file.")
    code.type("pri")
    time.sleep(1)  # silence has no event to wait for
    assert (code.popup(), code.no_suggestions()) == ([], False)
    code.press("Control+Space")  # VS Code's own list is there for who asks
    code.wait_for_popup(holds="prices")
    code.press("Tab")
    assert code.text(path) == text.replace("|", "prices")


def test_on_demand_a_list_opens_only_when_asked_for(mode: VSCode) -> None:
    mode.choose_mode("On demand", "onDemand")
    path = mode.write("demand.md", "It is very |")
    mode.type("imp")
    time.sleep(1)  # silence has no event to wait for
    assert (mode.popup(), mode.ghost()) == ([], "")
    mode.press("Control+Space")
    mode.wait_for_popup(first="important")
    mode.type("o")  # an asked-for list goes on with the letters
    mode.wait_for_popup(first="important")
    mode.press("Tab")
    assert mode.text(path) == "It is very important"


def test_a_notebook_has_words_in_prose_and_none_in_code(code: VSCode) -> None:
    cells = [("markdown", "It is very "), ("code", "it = very\n"), ("markdown", "The end.")]
    path = code.write_notebook("lab.ipynb", *cells)
    code.edit_cell()
    code.type("impo")
    code.wait_for_popup(first="important")
    code.press("Tab")
    code.press("Escape", "ArrowDown")

    code.edit_cell()
    code.type("impo")
    ask_until("an empty list", partial(code.press, "Control+Space"), code.no_suggestions)
    code.press("Escape", "Enter")
    code.type("# The committee will meet on Tuesday to dis")
    code.press("Control+Space")
    code.wait_for_popup(first="discuss")
    code.press("Tab")
    code.press("Escape")

    saved = json.loads(code.text(path))["cells"]
    assert ["".join(cell["source"]) for cell in saved] == [
        "It is very important",
        "it = very\nimpo\n# The committee will meet on Tuesday to discuss",
        "The end.",
    ]
