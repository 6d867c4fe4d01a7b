"""Notebooks: words in Markdown cells and in comments of code, none in code; cells come and go."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from client import CAPABILITIES, Client, Json, at, insertion

from conftest import Start

_numbers = itertools.count()

MARKUP, CODE = 1, 2
KNOWS_NOTEBOOKS = {**CAPABILITIES, "notebookDocument": {"synchronization": {}}}


class Notebook:
    """A notebook in the editor; it speaks to the server as VS Code's client does."""

    def __init__(self, client: Client, path: Path | None = None) -> None:
        path = path or Path(f"/notebook/{next(_numbers)}.ipynb")
        self.client = client
        self.uri = path.as_uri()
        self.path = path
        self.cells = 0
        self.version = 1

    def cell(self, text: str, language: str = "markdown", kind: int | None = None) -> Json:
        """The text document of a new cell; its kind is kept beside it."""
        self.cells += 1
        uri = f"vscode-notebook-cell:{self.path}#W{self.cells}sZmlsZQ%3D%3D"
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        return {**document, "kind": kind or (MARKUP if language == "markdown" else CODE)}

    def open(self, *cells: Json) -> list[str]:
        notebook = {
            "uri": self.uri,
            "notebookType": "jupyter-notebook",
            "version": self.version,
            "metadata": {"custom": {"metadata": {"language_info": {"name": "python"}}}},
            "cells": [in_array(cell) for cell in cells],
        }
        texts = [text_of(cell) for cell in cells]
        self.client.notify(
            "notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": texts}
        )
        return [cell["uri"] for cell in cells]

    def change(self, cells: Any, **more: Any) -> None:
        self.version += 1
        identifier = {"uri": self.uri, "version": self.version}
        self.client.notify(
            "notebookDocument/didChange",
            {"notebookDocument": identifier, "change": {"cells": cells, **more}},
        )

    def edit(self, uri: str, *changes: Any) -> None:
        self.change({"textContent": [{"document": {"uri": uri, "version": 2}, "changes": changes}]})

    def splice(self, start: int, gone: list[str], new: list[Json], moved: int = 0) -> None:
        array = {
            "start": start,
            "deleteCount": len(gone) + moved,
            "cells": list(map(in_array, new)),
        }
        opened = list(map(text_of, new))
        closed = [{"uri": uri} for uri in gone]
        self.change({"structure": {"array": array, "didOpen": opened, "didClose": closed}})

    def save(self) -> None:
        self.client.notify("notebookDocument/didSave", {"notebookDocument": {"uri": self.uri}})

    def close(self, *cells: str) -> None:
        identifiers = [{"uri": uri} for uri in cells]
        self.client.notify(
            "notebookDocument/didClose",
            {"notebookDocument": {"uri": self.uri}, "cellTextDocuments": identifiers},
        )


def in_array(cell: Json) -> Json:
    run = {"executionOrder": 3, "success": True}
    return {"kind": cell["kind"], "document": cell["uri"], "metadata": {}, "executionSummary": run}


def text_of(cell: Json) -> Json:
    return {name: value for name, value in cell.items() if name != "kind"}


@pytest.fixture
def notebook(client: Client) -> Notebook:
    return Notebook(client)


def test_the_client_is_asked_for_cells_that_are_read(start: Start) -> None:
    offered = start().initialize(capabilities=KNOWS_NOTEBOOKS)["capabilities"]
    sync = offered["notebookDocumentSync"]
    (selector,) = sync["notebookSelector"]
    assert selector["notebook"] == "*"
    assert {"language": "markdown"} in selector["cells"]
    assert {"language": "python"} in selector["cells"]
    assert sync["save"] is True


def test_a_client_without_notebooks_is_asked_for_nothing(start: Start) -> None:
    assert "notebookDocumentSync" not in start().initialize()["capabilities"]


