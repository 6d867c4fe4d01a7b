"""Word suggestions while people write prose, from a masked language model."""

from midword.silence import hush

hush()  # before anything else is imported

__version__: str


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version  # 30 ms, which `midword connect` need not wait for

        return version("midword")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
