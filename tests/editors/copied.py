"""The lines of editors/README.md that its readers copy, so that the tests run those very lines."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "editors" / "README.md"


def lines_to_copy(section: str, language: str, number: int = 0) -> str:
    """A block of code below a heading: the one at `number` of those in `language`."""
    text = PAGE.read_text("utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[number]  # type: ignore[no-any-return]
