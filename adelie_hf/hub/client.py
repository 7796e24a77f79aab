"""The Hub client as it is used here: with time limits, a few tries, and one clear line for each fault."""

from __future__ import annotations

import errno
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from json import JSONDecodeError
from typing import TypeVar

from huggingface_hub import HfApi, set_client_factory
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    OfflineModeIsEnabled,
    RevisionNotFoundError,
)
from huggingface_hub.utils._http import (
    default_client_factory,
)  # there is no public way to give its client a time limit

from adelie_hf._version import __version__
from adelie_hf.errors import InputError

TRIES = 4
LONGEST_WAIT = 120  # seconds; a Hub that asks for more gets no second try, and the user is told
TIME_LIMIT = int(os.environ.get("HF_HUB_DOWNLOAD_TIMEOUT") or 60)  # seconds without a byte; the client has none itself

_TRANSIENT = (408, 429, 500, 502, 503, 504)
_REFUSED_CARD = "Invalid metadata in README.md."  # how the client begins what the Hub says of a card
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MENDS = {
    401: "not found, or you are not logged in; check the name, or log in with `hf auth login`",
    403: "your token may not do this; take one with the right to write here, or another repository",
    404: "not found, or private; check the name, or log in with `hf auth login`",
    409: "someone else changed it at the same time; call the same command again",
    412: "someone else changed it at the same time; call the same command again",
    429: "the Hub asks for fewer requests; wait {wait}, then call the same command again, which goes on from here",
}

Result = TypeVar("Result")


def hub() -> HfApi:
    """The Hub's API. Its token is the client's own: from `hf auth login`, or from HF_TOKEN."""

    def limited():
        client = default_client_factory()
        client.timeout = TIME_LIMIT
        return client

    set_client_factory(limited)
    for handler in logging.getLogger("huggingface_hub").handlers:
        handler.addFilter(_unsigned)
    return HfApi(library_name="adelie_hf", library_version=__version__)


def _unsigned(record: logging.LogRecord) -> bool:
    """Takes the query off the addresses in the client's warnings: those of its store are signed, and open it."""
    record.msg, record.args = re.sub(r"\?\S+", "", record.getMessage()), ()
    return True


def attempt(call: Callable[[], Result], say: Callable[[str], None], only: tuple[int, ...] | None = None) -> Result:
    """Calls again after a fault that may pass: a lost connection, a time-out, or a status such as 429 or 503.

    The wait is the one that the Hub asks for (Retry-After), or else 1, 2, 4 seconds.

    Args:
        call: something that does no harm when it is done twice.
        say: takes one line a try.
        only: try again after these statuses only, where a lost answer must not repeat what was done.
    """
    for tried in count(1):
        try:
            return call()
        except (HTTPError, JSONDecodeError) as error:
            status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
            passes = status in (only or (None, *_TRANSIENT))
            wait = _asked(error, default=2.0 ** (tried - 1))
            if tried == TRIES or not passes or wait > LONGEST_WAIT:
                raise
        what = f"status {status}" if status else "no answer, or the connection broke"
        say(f"{what}; trying again in {wait:g} s ({tried} of {TRIES - 1})")
        time.sleep(wait)
    raise AssertionError("unreachable")


@contextmanager
def one_line(repo: str) -> Iterator[None]:
    """Makes one line that names the repository and the mend out of what the Hub client raises.

    Raises:
        InputError: for every fault of the network, the Hub or the disk. Answers of the Hub are not
            repeated but for its own short message; no header, address or token can get into the line.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        line = next(filter(None, map(_line, _causes(error))), None)
        if line is None:
            raise
        raise InputError(f"{repo}: {line}") from None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _line(error: BaseException) -> str | None:
    if isinstance(error, RevisionNotFoundError):
        return "has no such revision; check --revision"
    if isinstance(error, HfHubHTTPError):
        return _status_line(error)
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set; unset it, or use a folder (`push --to`)"
    if isinstance(error, HFValidationError):
        return "not the name of a repository; give it as user/name"
    if isinstance(error, HTTPError):
        return (
            f"no answer from the Hub within {TIME_LIMIT} s, or the connection broke; "
            "call the same command again, which goes on from here"
        )
    if isinstance(error, JSONDecodeError):
        return "an answer that is not the Hub's; check the network and HF_ENDPOINT, then call the same command again"
    if isinstance(error, ValueError) and str(error).startswith(_REFUSED_CARD):
        said = " ".join(str(error).removeprefix(_REFUSED_CARD).split())
        return f"the Hub refuses the card ({said}); please report it"
    if isinstance(error, OSError) and error.errno in _FULL:
        return "no space left on this disk; make room, then call the same command again, which goes on from here"
    if isinstance(error, OSError) and error.errno and error.filename:
        return f"{error.filename}: {error.strerror}"
    return None


def _status_line(error: HfHubHTTPError) -> str:
    status = error.response.status_code
    wait = _asked(error, default=0)
    mend = _MENDS.get(status, "").format(wait=f"{wait:g} s" if wait else "a while")
    if status >= 500:
        mend = "the Hub has a fault; call the same command again later, which goes on from here"
    said = " ".join((error.server_message or "").split())[:200]
    return f"{mend or 'the Hub refuses this'} (status {status}{': ' + said if said else ''})"


def _asked(error: BaseException, default: float) -> float:
    response = error.response if isinstance(error, HfHubHTTPError) else None
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    return float(asked) if asked.isdigit() else default
