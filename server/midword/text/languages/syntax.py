"""Where comments and strings begin and end, for each programming language: a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Syntax:
    """The signs of one language, or of several that share them."""

    line: tuple[str, ...] = ()
    """What begins a comment that the line ends."""
    block: tuple[tuple[str, str], ...] = ()
    """What begins and ends a comment of any length."""
    nested: bool = False
    """Whether a comment may hold another."""
    strings: str = "\"'"
    """Quotes of strings that the line ends."""
    long: tuple[tuple[str, str], ...] = ()
    """What begins and ends a string of any length, in which a backslash escapes."""
    raw: tuple[tuple[str, str], ...] = ()
    """The same, in which it doesn't."""
    docs: str = ""
    """A pattern: a long string is prose where this is all that stands before it on its line."""
    short_docs: bool = False
    """Whether a string that the line ends is prose, too, alone below a line that ends with ":"."""
    skip: str = ""
    """A pattern of what looks like a string or a comment but is neither."""
    heredoc: bool = False
    """Whether <<WORD begins a string that ends with a line WORD."""


_SLASHES = ("//",)
_STARS = (("/*", "*/"),)
_CHARACTER = r"'(?:\\[^\n][^'\n]*|[^'\\\n])'"  # so that the quote of a lifetime opens nothing
_REGEX = r"(?:[(,=:\[!&|?{};]|\breturn|^)\s*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/"
_HASH_IN_WORD = r"(?<=[^\s;&|()`])\#|\$\{?\#|\\."
_POD = ("=pod", "=head", "=over", "=item", "=back", "=encoding", "=begin", "=for")

C = Syntax(_SLASHES, _STARS, raw=(('R"(', ')"'),), skip=r"(?<=\d)'(?=\d)")
JAVA = Syntax(_SLASHES, _STARS, long=(('"""', '"""'),))
NESTED = Syntax(_SLASHES, _STARS, nested=True, long=(('"""', '"""'),))
JAVASCRIPT = Syntax(_SLASHES, _STARS, long=(("`", "`"),), skip=_REGEX)
SHELL = Syntax(
    ("#",), strings="", long=(('"', '"'),), raw=(("'", "'"),), skip=_HASH_IN_WORD, heredoc=True
)
LISP = Syntax((";",), (("#|", "|#"),), strings="", long=(('"', '"'),), skip=r"\\.|\?\\?.")
MARKED_UP = Syntax(block=(("<!--", "-->"),), strings="")

