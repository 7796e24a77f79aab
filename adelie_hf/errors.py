"""The one error that bad input raises."""

from __future__ import annotations


class InputError(ValueError):
    """Input that cannot be used: the message names the file, the line or record, and the mend.

    The command line prints the message as one line and exits with status 2; anything else that
    escapes is a fault of ours and keeps its traceback.
    """