def test_words_in_markdown_and_comments_and_none_in_code(notebook: Notebook) -> None:
    client = notebook.client
    prose, code, raw = notebook.open(
        notebook.cell("# A title\n\nwe will dis\n\n```\nwe will dis\n```\n"),
        notebook.cell("we = will.dis\n# we will dis\n", "python"),
        notebook.cell("we will dis", "raw"),
    )
    assert client.words(prose, 2, 11)[0] == "discuss"
    assert client.complete(prose, 5, 11) is None
    assert client.complete(code, 0, 13) is None
    assert client.words(code, 1, 13)[0] == "discuss"
    assert client.complete(raw, 0, 11) is None


@pytest.mark.parametrize("language", ["plaintext", "text"])
def test_code_in_a_language_without_a_name_is_no_prose(notebook: Notebook, language: str) -> None:
    client = notebook.client
    code, prose = notebook.open(
        notebook.cell("we will dis", language), notebook.cell("we will dis", language, MARKUP)
    )
    notebook.edit(code, insertion(0, 11, "c"))
    assert client.complete(code, 0, 12) is None
    assert client.words(prose, 0, 11)[0] == "discuss"
    late = notebook.cell("we will dis", language)
    notebook.splice(2, [], [late])
    assert client.complete(late["uri"], 0, 11) is None


def test_cells_are_edited_each_for_itself(notebook: Notebook) -> None:
    client = notebook.client
    first, second = notebook.open(notebook.cell("we will "), notebook.cell("the committee will "))
    for number, letter in enumerate("dis"):
        notebook.edit(first, insertion(0, 8 + number, letter))
    for number, letter in enumerate("mee"):
        notebook.edit(second, insertion(0, 19 + number, letter))
    assert client.words(first, 0, 11)[0] == "discuss"
    assert client.words(second, 0, 22)[0] == "meet"


def test_several_cells_change_at_once(notebook: Notebook) -> None:
    client = notebook.client
    first, second = notebook.open(notebook.cell("will"), notebook.cell("old"))
    edits = [
        (first, [insertion(0, 0, "we "), insertion(0, 7, " dis")]),
        (second, [{"text": "we di"}]),
    ]
    notebook.change(
        {
            "textContent": [
                {"document": {"uri": uri, "version": 2}, "changes": changes}
                for uri, changes in edits
            ]
        }
    )
    assert client.words(first, 0, 11)[0] == "discuss"
    assert "discuss" in client.words(second, 0, 5)


def test_columns_count_utf_16(notebook: Notebook) -> None:
    (cell,) = notebook.open(notebook.cell("😀 é 日本 the garden\n🙂🙂 we will the plan"))
    start, end = {"line": 1, "character": 13}, {"line": 1, "character": 16}
    notebook.edit(cell, {"range": {"start": start, "end": end}, "text": "dis"})
    item = notebook.client.complete(cell, 1, 16)["items"][0]
    assert item["label"] == "discuss"
    assert item["textEdit"]["range"]["start"] == start


def test_a_moved_cell_keeps_its_text(notebook: Notebook) -> None:
    client = notebook.client
    cells = [notebook.cell("we will "), notebook.cell("x = 1", "python"), notebook.cell("The end")]
    first, *_ = notebook.open(*cells)
    array = {"start": 0, "deleteCount": 3, "cells": [in_array(cells[n]) for n in (1, 2, 0)]}
    notebook.change({"structure": {"array": array, "didOpen": [], "didClose": []}})
    notebook.edit(first, insertion(0, 8, "dis"))
    assert client.words(first, 0, 11)[0] == "discuss"


def test_cells_come_and_go(notebook: Notebook) -> None:
    client = notebook.client
    first, second = notebook.open(notebook.cell("we will dis"), notebook.cell("we will dis"))
    third = notebook.cell("the committee will mee")
    notebook.splice(0, [first], [third])
    assert client.complete(first, 0, 11) is None
    assert client.words(second, 0, 11)[0] == "discuss"
    assert client.words(third["uri"], 0, 22)[0] == "meet"
    before = client.status()["documents"]
    notebook.close(second)  # the other is forgotten by the client
    assert client.complete(third["uri"], 0, 22) is None
    assert client.status()["documents"] == before - 2


