"""The error that a writer can mend."""


class UserError(Exception):
    """Something outside the program is wrong; the message is one line that says what to do."""
