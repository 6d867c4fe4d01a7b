"""The training package's rooms: data flows one way, and no module knows who uses it."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import midword_training

ROOMS = (
    "settings",
    "folders",
    "group",
    "documents",
    "confidentiality",
    "words",
    "masked",
    "evaluation",
    "exporting",
    "serving",
    "finetuning",
    "pretraining",
    "fill",
)
"""Each uses those before it only; `pretraining` and `finetuning` nothing of each other."""

PACKAGE = Path(midword_training.__file__).parent


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }


def imports(path: Path, known: set[str]) -> Iterator[str]:
    """The package's own modules that one imports, for its types or inside a function too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from known.intersection(name.removeprefix("midword_training.") for name in names)


def graph() -> dict[str, set[str]]:
    found = modules()
    return {name: set(imports(path, set(found))) for name, path in found.items()}


def room(module: str) -> str:
    return module.partition(".")[0]


def test_every_module_lies_in_a_room() -> None:
    assert {room(module) for module in modules()} == set(ROOMS)


def test_no_room_uses_a_later_one() -> None:
    upward = [
        f"{user} uses {used}"
        for user, all_used in graph().items()
        for used in all_used
        if ROOMS.index(room(used)) > ROOMS.index(room(user))
        or (room(user), room(used)) == ("pretraining", "finetuning")
    ]
    assert not upward


def test_no_modules_use_each_other() -> None:
    TopologicalSorter(graph()).prepare()  # says which do


def test_nothing_takes_a_name_from_where_it_is_not_made() -> None:
    """A module that hands on what another one made hides where it comes from."""
    found, handed_on = modules(), []
    made = {}
    for name, path in found.items():
        body = ast.parse(path.read_text(encoding="utf-8")).body
        made[name] = {
            target.id
            for node in body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        } | {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for name, path in found.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                source = node.module.removeprefix("midword_training.")
                names = {alias.name for alias in node.names}
                if source in found and (missing := names - made[source]):
                    handed_on.append(f"{name} takes {missing} from {source}")
    assert not handed_on
