"""Chat requests to an OpenAI-compatible endpoint: concurrent, retried, within a budget, resumable.

Each attempt adds one line to a journal beside the output: the replies, under a key made of the model and the complete
request. The same call resumes an interrupted run, and a request that was answered is never sent again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict
from urllib.parse import urlsplit

from adelie_hf.draws import draw
from adelie_hf.errors import InputError
from adelie_hf.files import append_json_lines, folder_lock, read_journal
from adelie_hf.progress import log_progress
from adelie_hf.rows import Message
from adelie_hf.sampling.checks import check_temperature
from adelie_hf.text_files import quoted

if TYPE_CHECKING:
    import httpx
    from openai import AsyncOpenAI

logger = logging.getLogger(__name__)

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before each further attempt, unless the endpoint requests another wait
_LONGEST_WAIT = 300.0  # seconds, whatever the endpoint requests

_RETRIED = (408, 409, 429)  # and all from 500
_BAD_REQUEST = (400, 413, 422)  # an error of this request, such as its length; any other error concerns all requests
_TEMPLATE_TOKENS = 100  # at most this many are added to a prompt by a chat template


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind an OpenAI-compatible API. The key comes from OPENAI_API_KEY and is never written to a file.

    Args:
        url: the base URL of the API, usually ending in `/v1`.
        model: the model's name at the endpoint.
        concurrency: at most this many requests at a time.
        max_requests, max_tokens: the budget of one output, prompts and replies together. Earlier calls for the same
            output count; requests that were pending when a process was killed do not.
        timeout: seconds until an attempt is abandoned.

    Raises:
        InputError: for a URL that is not complete, or that contains a password.
    """

    url: str
    model: str
    concurrency: int = 8
    max_requests: int | None = None
    max_tokens: int | None = None
    timeout: float = 600.0

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            complete = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            complete = False
        if not complete:
            raise InputError(
                "the endpoint is not a complete URL; give one such as http://localhost:8000/v1", parameter="endpoint"
            )
        if parts.username or parts.password:
            raise InputError(
                "the URL of the endpoint contains a name or password; put the key into OPENAI_API_KEY",
                parameter="endpoint",
            )


@dataclass(frozen=True, slots=True)
class Chat:
    """One request: `n` replies to messages, each of at most `max_tokens` tokens.

    `extra` has more fields of the request's body, such as `response_format`.

    Raises:
        InputError: for a temperature that is not a number from 0.
    """

    messages: list[Message]
    temperature: float
    max_tokens: int
    seed: int
    n: int = 1
    extra: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_temperature(self.temperature)


class Reply(NamedTuple):
    """A reply, and why it ends: `stop`, `length`, `content_filter` or `refusal`.

    `logprobs` has the bytes of each token with its log-probability, where they were asked for and given.
    """

    text: str
    finish: str
    logprobs: Sequence[tuple[Sequence[int], float]] = ()


@dataclass(frozen=True, slots=True)
class BadRequest:
    """The outcome of a request that the endpoint rejects."""

    reason: str


def chat_seed(seed: int, identity: str, purpose: str) -> int:
    """Return the seed of a request, drawn for an id, in the range of the API."""
    return int(draw(seed, identity, purpose) * 2**31)


def request_replies(
    chats: Sequence[Chat], endpoint: Endpoint, out: Path | None = None
) -> list[list[Reply] | BadRequest]:
    """Return the replies to requests, in the order of the requests.

    Args:
        out: the file that the replies are for. The journal is a folder beside it and remains there: to make another
            output from the same replies costs no request. None keeps no journal.

    Raises:
        InputError: when openai is not installed, when the budget is spent, when attempts fail repeatedly, and when
            every request is rejected. Replies until then are kept.
    """
    journal = out and out.with_name(f".{out.name}.requests")
    if out and journal and out.exists() and not journal.is_dir():
        raise InputError(f"{out}: exists and does not come from an endpoint; choose another file", parameter="out")
    try:
        import openai  # noqa: F401
    except ImportError:
        raise InputError("requests to an endpoint need openai; pip install 'adelie_hf[endpoint]'") from None
    keys = [_key(endpoint.model, chat) for chat in chats]
    with folder_lock(journal) if journal else nullcontext():
        attempts = journal and journal / "attempts.jsonl"
        session = _Session(dict(zip(keys, chats, strict=True)), endpoint, attempts)
        _run(session.send_all())
    if session.error:
        resumes = ", the same call resumes" if out else ""
        raise InputError(
            f"{session.error}; {session.done} of {len(session.chats)} prompts are answered{resumes}",
            parameter=session.error.parameter,
        )
    if session.rejected and len(session.rejected) == len(session.chats):
        raise InputError(f"the endpoint rejects every prompt: {next(iter(session.rejected.values())).reason}")
    return [session.rejected.get(key) or session.replies[key][: chat.n] for key, chat in zip(keys, chats, strict=True)]


