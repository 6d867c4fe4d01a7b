"""What can go wrong with a model, said so that the writer knows what to do."""

from midword.errors import UserError


class ModelError(UserError):
    """A model can't be found, read or run; the message says what to do about it."""
