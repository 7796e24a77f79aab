"""What a record that cannot be read costs: an error, or this record. The one place that decides it.

The data sets of the paper are strict: their counts are published, so that one record less is a fault. A user's own
data lose the record, unless they are read strictly, or too many of their records cannot be read.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.sources.source import Dropped
from adelie_hf.text_files import excerpt

logger = logging.getLogger(__name__)

SHOWN = 5  # records that cannot be read, where the first of them are shown
_MOST, _MOST_SHARE = 20, 0.05  # more than both is an error
_PLACES = 10  # named in this error
_FIX = "fix it or download the file again"
_OTHER_FORM = "a record does not have the form of its source"
_PACKAGE = str(Path(__file__).parents[1])

# What reading may raise for a raw example that does not have the expected form, and what it says about the data.
_FOUND: dict[type[Exception], str] = {
    AttributeError: "a value has another type",
    TypeError: "a value has another type",
    LookupError: "a position lies outside of a list",
    RecursionError: "it is nested too deeply",
    ArithmeticError: "a number has another size",
    ValueError: "a value has another form, or a list another length",
}
RAW_ERRORS = tuple(_FOUND)


@dataclass(slots=True)
class Tolerance:
    """The records of one pass over a split that cannot be read.

    Args:
        strict: the first of them is an error.
        number: how many there are.
        errors: the first of them.
    """

    strict: bool
    number: int = 0
    errors: list[UnreadableRecord] = field(default_factory=list)

    def drop(self, error: UnreadableRecord) -> Dropped:
        """Return what to yield in place of a record that cannot be read. Raises the error where reading is strict."""
        if self.strict:
            raise error from None
        self.number += 1
        if len(self.errors) < _PLACES:
            self.errors.append(error)
        return Dropped(f"cannot be read: {error.reason}", error.place, str(error))

    def check(self, read: int) -> None:
        """Raise InputError if too many records of a split cannot be read, or all of them.

        Args:
            read: the number of all its records, readable or not.
        """
        if self.number == read == 1:
            raise self.errors[0]
        too_many = self.number > _MOST and self.number > _MOST_SHARE * read
        if self.number and (too_many or self.number == read):
            share = f"more than {_MOST_SHARE:.0%}" if too_many else "all of them"
            first, *others = (error.place for error in self.errors)
            places = [first, *(place.rpartition("/")[2] for place in others)]
            more = f" and {self.number - len(places):,} more" if self.number > len(places) else ""
            raise InputError(
                f"{self.number:,} of {read:,} records cannot be read, {share}: {', '.join(places)}{more}; "
                f"the first: {self.errors[0].problem}; fix them, or check the form of the files"
            )


def unreadable(error: Exception, place: str, title: str, raw_example: object = None) -> UnreadableRecord:
    """Return one of `RAW_ERRORS` as an error that has the place, what was found there, and what to do.

    Args:
        error: what reading raised.
        place: the file and the line or record.
        title: that of the source.
        raw_example: the raw example, if one was read.
    """
    if isinstance(error, KeyError):
        return UnreadableRecord(place, f"the field {error} is missing", _FIX, _OTHER_FORM)
    if _is_ours(error):
        problem = excerpt(str(error))
    else:  # Python's own message is about the code, not about the data
        problem = next(found for kind, found in _FOUND.items() if isinstance(error, kind))
        parts = raw_example if isinstance(raw_example, tuple) else (raw_example,)
        row = next((part for part in parts if isinstance(part, dict | list | str)), None)
        problem += "" if row is None else f": {excerpt(repr(row))}"
    return UnreadableRecord(place, f"not a record of {title} ({problem})", _FIX, _OTHER_FORM)


def _is_ours(error: Exception) -> bool:
    """Return whether a statement of this library raised an error, and not Python on behalf of one."""
    *_, last = traceback.extract_tb(error.__traceback__)
    return last.filename.startswith(_PACKAGE) and (last.line or "").startswith("raise ")


def log_unreadable(name: str, number: int, problems: Iterable[str]) -> None:
    """Log how many records of a split cannot be read, and the first of them; nothing if all can."""
    if number:
        logger.warning("%s: %d records cannot be read and are dropped; the first:", name, number)
        for problem in islice(problems, SHOWN):
            logger.warning("%s", problem)