def _run(coroutine: Coroutine[None, None, None]) -> None:
    """Run a coroutine to its end, also where a loop runs already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(coroutine)
        return
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, coroutine).result()


def _key(model: str, chat: Chat) -> str:
    fields = {name: value for name, value in asdict(chat).items() if name != "extra" or value}
    return hashlib.sha256(json.dumps([model, fields], sort_keys=True).encode()).hexdigest()


class _Body(TypedDict):
    """The JSON body of a request."""

    messages: list[Message]
    temperature: float
    max_tokens: int
    seed: int
    n: int
    model: str


class _Session:
    """The state that the requests of one call share: the replies so far, and the rest of the budget."""

    def __init__(self, chats: dict[str, Chat], endpoint: Endpoint, journal: Path | None) -> None:
        self.chats, self.endpoint, self.journal = chats, endpoint, journal
        self.replies: dict[str, list[Reply]] = {key: [] for key in chats}
        self.rejected: dict[str, BadRequest] = {}
        self.error: InputError | None = None
        self.requests = self.tokens = 0  # spent, or reserved for pending requests
        self.pending = 0
        self.takes_n: bool | None = (
            None  # whether one request gives several replies; None until one has asked for them
        )
        self.settled = asyncio.Event()
        self.secret = os.environ.get("OPENAI_API_KEY", "").strip()
        for line in read_journal(journal) if journal else ():
            self.requests += 1
            self.tokens += line["tokens"]
            if line["key"] in chats:
                self.replies[line["key"]] += [Reply(*reply) for reply in line["replies"]]
        self.unanswered = [key for key in chats if not self._is_answered(key)]
        self.done = len(chats) - len(self.unanswered)

    def _is_answered(self, key: str) -> bool:
        return len(self.replies[key]) >= self.chats[key].n

    async def send_all(self) -> None:
        """Send all requests that are not answered yet; after an error, wait for those that are pending."""
        import openai

        keys = iter(self.unanswered)
        async with openai.AsyncOpenAI(
            base_url=self.endpoint.url,
            api_key=self.secret or "none",  # the client requires a key, a local server does not
            timeout=self.endpoint.timeout,
            max_retries=0,  # retries happen here: each counts against the budget
        ) as client:
            await asyncio.gather(*(self._work(client, keys) for _ in range(self.endpoint.concurrency)))

    async def _work(self, client: AsyncOpenAI, keys: Iterator[str]) -> None:
        for key in keys:
            try:
                await self._answer(client, key)
            except InputError as error:
                self.error = self.error or error
                return
            self.done += self._is_answered(key)
            if self.done % max(len(self.chats) // 20, 1) == 0:
                log_progress(logger, "prompts answered", self.done, len(self.chats))

    async def _answer(self, client: AsyncOpenAI, key: str) -> None:
        """Send requests until there are n replies: some servers give one reply whatever n is, or take no other n."""
        chat = self.chats[key]
        while not self._is_answered(key):
            received = len(self.replies[key])
            body: _Body = {
                "messages": chat.messages,
                "temperature": chat.temperature,
                "max_tokens": chat.max_tokens,
                "seed": chat.seed + received,
                "n": 1 if self.takes_n is False else chat.n - received,
                "model": self.endpoint.model,
            }
            outcome = await self._send_with_retries(client, key, body)
            several = body["n"] > 1
            if isinstance(outcome, BadRequest) and several and not self.takes_n:  # it may be n that it rejects
                outcome = await self._send_with_retries(client, key, {**body, "n": 1})
            if isinstance(outcome, BadRequest):
                self.rejected[key] = outcome
                return
            if several:
                self._learn_whether_n_is_taken(len(outcome) > 1)
            self.replies[key] += outcome

    def _learn_whether_n_is_taken(self, taken: bool) -> None:
        if self.takes_n is None and not taken:
            logger.warning("the endpoint does not give several replies to one request: each is asked for by itself")
        self.takes_n = self.takes_n or taken

    async def _send_with_retries(self, client: AsyncOpenAI, key: str, body: _Body) -> list[Reply] | BadRequest:
        """Return the replies of one response. Raises InputError when every attempt fails."""
        import openai

        for wait in (*WAITS, None):
            try:
                return await self._send(client, key, body)
            except openai.APIStatusError as error:
                problem = self._describe_error(error)
                if error.status_code in _BAD_REQUEST:
                    return BadRequest(problem)
                if error.status_code not in _RETRIED and error.status_code < 500:
                    raise InputError(
                        f"the endpoint answers: {problem}; check the URL, the model's name and the key"
                    ) from None
                wait = wait and _requested_wait(error.response.headers.get("retry-after"), wait)
            except InputError:  # a ValueError as well, but one that concerns all requests
                raise
            except (openai.APIError, ValueError) as error:
                problem = self._describe_error(error)
            if wait is not None:
                logger.warning("retry in %g s: %s", wait, problem)
                await asyncio.sleep(wait)
        raise InputError(f"the endpoint failed {len(WAITS) + 1} times in a row: {problem}")

    async def _send(self, client: AsyncOpenAI, key: str, body: _Body) -> list[Reply]:
        import openai

        max_cost = _max_cost(body)
        await self._reserve(max_cost)
        replies: list[Reply] = []
        cost = max_cost  # the cost of a response that is lost on its way is unknown
        try:
            extra = dict(self.chats[key].extra)
            response = await client.chat.completions.with_raw_response.create(**body, extra_body=extra)
            replies, cost = _read_completion(response.http_response, max_cost)
        except openai.APIStatusError:
            cost = 0
            raise
        finally:
            if self.journal:
                kept = [reply if reply.logprobs else reply[:2] for reply in replies]
                append_json_lines(self.journal, [{"key": key, "replies": kept, "tokens": cost}])
            self.tokens += cost - max_cost
            self.pending -= 1
            self.settled.set()
        return replies

    async def _reserve(self, tokens: int) -> None:
        """Reserve a request and its maximum cost in the budget, as soon as it is large enough."""
        while not self._fits_budget(tokens):
            if not self.pending:
                max_requests = self.endpoint.max_requests
                exhausted = "tokens" if max_requests is None or self.requests < max_requests else "requests"
                raise InputError(
                    f"the budget is spent ({self.requests:,} requests, {self.tokens:,} tokens; the next request takes "
                    f"up to {tokens:,}): allow more {exhausted}",
                    parameter=f"max_{exhausted}",
                )
            self.settled.clear()
            await self.settled.wait()
        if self.error:
            raise self.error
        self.requests += 1
        self.tokens += tokens
        self.pending += 1

    def _fits_budget(self, tokens: int) -> bool:
        max_requests, max_tokens = self.endpoint.max_requests, self.endpoint.max_tokens
        return (max_requests is None or self.requests < max_requests) and (
            max_tokens is None or self.tokens + tokens <= max_tokens
        )

    def _describe_error(self, error: Exception) -> str:
        text = str(error) or type(error).__name__
        body = getattr(getattr(error, "response", None), "text", "")
        if " - " not in text and body:  # the client leaves out a body of another form than OpenAI's
            text += f" - {body}"
        if cause := error.__cause__:  # "Connection error." alone explains little
            text += f" ({cause or type(cause).__name__})"
        if self.secret:  # some servers repeat it
            text = text.replace(self.secret, "***")
        return " ".join(text.split())[:300]


def _max_cost(body: _Body) -> int:
    """Return an upper bound of the tokens of a request and its replies: no token is shorter than a byte."""
    prompt = sum(len(message["content"].encode()) for message in body["messages"])
    return prompt + _TEMPLATE_TOKENS + body["n"] * body["max_tokens"]


def _read_completion(response: httpx.Response, max_cost: int) -> tuple[list[Reply], int]:
    """Return the replies of a response and its cost in tokens. Raises ValueError for a response without a reply."""
    try:
        completion = json.loads(response.text)
    except (ValueError, RecursionError):
        body = quoted(response.text) if response.text else "an empty body"
        raise ValueError(f"the endpoint's answer is no JSON (status {response.status_code}): {body}") from None
    replies = read_replies(completion)
    if not replies:
        raise ValueError("a response without a reply")
    usage = completion.get("usage")
    cost = usage.get("total_tokens") if isinstance(usage, dict) else None
    return replies, cost if isinstance(cost, int) else max_cost


def read_replies(completion: Any) -> list[Reply]:
    """Return the replies of a chat completion, given as its JSON value.

    Raises:
        ValueError: for a value of another form, and for a reply that is no text.
    """
    try:
        return [_reply(choice) for choice in completion["choices"]]
    except (AttributeError, KeyError, TypeError):
        raise ValueError("a response that is no chat completion") from None


def _reply(choice: Mapping[str, Any]) -> Reply:
    message = choice["message"]
    refusal = message.get("refusal")
    text = message.get("content") or refusal or ""
    finish = "refusal" if refusal else choice.get("finish_reason") or "stop"
    if not (isinstance(text, str) and isinstance(finish, str)):
        raise ValueError("a reply, or the reason for its end, is no text")
    text = text.encode("utf-8", "replace").decode()  # replace unpaired surrogates
    given = (choice.get("logprobs") or {}).get("content") or ()
    logprobs = tuple([(token.get("bytes") or list(token["token"].encode()), token["logprob"]) for token in given])
    return Reply(text, finish, logprobs)


def _requested_wait(header: str | None, default: float) -> float:
    """Return the seconds of a Retry-After header; the default for a date or without a header."""
    try:
        return min(max(0.0, float(header or default)), _LONGEST_WAIT)
    except ValueError:
        return default