def test_a_cells_language_changes(notebook: Notebook) -> None:
    """VS Code closes such a cell and opens it again in one message."""
    client = notebook.client
    cell = notebook.cell("we will dis", "python")
    (uri,) = notebook.open(cell)
    assert client.complete(uri, 0, 11) is None
    notebook.splice(0, [uri], [{**cell, "languageId": "markdown", "kind": MARKUP}])
    assert client.words(uri, 0, 11)[0] == "discuss"


def test_what_is_no_text_is_passed_over(notebook: Notebook) -> None:
    client = notebook.client
    (uri,) = notebook.open(notebook.cell("we will dis"))
    strange = {"kind": CODE, "document": uri, "metadata": [1], "executionSummary": {"success": 7}}
    notebook.change({"data": [strange]})
    notebook.change(None, metadata={"a": {"b": [None, 1e300]}})
    notebook.change({})
    notebook.change({"textContent": []})
    assert client.words(uri, 0, 11)[0] == "discuss"
    assert not [text for text in client.messages if "change" in text]


def test_opened_twice_it_is_what_was_opened_last(notebook: Notebook) -> None:
    client = notebook.client
    first, second = notebook.open(notebook.cell("we will dis"), notebook.cell("we will dis"))
    (third,) = notebook.open(notebook.cell("we will dis"))
    assert client.complete(first, 0, 11) is None
    assert client.complete(second, 0, 11) is None
    assert client.words(third, 0, 11)[0] == "discuss"


@pytest.mark.parametrize(
    "wrong",
    [
        {"textContent": [{"document": {"uri": "CELL", "version": 2}, "changes": [{"text": None}]}]},
        {"textContent": [{"document": {"version": 2}, "changes": []}]},
        {"textContent": "text"},
        {"structure": {"array": None}},
        {"structure": {"array": {"start": 0, "deleteCount": 0}, "didOpen": [{"uri": "x:y"}]}},
        {"structure": {"array": {"start": 0, "deleteCount": 1}, "didClose": [None]}},
        7,
    ],
)
def test_a_change_that_is_none(notebook: Notebook, wrong: Any) -> None:
    """No words in any cell, which would be put in wrong places, and one message."""
    client = notebook.client
    first, second = notebook.open(notebook.cell("we will dis"), notebook.cell("we will dis"))
    (other,) = Notebook(client).open(Notebook(client).cell("we will dis"))
    before = len(client.messages)
    notebook.change(wrong)
    assert client.complete(first, 0, 11) is None
    assert client.complete(second, 0, 11) is None
    assert client.words(other, 0, 11)[0] == "discuss"
    assert len(client.messages) == before + 1
    assert "close it and open it again" in client.messages[-1]
    assert notebook.path.name in client.messages[-1]
    notebook.close(first, second)
    (again,) = notebook.open(notebook.cell("we will dis"))
    assert client.words(again, 0, 11)[0] == "discuss"


@pytest.mark.parametrize("method", ["didOpen", "didChange", "didSave", "didClose"])
@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"notebookDocument": None},
        {"notebookDocument": {"uri": 7, "version": 1}},
        {"notebookDocument": {"uri": "x:y", "version": 1}},
        {"notebookDocument": {"uri": "x:y", "version": 1}, "change": {"cells": {"data": [{}]}}},
    ],
)
def test_params_that_are_none(client: Client, method: str, wrong: Any) -> None:
    uri = client.open("we will dis", f"file:///beside/{next(_numbers)}.md")
    client.notify(f"notebookDocument/{method}", wrong)
    assert client.words(uri, 0, 11)[0] == "discuss"


def test_a_notebook_that_was_never_opened(notebook: Notebook) -> None:
    client = notebook.client
    notebook.edit("vscode-notebook-cell:/nowhere.ipynb#1", insertion(0, 0, "dis"))
    notebook.save()
    notebook.close("vscode-notebook-cell:/nowhere.ipynb#1")
    assert client.complete("vscode-notebook-cell:/nowhere.ipynb#1", 0, 3) is None


