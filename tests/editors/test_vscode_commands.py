"""VS Code: what the menu, the palette and the settings do, in the real program."""

import itertools
import signal
import time
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from code_server import VSCode
from playwright.sync_api import Route
from waiting import WAIT_S, ask_until, servers, wait_for

from midword import __version__

pytestmark = pytest.mark.timeout(300)

MODEL = Path(__file__).parents[2] / "server" / "midword" / "data" / "model"


def test_switched_off_for_a_file_it_is_silent(code: VSCode) -> None:
    path = code.write("off.md", "It is very |")
    code.command("Midword: Turn On or Off for This File")
    code.page.get_by_text("Midword is off in this file").first.wait_for(timeout=WAIT_S * 1000)
    code.type("impo")
    ask_until("an empty list", partial(code.press, "Escape", "Control+Space"), code.no_suggestions)
    assert code.text(path) == "It is very impo"
    code.press("Escape")

    code.command("Midword: Turn On or Off for This File")
    code.page.get_by_text("Midword is on in this file").first.wait_for(timeout=WAIT_S * 1000)
    code.press("Control+Space")
    code.wait_for_popup(first="important")


@pytest.mark.parametrize(
    ("command", "meaning", "elsewhere"),
    [
        ("for This File", "Paused in this file.", "elsewhere.md"),
        ("for This Language", "Paused in this language.", "elsewhere.txt"),
        ("Everywhere", "Paused everywhere.", None),
    ],
    ids=["file", "language", "everywhere"],
)
def test_status_bar_says_where_suggestions_are_paused(
    code: VSCode, command: str, meaning: str, elsewhere: str | None
) -> None:
    if elsewhere is not None:
        code.write(elsewhere)
    path = code.write(f"paused {command}.md", "It is very |")
    code.command(f"Midword: Turn On or Off {command}")
    wait_for("the pause", lambda: code.status() == f"Midword: {meaning}")
    if elsewhere is not None:
        code.press("Control+PageUp")  # the tab before
        wait_for("no pause", lambda: code.status() == "Midword: Ready.")
        code.press("Control+PageDown")
        wait_for("the pause", lambda: code.status() == f"Midword: {meaning}")
    code.type("impo")
    ask_until("an empty list", partial(code.press, "Escape", "Control+Space"), code.no_suggestions)
    code.press("Escape")
    code.command(f"Midword: Turn On or Off {command}")
    wait_for("the end of the pause", lambda: code.status() == "Midword: Ready.")
    code.press("Control+Space")
    code.wait_for_popup(first="important")
    code.press("Tab")
    assert code.text(path) == "It is very important"


def test_status_bar_opens_the_menu_with_status_and_log(code: VSCode) -> None:
    code.write("menu.md", "It is very |")
    for letter in "impo":  # answers to tell the latency of
        code.type(letter)
        code.wait_for_popup()
    code.press("Escape")
    code.open_menu()
    code.choose("Show status")
    dialog = code.page.locator(".monaco-dialog-box")
    dialog.wait_for(timeout=WAIT_S * 1000)
    for name in ("state: ready", "model: bundled", "device: cpu", "latency ms p50: "):
        assert name in dialog.inner_text()
    code.press("Escape")

    code.command("Midword: Show Log")
    shown = code.page.locator(".part.panel select option:checked", has_text="Midword")
    shown.first.wait_for(state="attached", timeout=WAIT_S * 1000)
    code.command("View: Hide Panel")


def test_menu_says_how_things_stand(code: VSCode) -> None:
    code.write("stand.md", "It is Zwickelb|aum.")
    wait_for("the model", code.is_ready)
    entries = code.open_menu()
    assert entries[:5] == [
        "Turn off for this file (on now)",
        "Turn off for markdown (on now)",
        "Turn off everywhere (on now)",
        "Choose how suggestions show (now: List)",
        "Add “Zwickelbaum” to a dictionary",
    ]
    assert {"Never suggest “Zwickelbaum”", "Choose or fetch a model (now: bundled)"} < {*entries}
    code.choose("Turn off for this file (on now)")
    wait_for("the pause", lambda: code.status() == "Midword: Paused in this file.")
    assert code.open_menu()[:3] == [
        "Turn on for this file (off now)",
        "Turn off for markdown (on now)",
        "Turn off everywhere (on now)",
    ]
    code.choose("Turn on for this file (off now)")
    wait_for("the end of the pause", code.is_ready)


def test_keys_turn_it_off_and_on_in_the_file(code: VSCode) -> None:
    code.write("keys.md", "It is very |")
    wait_for("the model", code.is_ready)
    code.press("Control+k", "Shift+m")
    wait_for("the pause", lambda: code.status() == "Midword: Paused in this file.")
    code.press("Control+k", "Shift+m")
    wait_for("the end of the pause", code.is_ready)


def test_a_word_never_to_be_suggested_is_chosen_from_the_menu(code: VSCode) -> None:
    code.write("never.md", "It is quite import|ant.")
    code.open_menu()
    code.choose("Never suggest “important”")
    code.choose("This folder's dictionary")
    dictionary = code.workspace / ".midword-words.txt"
    wait_for("the word", lambda: dictionary.exists() and "-important" in dictionary.read_text())
    code.write("never2.md", "It is very |")
    code.type("imp")
    code.press("Control+Space")
    assert "important" not in code.wait_for_popup()
    dictionary.write_text("")


def test_walkthrough_knows_that_the_server_runs(code: VSCode) -> None:
    code.command("Welcome: Open Walkthrough...")
    code.choose("Write with Midword")
    step = code.page.locator(".getting-started-step")
    ticked = step.filter(has_text="The server runs").locator(".complete")
    ticked.first.wait_for(timeout=WAIT_S * 1000)
    assert step.filter(has_text="Get the server").count() == 0
    for name in ("Write a sentence", "Look for a better word", "Choose how much it shows"):
        step.filter(has_text=name).wait_for(timeout=WAIT_S * 1000)


