"""Word suggestions while people write prose, from a masked language model.

    from midword import Midword

    midword = Midword.load()
    midword.suggest("The committee will meet on Tuesday to ", " the budget.")

What `__all__` names is the public API: the rest may change with any version.
"""

from typing import TYPE_CHECKING

from midword.silence import hush

hush()  # before anything else is imported

if TYPE_CHECKING:
    from midword.api import Alternatives, Midword, Suggestion
    from midword.errors import UserError

__all__ = ["Alternatives", "Midword", "Suggestion", "UserError", "__version__"]

__version__: str

if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> object:
        """Public names when they are asked for: `midword connect` starts without numpy."""
        if name == "__version__":
            from importlib.metadata import version  # 30 ms

            return version("midword")
        if name in __all__:
            from midword import api

            return getattr(api, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