def test_a_cell_has_its_notebooks_folder(start: Start, tmp_path: Path) -> None:
    """Its settings, its globs, its memory; whatever the cell's own URI looks like."""
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    (folders[0] / ".midword.toml").write_text(
        'exclude = ["drafts/**"]\n[languages]\npython = false\n'
    )
    (folders[0] / "words.md").write_text("the zyxalpha garden")
    client = start()
    client.initialize(*folders, capabilities=KNOWS_NOTEBOOKS)
    client.until_ready()
    client.until(lambda: sum(f["indexedFiles"] for f in client.status()["folders"]) == 1)
    texts = ("we will zyx", "# we will dis")
    here, there, draft = (
        Notebook(client, path)
        for path in (folders[0] / "n.ipynb", folders[1] / "n.ipynb", folders[0] / "drafts/n.ipynb")
    )
    prose, code = here.open(here.cell(texts[0]), here.cell(texts[1], "python"))
    assert "zyxalpha" in client.words(prose, 0, 11)
    assert client.complete(code, 0, 13) is None
    prose, code = there.open(there.cell(texts[0]), there.cell(texts[1], "python"))
    assert "zyxalpha" not in client.words(prose, 0, 11)
    assert client.words(code, 0, 13)[0] == "discuss"
    prose, code = draft.open(draft.cell(texts[0]), draft.cell(texts[1], "python"))
    assert client.complete(prose, 0, 11) is None
    odd = {**here.cell("we will zyx"), "uri": "cell:7"}
    here.splice(2, [], [odd])
    assert "zyxalpha" in client.words("cell:7", 0, 11)


def test_words_of_a_cell_are_known_in_the_others_until_it_is_closed(notebook: Notebook) -> None:
    client = notebook.client
    first, second = notebook.open(notebook.cell("The zyxolith. "), notebook.cell("we will zyxo"))
    client.until(lambda: "zyxolith" in client.words(second, 0, 12))
    notebook.edit(first, insertion(0, 14, "The zyxonomer. "))
    notebook.save()
    client.until(lambda: "zyxonomer" in client.words(second, 0, 12))
    notebook.splice(0, [first], [])
    client.until(lambda: not client.words(second, 0, 12))


def test_the_cells_count_while_they_are_open_and_then_the_file(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "project" / "n.ipynb"
    path.parent.mkdir()
    cells = [{"cell_type": "markdown", "source": "the zyxdisk garden"}]
    path.write_text(json.dumps({"cells": cells}))
    client = start()
    client.initialize(path.parent, capabilities=KNOWS_NOTEBOOKS)
    client.until_ready()
    other = client.open("we will zyx", (path.parent / "new.md").as_uri())
    client.until(lambda: "zyxdisk" in client.words(other, 0, 11))
    notebook = Notebook(client, path)
    (cell,) = notebook.open(notebook.cell("the zyxcell garden"))
    client.until(lambda: "zyxcell" in client.words(other, 0, 11))
    changes = [{"uri": notebook.uri, "type": 2}]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    client.until(lambda: "zyxdisk" not in client.words(other, 0, 11))
    notebook.close(cell)
    client.until(lambda: "zyxdisk" in client.words(other, 0, 11))
    client.until(lambda: "zyxcell" not in client.words(other, 0, 11))


def test_switching_a_file_off_switches_all_cells_of_a_notebook(notebook: Notebook) -> None:
    client = notebook.client
    first, second = notebook.open(notebook.cell("we will dis"), notebook.cell("we will dis"))
    assert client.execute("midword.toggle", {"scope": "file", "uri": first})["enabled"] is False
    assert client.complete(second, 0, 11) is None
    assert client.execute("midword.status", {"uri": second})["paused"] == "file"
    late = notebook.cell("we will dis")
    notebook.splice(2, [], [late])
    assert client.complete(late["uri"], 0, 11) is None
    assert client.execute("midword.toggle", {"scope": "file", "uri": second})["enabled"] is True
    assert client.words(first, 0, 11)[0] == "discuss"


def test_hover_and_the_rest_work_in_cells(notebook: Notebook) -> None:
    (cell,) = notebook.open(notebook.cell("we will discuss the plan"))
    assert notebook.client.request("textDocument/hover", at(cell, 0, 10)) is not None
