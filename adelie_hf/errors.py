"""The one error that bad input raises."""

from __future__ import annotations


class InputError(ValueError):
    """Input that cannot be used: the message names the file, the line or record, and how to fix it.

    The command line prints the message as one line and exits with status 2. Any other exception that escapes is a
    bug of the library and keeps its traceback.

    Args:
        message: the fact, in terms of the library.
        parameter: the parameter to change, where one fixes it; the command line adds the name of its option.
    """

    def __init__(self, message: str, *, parameter: str | None = None):
        super().__init__(message)
        self.parameter = parameter
