"""Word suggestions while people write prose, from a masked language model."""

from importlib.metadata import version

__version__ = version("midword")
