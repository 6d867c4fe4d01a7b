"""Word suggestions while people write prose, from a masked language model."""

from importlib.metadata import version

from midword.silence import hush

hush()  # before anything else is imported

__version__ = version("midword")
