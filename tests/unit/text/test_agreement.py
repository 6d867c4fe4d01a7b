"""Our readers, made for reading on from any edit, agree with parsers that read whole files."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, String

from midword.text.languages.markdown import MarkdownReader
from midword.text.languages.reader import HIDDEN
from midword.text.languages.source import SourceReader

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
ROOT = Path(__file__).parents[3]

MODULES = ["argparse", "ast", "dataclasses", "functools", "ssl", "tempfile", "textwrap"]

SOURCES = {
    "javascript": r"""
const url = "http://example.org"; // a comment
/* another
   over lines */ const b = 'it\'s'; /* and */ let c = /[/*"']+/g; // more
const t = `a // template ${url} /* not
a comment */`; // but this
""",
    "typescript": r"""
/** Doc of `f`. */
function f<T extends 'a' | "b">(x: T): void { return; } // done
""",
    "rust": r"""
//! Crate docs.
/// Item docs with 'quotes and "more.
fn f<'a>(x: &'a str) -> char { '"' } // end
/* outer /* inner */ still */ fn g() { let s = "a // b
 c"; let r = r#"raw " // "#; } // last
""",
    "go": """
// Package main does it.
package main
/* block */ var s = `raw // "not` // yes
var r = '"' // rune
""",
    "c": r"""
/* a */ #define X "/* no */" // b
char c = '"'; /* two
lines */ char *s = "\"//"; // c
""",
    "cpp": """
auto n = 1'000'000; // big
/// docs
auto s = "//"; /* x */
""",
    "java": """
/** Javadoc {@code x}. */
class A { String s = "/*"; char c = '"'; } // end
""",
    "ruby": """
# A comment
x = "a # b" # c
y = 'a # b' # d
=begin
block
=end
z = 1 # e
""",
    "bash": """
# one
echo "a # b" # two
echo ${#x} a#b # three
cat <<EOF
# not a comment
EOF
echo 'it # is
# data' # four
""",
    "lua": """
-- one
x = "a -- b" -- two
--[[ three
four ]] y = [[ a -- b
c ]] -- five
""",
    "sql": """
-- one
SELECT '-- no', "a" /* two */ FROM t; -- three
""",
    "haskell": """
-- one
{- two {- three -} four -}
f x = "-- no" -- five
""",
    "css": """
/* one */ a { content: "/* no */" } /* two
three */
""",
    "yaml": """
# one
a: "x # y" # two
b: x#y
c: it's # three
""",
    "toml": """
# one
a = "x # y" # two
""",
    "elixir": """
# one
x = "a # b #{1}" # two
""",
    "ocaml": """
(* one (* two *) three *)
let s = "(* no *)" (* four *)
""",
    "powershell": """
# one
<# two
three #> $x = "a # b" # four
""",
}


def lines_of_comment(language: str, text: str) -> set[int]:
    """Return the lines on which our reader finds comments or docstrings."""
    reader = SourceReader(language)
    state = reader.start
    found = set()
    for number, line in enumerate(text.splitlines(keepends=True)):
        if reader._scan(line, state)[1]:
            found.add(number)
        state = reader.advance(line, state)
    return found


def lines_of_pygments(language: str, text: str, doc: bool) -> set[int]:
    """Return the lines on which Pygments finds comments (with `doc`: or docstrings)."""
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    found = set()
    for start, token, value in lexer.get_tokens_unprocessed(text):
        is_comment = token in Comment and token not in Comment.Preproc
        if (is_comment and token not in Comment.PreprocFile) or (doc and token in String.Doc):
            first = text.count("\n", 0, start)
            found.update(range(first, first + value.rstrip("\n").count("\n") + 1))
    return found


def lines_of_docstrings(text: str) -> set[int]:
    """Return the lines on which Python finds docstrings, short ones too, as Pygments doesn't."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = (node.body[0] for node in ast.walk(ast.parse(text)) if isinstance(node, holders))
    return {
        line - 1
        for node in first
        if isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }


@pytest.mark.parametrize("module", MODULES)
def test_comments_and_docstrings_of_python(module: str) -> None:
    text = (LIBRARY / f"{module}.py").read_text(encoding="utf-8")
    ours = lines_of_comment("python", text)
    assert lines_of_pygments("python", text, doc=False) <= ours
    assert ours == lines_of_pygments("python", text, doc=True) | lines_of_docstrings(text)


@pytest.mark.parametrize("language", SOURCES)
def test_comments_of_other_languages(language: str) -> None:
    text = SOURCES[language].lstrip("\n")
    own = {"bash": "shellscript"}.get(language, language)
    assert lines_of_comment(own, text) == lines_of_pygments(language, text, doc=True)


MARKDOWN = """# Title

    indented code

Paragraph
    lazy line

- item

  ```python
  fenced in an item
  ```

  more of the item

      code in an item

1. one
   - nested

     text of the nested one

         code of the nested one

back

> quote
>
>     code in a quote
>
> ```
> fenced in a quote

out of the quote

~~~
```
not a fence
~~~

````
```
````

```
never closed
"""


@pytest.mark.parametrize(
    "text",
    [
        MARKDOWN,
        *(
            pytest.param(path.read_text(encoding="utf-8"), id=path.name)
            for path in sorted(ROOT.glob("*.md"))
        ),
    ],
)
def test_blocks_of_code_in_markdown(text: str) -> None:
    theirs: set[int] = set()
    for token in MarkdownIt("commonmark").parse(text):
        if token.type in ("fence", "code_block") and token.map:
            theirs.update(range(*token.map))
    reader = MarkdownReader()
    state = reader.start
    for number, line in enumerate(text.splitlines(keepends=True)):
        body = line.rstrip("\n")
        seen = reader.veil(body, state)
        if body.strip() and number in theirs:
            assert seen.hidden, f"line {number + 1} is code"
        elif any(map(str.isalpha, body)) and not body.lstrip().startswith(("<", "[")):
            assert seen.text.strip(HIDDEN), f"line {number + 1} is prose"
        state = reader.advance(line, state)
