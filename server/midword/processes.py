"""Other processes, as far as the system shows them."""

import os


def lives(process_id: int) -> bool:
    """Whether there is such a process, as far as can be seen."""
    if os.name != "posix":
        return True  # Windows takes signal 0 for Ctrl+C
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # somebody else's, but there
    return True