SYNTAXES: dict[str, tuple[Syntax, tuple[str, ...], tuple[str, ...]]] = {
    # language id: (signs, other ids, file names' ends)
    "python": (
        Syntax(
            ("#",),
            long=(('"""', '"""'), ("'''", "'''")),
            docs=r"\s*[rRuU]?",
            short_docs=True,
        ),
        ("python3",),
        (".py", ".pyi"),
    ),
    "javascript": (JAVASCRIPT, ("javascriptreact", "jsx"), (".js", ".mjs", ".cjs", ".jsx")),
    "typescript": (JAVASCRIPT, ("typescriptreact", "tsx"), (".ts", ".mts", ".cts", ".tsx")),
    "rust": (
        Syntax(
            _SLASHES,
            _STARS,
            nested=True,
            strings="",
            long=(('"', '"'),),
            raw=(('r"', '"'), ('r#"', '"#'), ('r##"', '"##')),
            skip=_CHARACTER,
        ),
        (),
        (".rs",),
    ),
    "go": (Syntax(_SLASHES, _STARS, raw=(("`", "`"),)), ("gomod",), (".go",)),
    "c": (C, (), (".c", ".h")),
    "cpp": (C, ("c++", "cuda", "arduino"), (".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".cu")),
    "objective-c": (C, ("objc", "objcpp", "objective-cpp"), (".m", ".mm")),
    "java": (JAVA, (), (".java",)),
    "csharp": (
        Syntax(_SLASHES, _STARS, raw=(('"""', '"""'), ('@"', '"'), ('@$"', '"'))),
        ("cs",),
        (".cs",),
    ),
    "kotlin": (NESTED, (), (".kt", ".kts")),
    "scala": (NESTED, (), (".scala",)),
    "swift": (NESTED, (), (".swift",)),
    "dart": (
        Syntax(_SLASHES, _STARS, nested=True, long=(('"""', '"""'), ("'''", "'''"))),
        (),
        (".dart",),
    ),
    "groovy": (JAVA, (), (".groovy", ".gradle")),
    "php": (
        Syntax(("//", "#"), _STARS, skip=r"\#\["),
        (),
        (".php",),
    ),
    "ruby": (
        Syntax(
            ("#",),
            (("=begin", "=end"),),
            skip=r"\#\{|\?[\"'\#]|(?<=[(,=~])\s*/(?:\\.|[^/\n])+/",
            heredoc=True,
        ),
        (),
        (".rb", ".rake", "Rakefile", "Gemfile"),
    ),
    "perl": (
        Syntax(
            ("#",),
            tuple((sign, "=cut") for sign in _POD),
            skip=r"\$\#|[\\$&]['\"#]|(?:=~|\(|\bqr|\bm|\bsplit)\s*/(?:\\.|[^/\\\n])+/",
            heredoc=True,
        ),
        (),
        (".pl", ".pm"),
    ),
    "shellscript": (SHELL, ("sh", "bash", "zsh", "ksh"), (".sh", ".bash", ".zsh")),
    "fish": (SHELL, (), (".fish",)),
    "lua": (
        Syntax(
            ("--",),
            (("--[[", "]]"), ("--[=[", "]=]")),
            raw=(("[[", "]]"), ("[=[", "]=]")),
        ),
        ("luau",),
        (".lua",),
    ),
    "sql": (
        Syntax(("--",), _STARS, strings="", raw=(("'", "'"), ('"', '"'))),
        ("mysql", "plsql", "pgsql"),
        (".sql",),
    ),
    "haskell": (
        Syntax(("--",), (("{-", "-}"),), nested=True, strings='"', skip=_CHARACTER),
        (),
        (".hs",),
    ),
    "elm": (Syntax(("--",), (("{-", "-}"),), nested=True, long=(('"""', '"""'),)), (), (".elm",)),
    "ocaml": (
        Syntax((), (("(*", "*)"),), nested=True, strings="", long=(('"', '"'),), skip=_CHARACTER),
        (),
        (".ml", ".mli"),
    ),
    "fsharp": (
        Syntax(
            _SLASHES,
            (("(*", "*)"),),
            nested=True,
            strings='"',
            long=(('"""', '"""'),),
            skip=rf"{_CHARACTER}|\(\*\)",
        ),
        (),
        (".fs", ".fsx"),
    ),
    "elixir": (
        Syntax(
            ("#",),
            long=(('"""', '"""'),),
            docs=r"\s*@(?:module|type)?doc\s+(?:~[sS])?",
            skip=r"\?[\"'#]|\#\{",
        ),
        (),
        (".ex", ".exs"),
    ),
    "erlang": (Syntax(("%",), strings='"', skip=r"\$."), (), (".erl", ".hrl")),
    "julia": (
        Syntax(
            ("#",),
            (("#=", "=#"),),
            nested=True,
            strings='"',
            long=(('"""', '"""'),),
            docs=r"\s*(?:@doc\s+)?(?:raw)?",
            skip=_CHARACTER,
        ),
        (),
        (".jl",),
    ),
    "r": (Syntax(("#",)), (), (".r", ".R")),
    "matlab": (Syntax(("%",), (("%{", "%}"),), skip=r"(?<=[\w)\]}.'])'"), ("octave",), ()),
    "fortran": (Syntax(("!",)), ("fortran-modern", "FortranFreeForm"), (".f90", ".f95")),
    "css": (Syntax((), _STARS), (), (".css",)),
    "scss": (
        Syntax(_SLASHES, _STARS, skip=r"\w:(?=//)//"),
        ("less", "sass"),
        (".scss", ".less", ".sass"),
    ),
    "zig": (Syntax(_SLASHES, strings='"', skip=rf"{_CHARACTER}|\\\\.*"), (), (".zig",)),
    "solidity": (Syntax(_SLASHES, _STARS), (), (".sol",)),
    "proto": (Syntax(_SLASHES, _STARS), ("proto3", "protobuf"), (".proto",)),
    "verilog": (Syntax(_SLASHES, _STARS, strings='"'), ("systemverilog",), (".v", ".sv")),
    "jsonc": (Syntax(_SLASHES, _STARS, strings='"'), ("json5",), (".jsonc", ".json5")),
    "graphql": (
        Syntax(("#",), strings='"', long=(('"""', '"""'),), docs=r"\s*"),
        (),
        (".graphql", ".gql"),
    ),
    "terraform": (
        Syntax(("#", "//"), _STARS, strings='"', heredoc=True),
        ("hcl", "opentofu"),
        (".tf", ".hcl"),
    ),
    "nix": (Syntax(("#",), _STARS, strings='"', raw=(("''", "''"),)), (), (".nix",)),
    "nim": (
        Syntax(
            ("#",),
            (("#[", "]#"),),
            nested=True,
            strings='"',
            raw=(('"""', '"""'),),
            skip=_CHARACTER,
        ),
        (),
        (".nim",),
    ),
    "gdscript": (Syntax(("#",), long=(('"""', '"""'),)), ("gdscript3",), (".gd",)),
    "coffeescript": (Syntax(("#",), (("###", "###"),), skip=r"\#\{"), ("coffee",), (".coffee",)),
    "yaml": (
        Syntax(("#",), strings="", long=(('"', '"'),), raw=(("'", "'"),), skip=r"(?<=\S)[#\"']"),
        ("yml", "dockercompose", "yaml.docker-compose", "github-actions-workflow"),
        (".yml", ".yaml"),
    ),
    "toml": (Syntax(("#",), long=(('"""', '"""'), ("'''", "'''"))), (), (".toml",)),
    "ini": (
        Syntax(("#", ";"), strings="", skip=r"(?<=\S)[#;]"),
        ("dosini", "properties", "conf", "gitconfig", "editorconfig", "systemd"),
        (".ini", ".cfg", ".conf"),
    ),
    "dockerfile": (Syntax(("#",), strings="", skip=r"(?<=\S)\s*\#"), (), ("Dockerfile",)),
    "makefile": (Syntax(("#",), strings="", skip=r"\\\#"), ("make",), (".mk", "Makefile")),
    "cmake": (
        Syntax(("#",), (("#[[", "]]"),), strings="", long=(('"', '"'),)),
        (),
        (".cmake", "CMakeLists.txt"),
    ),
    "powershell": (Syntax(("#",), (("<#", "#>"),), skip=r"`."), ("ps1",), (".ps1", ".psm1")),
    "bat": (
        Syntax(("::", "rem ", "REM ", "Rem "), strings="", skip=r"(?<=\S)\s*(?i:rem |::)"),
        ("dosbatch",),
        (".bat", ".cmd"),
    ),
    "vim": (
        Syntax(('"', "#"), strings="", skip=r"(?<=\S)[ \t]*[\"#].*|'[^']*'"),
        ("viml",),
        (".vim",),
    ),
    "lisp": (LISP, ("commonlisp",), (".lisp", ".lsp")),
    "elisp": (LISP, ("emacs-lisp",), (".el",)),
    "scheme": (LISP, ("racket",), (".scm", ".rkt")),
    "clojure": (LISP, ("clojurescript",), (".clj", ".cljs", ".cljc", ".edn")),
    "tcl": (Syntax(("#",), strings="", skip=r"(?<=[^\s;])\#|\\."), (), (".tcl",)),
    "awk": (Syntax(("#",), strings='"', skip=_REGEX), (), (".awk",)),
    "ada": (Syntax(("--",), strings='"', skip=_CHARACTER), (), (".adb", ".ads")),
    "vhdl": (Syntax(("--",), _STARS, strings='"', skip=_CHARACTER), (), (".vhd", ".vhdl")),
    "pascal": (Syntax(_SLASHES, (("{", "}"), ("(*", "*)")), strings="'"), ("delphi",), (".pas",)),
    "xml": (MARKED_UP, ("xsd", "xsl", "svg"), (".xml",)),
}