def test_settings_page_shows_few_settings_and_the_others_when_asked(code: VSCode) -> None:
    code.command("Preferences: Open Settings (UI)")
    found = code.page.locator(".settings-count-widget")

    def count(query: str) -> int:
        code.press("Control+a")
        code.page.keyboard.insert_text(query)
        return wait_for(
            "the settings", lambda: int((found.inner_text() or "0").split()[0].replace("No", "0"))
        )

    found.wait_for(state="attached", timeout=WAIT_S * 1000)
    assert count("@ext:midword.midword") < 20
    assert count("@ext:midword.midword @tag:advanced") > 10


def test_presets_have_few_lists_open_by_themselves_or_many(code: VSCode) -> None:
    """Of the words with p the first is likely, but not very; "will" is a whole word already."""
    numbers = itertools.count()

    def opens(text: str, is_wanted: bool) -> bool:
        """Whether a list opens at the last letter of a text, or doesn't, as wanted."""
        code.write(f"preset {next(numbers)}.md", text[:-1] + "|")
        code.type(text[-1])
        time.sleep(1)  # silence has no event to wait for
        return bool(code.popup()) is is_wanted

    for preset, in_a_word, behind_one in (
        ("few", False, False),
        ("many", True, True),
        ("usual", True, False),
    ):
        code.set({"midword.lists": preset})
        # That a setting is known has no event either, and a list may be late.
        wait_for(f"{preset}: in a word", partial(opens, "They want to p", in_a_word))
        wait_for(f"{preset}: behind one", partial(opens, "The committee will", behind_one))


def test_a_bad_suggestion_is_reported_in_the_browser_and_no_text_goes_there(code: VSCode) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body="a form")

    browser = code.page.context
    browser.route("https://github.com/**", answer)
    code.write("report.md", "The Zwickelbaum is very |")
    code.command("Midword: Report a Bad Suggestion")
    dialog = code.page.locator(".monaco-dialog-box")
    with browser.expect_page() as opened:
        dialog.get_by_role("button", name="Open", exact=True).click(timeout=WAIT_S * 1000)
    opened.value.get_by_text("a form").wait_for(timeout=WAIT_S * 1000)
    opened.value.close()
    (address,) = asked
    page, _, query = address.partition("?")
    filled = dict(parse_qsl(query))
    assert page.endswith("/midword/issues/new")
    assert filled.pop("editor").startswith("code-server ")
    assert filled == {"template": "suggestion.yml", "version": __version__, "model": "bundled"}


def test_a_server_that_others_installed_is_updated_in_a_terminal(code: VSCode) -> None:
    code.command("Midword: Update the Server")
    wait_for("the way", lambda: "pip install --upgrade midword" in code.notifications())
    code.page.get_by_role("button", name="Restart Server", exact=True).click()
    wait_for("the model", code.is_ready)


def fetch(code: VSCode, source: Path) -> None:
    """Have a model fetched by the command that chooses one."""
    code.command("Midword: Choose or Fetch a Model")
    code.choose("Fetch another model")
    question = code.page.locator(".quick-input-widget", has_text="OWNER/NAME")
    question.wait_for(timeout=WAIT_S * 1000)
    question.locator("input").fill(str(source))
    code.press("Enter")


def test_a_model_is_fetched_and_chosen_and_stays_chosen(code: VSCode) -> None:
    code.write("model.md", "It is very |")
    fetch(code, MODEL.parent / "nothing-here")
    wait_for("the reason", lambda: "no such folder or archive" in code.notifications())
    code.command("Notifications: Clear All Notifications")

    fetch(code, MODEL)
    wait_for("the setting", lambda: '"midword.model": "model"' in code.settings_file.read_text())
    now = "Choose or fetch a model (now: model)"
    ask_until("the model", partial(code.press, "Escape"), lambda: now in code.open_menu())
    code.choose(now)
    code.choose("bundled")
    wait_for("no setting", lambda: '"midword.model"' not in code.settings_file.read_text())
    now = "Choose or fetch a model (now: bundled)"
    ask_until("the model", partial(code.press, "Escape"), lambda: now in code.open_menu())


def test_restart_command_starts_another_server(code: VSCode) -> None:
    code.write("restart.md")
    before = servers(code.process_id)
    code.command("Midword: Restart Server")
    wait_for("another server", lambda: [s for s in servers(code.process_id) if s not in before])
    wait_for("the model", lambda: code.status() == "Midword: Ready.")


def test_a_word_for_the_dictionary_is_offered_from_then_on(code: VSCode) -> None:
    path = code.write("word.md", "The Zwickelb|aum is a tree.")
    code.command("Midword: Add Word to Dictionary")
    code.choose("My dictionary")
    code.write("word2.md", "Look at the |")
    code.type("Zwi")
    code.wait_for_popup(holds="Zwickelbaum")
    assert path.exists()


def test_a_killed_server_is_reported_and_started_again(code: VSCode) -> None:
    (server,) = servers(code.process_id)
    server.send_signal(signal.SIGKILL)
    wait_for("the message", lambda: "It is being started again" in code.notifications())
    assert "Show Log" in code.notifications()
    wait_for("another server", lambda: [s for s in servers(code.process_id) if s.pid != server.pid])
    wait_for("the model", lambda: code.status() == "Midword: Ready.")
    path = code.write("again.md", "It is very |")
    code.type("impo")
    code.wait_for_popup(first="important")
    code.press("Tab")
    assert code.text(path) == "It is very important"
