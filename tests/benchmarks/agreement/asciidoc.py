"""AsciiDoc: Asciidoctor (Ruby), and the older asciidoc.py, through the DocBook that it writes."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from agreement.lines import Lines, ask, said

_PROGRAM = """
require "asciidoctor"
require "json"
text = $stdin.read.force_encoding("UTF-8")
document = Asciidoctor.load text, safe: :secure, sourcemap: true, logger: nil,
  attributes: {"skip-front-matter" => ""}
code, prose = [], []
document.find_by(traverse_documents: true) do |block|
  case block.context
  when :listing, :literal, :pass, :stem then code.concat block.lines
  when :paragraph, :verse then prose.concat block.lines
  when :list_item, :table_cell
    prose.concat block.instance_variable_get(:@text).to_s.lines
  when :section then prose << block.instance_variable_get(:@title).to_s
  end
  false
end
puts({code: code, prose: prose}.to_json)
"""


def lines_of(text: str) -> Lines:
    """Ask Asciidoctor. Its blocks have their lines as they were written."""
    found = json.loads(ask(["ruby", "-e", _PROGRAM], text))
    return said(text, found["code"], found["prose"])


def older_lines(text: str) -> Lines:
    """Ask asciidoc.py."""
    etree: Any = import_module("lxml.etree")
    command = [sys.executable, "-m", "asciidoc", "-b", "docbook5", "-o", "-", "-"]
    docbook = ask(command, text)
    tree = etree.fromstring(docbook.encode(), etree.XMLParser(recover=True, resolve_entities=False))
    kinds: tuple[list[str], list[str]] = [], []
    for node in tree.iter():
        name = etree.QName(node).localname if isinstance(node.tag, str) else ""
        if name in ("programlisting", "screen", "literallayout"):
            kinds[0].append("".join(node.itertext()))
        elif name in ("para", "simpara", "title", "term"):
            kinds[1].append("".join(node.itertext()))
    return said(text, *kinds)
