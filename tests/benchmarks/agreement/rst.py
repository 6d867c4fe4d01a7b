"""reStructuredText: Docutils; directives that it doesn't know are what our table says they are."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from agreement.lines import Lines
from midword.text.languages.directives import holds_code


def lines_of(text: str) -> Lines:
    """Ask Docutils."""
    nodes: Any = import_module("docutils.nodes")
    _teach_docutils()
    settings = {"report_level": 5, "halt_level": 6, "file_insertion_enabled": False}
    core: Any = import_module("docutils.core")
    tree = core.publish_doctree(text, settings_overrides=settings)
    code: set[str] = set()
    prose: set[str] = set()
    for node in tree.findall():
        if isinstance(node.parent, nodes.system_message):
            continue
        if isinstance(node, (nodes.literal_block, nodes.doctest_block, nodes.comment)):
            code.update(line.strip() for line in node.astext().splitlines())
        elif isinstance(node, (nodes.paragraph, nodes.title, nodes.term)):
            prose.update(line.strip() for line in node.rawsource.splitlines())
    # Docutils doesn't say where all of its nodes come from, so lines are found by what they say.
    found = [line.strip() for line in text.split("\n")]
    return Lines(
        {number for number, line in enumerate(found) if line in code},
        {number for number, line in enumerate(found) if line in prose},
    )


def _teach_docutils() -> None:
    nodes: Any = import_module("docutils.nodes")
    rst: Any = import_module("docutils.parsers.rst")
    states: Any = import_module("docutils.parsers.rst.states")

    class Options(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            return rst.directives.unchanged

        def __contains__(self, name: object) -> bool:
            return True

        def __bool__(self) -> bool:
            return True

    def directive(self: Any) -> list[Any]:
        body = "\n".join(self.content)
        if holds_code(self.name):
            return [nodes.literal_block(body, body)]
        container = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]

    unknown = type(
        "Unknown",
        (rst.Directive,),
        {
            "has_content": True,
            "optional_arguments": 1,
            "final_argument_whitespace": True,
            "option_spec": Options(),
            "run": directive,
        },
    )
    known = import_module("docutils.parsers.rst.directives").directive
    if known.__name__ != "find":

        def find(name: str, *rest: Any) -> tuple[Any, list[Any]]:
            return (known(name, *rest)[0] or unknown), []

        def literal(
            _name: str, source: str, text: str, *_: Any, **__: Any
        ) -> tuple[Any, list[Any]]:
            return [nodes.literal(source, text)], []

        rst.directives.directive = find
        role = rst.roles.role
        rst.roles.role = lambda *place: ((role(*place)[0] or literal), [])
        states.roles = rst.roles
