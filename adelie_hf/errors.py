"""The one error that bad input raises, and its case for a single record."""

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


class UnreadableRecord(InputError):
    """A record that cannot be read, while the rest of its file may be readable.

    Readers raise it, or yield it in place of a raw example; `adelie_hf.sources.unreadable` decides what it costs.

    Args:
        place: the file and the line or record.
        problem: what was found there.
        fix: what to do.
        reason: a phrase that is the same for all such cases, by which they are counted.
    """

    def __init__(self, place: str, problem: str, fix: str, reason: str):
        super().__init__(f"{place}: {problem}; {fix}")
        self.place, self.problem, self.fix, self.reason = place, problem, fix, reason

    def __reduce__(self) -> tuple[type[UnreadableRecord], tuple[str, str, str, str]]:
        """Return how it is made again: a process of a build passes it to another one."""
        return type(self), (self.place, self.problem, self.fix, self.reason)
