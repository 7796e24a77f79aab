"""The Hub client with time limits, a few retries, and one clear line for each fault."""

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
from typing import Literal, TypeVar

from huggingface_hub import HfApi, get_session, set_client_factory
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled, RevisionNotFoundError

# The base of the client's network errors, from httpx before huggingface_hub 2 and httpx2 since; and a documented
# function. Neither is in an `__all__`.
from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # isort: skip
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # isort: skip

from adelie_hf._version import __version__
from adelie_hf.errors import InputError

logger = logging.getLogger(__name__)

RepoType = Literal["model", "dataset", "space"]

TRIES = 4
LONGEST_WAIT = 120  # seconds; a fault whose wait is longer is reported and not retried
TIME_LIMIT = int(os.environ.get("HF_HUB_DOWNLOAD_TIMEOUT") or 60)  # seconds without a byte; the client has no limit

_TRANSIENT = (408, 429, 500, 502, 503, 504)
_INVALID_CARD = "Invalid metadata in README.md."  # the start of the client's message when the Hub refuses a card
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REMEDIES = {
    401: "not found, or you are not logged in; check the name, or log in with `hf auth login`",
    403: "your token does not allow this; use one with write access to this repository, or another repository",
    404: "not found, or private; check the name, or log in with `hf auth login`",
    409: "changed by someone else at the same time; run the same command again",
    412: "changed by someone else at the same time; run the same command again",
    429: "too many requests; wait {wait}, then run the same command again to resume",
}

Result = TypeVar("Result")


def hub_api() -> HfApi:
    """Return the Hub's API. Its token is that of the client: from `hf auth login`, or from HF_TOKEN."""
    default = get_session()
    client_type, event_hooks = type(default), default.event_hooks
    set_client_factory(lambda: client_type(event_hooks=event_hooks, follow_redirects=True, timeout=TIME_LIMIT))
    for handler in logging.getLogger("huggingface_hub").handlers:
        handler.addFilter(_strip_queries)
    return HfApi(library_name="adelie_hf", library_version=__version__)


def _strip_queries(record: logging.LogRecord) -> bool:
    """Strip the query strings from logged addresses: presigned storage addresses grant access."""
    record.msg, record.args = re.sub(r"\?\S+", "", record.getMessage()), ()
    return True


def check_repo_id(repo_id: str) -> None:
    """Check the form of a repository's name. Raises HFValidationError."""
    validate_repo_id(repo_id)


def retry(call: Callable[[], Result], statuses: tuple[int, ...] | None = None) -> Result:
    """Call again after a transient fault: a lost connection, a time-out, or a status such as 429 or 503.

    The wait is the one that the Hub requests (Retry-After), or else 1, 2, 4 seconds.

    Args:
        call: something that may be done twice.
        statuses: retry after these statuses only, where a lost answer must not repeat the call.
    """
    for tries in count(1):
        try:
            return call()
        except (HTTPError, JSONDecodeError) as error:
            status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
            transient = status in (statuses or (None, *_TRANSIENT))
            wait = _requested_wait(error, default=2.0 ** (tries - 1))
            if tries == TRIES or not transient or wait > LONGEST_WAIT:
                raise
        reason = f"status {status}" if status else "no answer, or the connection broke"
        logger.warning("%s; retrying in %g s (%d of %d)", reason, wait, tries, TRIES - 1)
        time.sleep(wait)
    raise AssertionError("unreachable")


@contextmanager
def faults_as_input_errors(repo: str) -> Iterator[None]:
    """Turn the faults of the Hub client into one line that names the repository and the remedy.

    Raises:
        InputError: for every fault of the network, the Hub or the disk. Of the Hub's answers only its own short
            message is repeated, so no header, address or token can appear in the line.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        for cause in _causes(error):
            if line := _line(cause):
                parameter = "revision" if isinstance(cause, RevisionNotFoundError) else None
                raise InputError(f"{repo}: {line}", parameter=parameter) from None
        raise


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _line(error: BaseException) -> str | None:
    """Return the fault and its remedy; None for an exception that is no fault of the network, the Hub or the disk."""
    if isinstance(error, RevisionNotFoundError):
        return "has no such revision"
    if isinstance(error, HfHubHTTPError):
        return _status_line(error)
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set; unset it, or push to a folder instead"
    if isinstance(error, HFValidationError):
        return "not the name of a repository; give it as user/name"
    if isinstance(error, HTTPError):
        return (
            f"no answer from the Hub within {TIME_LIMIT} s, or the connection broke; "
            "run the same command again to resume"
        )
    if isinstance(error, JSONDecodeError):
        return "the answer is not from the Hub; check the network and HF_ENDPOINT, then run the same command again"
    if isinstance(error, ValueError) and str(error).startswith(_INVALID_CARD):
        reasons = " ".join(str(error).removeprefix(_INVALID_CARD).split())
        return f"the Hub refuses the card ({reasons}); please report it"
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return "no space left on this disk; free some, then run the same command again to resume"
    if isinstance(error, OSError) and error.errno and error.filename:
        return f"{error.filename}: {error.strerror}"
    return None


def _status_line(error: HfHubHTTPError) -> str:
    status = error.response.status_code
    wait = _requested_wait(error, default=0)
    remedy = _REMEDIES.get(status, "the Hub refuses this").format(wait=f"{wait:g} s" if wait else "a while")
    if status >= 500:
        remedy = "the Hub has a fault; run the same command again later to resume"
    message = " ".join((error.server_message or "").split())[:200]
    return f"{remedy} (status {status}{': ' + message if message else ''})"


def _requested_wait(error: BaseException, default: float) -> float:
    response = error.response if isinstance(error, HfHubHTTPError) else None
    retry_after = response.headers.get("Retry-After", "") if response is not None else ""
    return float(retry_after) if retry_after.isdigit() else default
