"""What can go wrong with a model, said so that the writer knows what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from midword.errors import UserError
from midword.foreign import shown


class ModelError(UserError):
    """A model can't be found, read or run; the message says what to do about it."""


class DeviceError(ModelError):
    """A device fails, as graphics cards do; the processor can still run the model."""


@contextmanager
def native_errors(what: str) -> Iterator[None]:
    """Turn whatever a runtime's native code raises into a ModelError: "`what` (reason)".

    onnxruntime has a private exception for each status, torch raises RuntimeErrors; tokenizers
    raises plain Exceptions, and its panics are no Exceptions at all.
    """
    try:
        yield
    except (ModelError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        reason = shown(error, 200) or type(error).__name__
        raise ModelError(f"{what} ({reason}); get the model again, or choose another") from error
