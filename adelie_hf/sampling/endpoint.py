"""Chat requests to an OpenAI-compatible endpoint: concurrent, retried, within a budget, resumable.

Each attempt leaves one line in a journal beside the output, with what came back, under a key made of the model
and all of the request: a run that was stopped in any way goes on with the same call, and what was answered is
never asked again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from adelie_hf.draws import draw
from adelie_hf.errors import InputError
from adelie_hf.files import append_json_lines, folder_lock, read_journal

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before each further attempt, where the endpoint asks for no other wait
LONGEST_WAIT = 300.0  # seconds, however long the endpoint asks for

_AGAIN = (408, 409, 429)  # and all from 500
_REFUSED = (400, 413, 422)  # about this request, as when it is too long; any other error is about all of them
_TEMPLATE_TOKENS = 100  # room for what a chat template adds to a prompt


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind an OpenAI-compatible API; the key comes from OPENAI_API_KEY and is written nowhere.

    Args:
        url: where the API begins, mostly ending in `/v1`.
        model: the model's name there.
        concurrency: at most this many requests at a time.
        max_requests, max_tokens: the budget of one output, prompts and replies together. What earlier calls
            spent on the output counts; what was under way when a process was killed is not known.
        timeout: seconds until an attempt is given up.

    Raises:
        InputError: for a URL that is none, or that holds a password.
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
            whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            whole = False
        if not whole:
            raise InputError("the endpoint is no whole URL; give one such as http://localhost:8000/v1")
        if parts.username or parts.password:
            raise InputError("the URL of the endpoint holds a name or password; put the key into OPENAI_API_KEY")


@dataclass(frozen=True, slots=True)
class Chat:
    """One request: `n` replies to messages, each of at most `max_tokens` tokens."""

    messages: list[dict[str, str]]
    temperature: float
    max_tokens: int
    seed: int
    n: int = 1


class Reply(NamedTuple):
    """A text, and why it ends there: `stop`, `length`, `content_filter`, or `refusal`."""

    text: str
    finish: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that the endpoint takes for a bad one."""

    reason: str


def chat_seed(seed: int, identity: str, purpose: str) -> int:
    """The seed of a request, drawn for an id, as the API takes it."""
    return int(draw(seed, identity, purpose) * 2**31)


def ask(
    chats: Sequence[Chat], endpoint: Endpoint, out: Path, say: Callable[[str], None]
) -> list[list[Reply] | Refused]:
    """The replies to requests, in the order of the requests.

    Args:
        out: the file that the replies are for. The journal lies beside it and stays there: a change of what is
            made of the replies costs no request.
        say: takes one line of progress.

    Raises:
        InputError: when the extra is missing, when the budget is spent, when attempts keep failing, and when every
            request is refused. All that was answered until then is kept.
    """
    journal = out.with_name(f".{out.name}.asked")
    if out.exists() and not journal.is_dir():
        raise InputError(f"{out}: exists and was not made by this command; choose another --out")
    try:
        import openai  # noqa: F401
    except ImportError:
        raise InputError("asking an endpoint needs openai; pip install 'adelie_hf[endpoint]'") from None
    with folder_lock(journal):
        run = _Run({_key(endpoint.model, chat): chat for chat in chats}, endpoint, journal / "attempts.jsonl", say)
        asyncio.run(run.all())
    if run.stopped:
        raise InputError(f"{run.stopped}; {run.done} of {len(run.chats)} prompts are answered, the next call goes on")
    if run.refused and len(run.refused) == len(run.chats):
        raise InputError(f"the endpoint refuses every prompt: {next(iter(run.refused.values())).reason}")
    keys = (_key(endpoint.model, chat) for chat in chats)
    return [run.refused.get(key) or run.replies[key][: chat.n] for key, chat in zip(keys, chats, strict=True)]


def _key(model: str, chat: Chat) -> str:
    return hashlib.sha256(json.dumps([model, asdict(chat)], sort_keys=True).encode()).hexdigest()


class _Run:
    """The state that the requests of one call share: what is known, and what is left of the budget."""

    def __init__(self, chats: dict[str, Chat], endpoint: Endpoint, journal: Path, say: Callable[[str], None]) -> None:
        self.chats, self.endpoint, self.journal, self.say = chats, endpoint, journal, say
        self.replies: dict[str, list[Reply]] = {key: [] for key in chats}
        self.refused: dict[str, Refused] = {}
        self.stopped: InputError | None = None
        self.requests = self.tokens = 0  # spent, or set aside for what is under way
        self.under_way = 0
        self.settled = asyncio.Event()
        self.secret = os.environ.get("OPENAI_API_KEY", "").strip()
        for line in read_journal(journal):
            self.requests += 1
            self.tokens += line["tokens"]
            if line["key"] in chats:
                self.replies[line["key"]] += [Reply(*reply) for reply in line["replies"]]
        self.todo = [key for key in chats if not self._answered(key)]
        self.done = len(chats) - len(self.todo)

    def _answered(self, key: str) -> bool:
        return len(self.replies[key]) >= self.chats[key].n

    async def all(self) -> None:
        """Asks what is not answered yet; what is under way when something goes wrong is waited for."""
        import openai

        todo = iter(self.todo)
        async with openai.AsyncOpenAI(
            base_url=self.endpoint.url,
            api_key=self.secret or "none",  # a local server asks for none, the client for one
            timeout=self.endpoint.timeout,
            max_retries=0,  # the attempts are ours: each counts against the budget
        ) as client:
            await asyncio.gather(*(self._work(client, todo) for _ in range(self.endpoint.concurrency)))

    async def _work(self, client: Any, todo: Iterator[str]) -> None:
        for key in todo:
            try:
                await self._finish(client, key)
            except InputError as error:
                self.stopped = self.stopped or error
                return
            self.done += self._answered(key)
            if self.done % max(len(self.chats) // 20, 1) == 0:
                self.say(f"{self.done:,} of {len(self.chats):,} prompts answered")

    async def _finish(self, client: Any, key: str) -> None:
        """Asks until there are n replies: some servers give one, whatever n is."""
        chat = self.chats[key]
        while not self._answered(key):
            have = len(self.replies[key])
            body = asdict(chat) | {"n": chat.n - have, "seed": chat.seed + have, "model": self.endpoint.model}
            result = await self._patiently(client, key, body)
            if isinstance(result, Refused):
                self.refused[key] = result
                return
            self.replies[key] += result

    async def _patiently(self, client: Any, key: str, body: dict[str, Any]) -> list[Reply] | Refused:
        """The replies of one response, after several attempts if need be. Raises InputError when all of them fail."""
        import openai

        for wait in (*WAITS, None):
            try:
                return await self._attempt(client, key, body)
            except openai.APIStatusError as error:
                problem = self._shown(error)
                if error.status_code in _REFUSED:
                    return Refused(problem)
                if error.status_code not in _AGAIN and error.status_code < 500:
                    raise InputError(f"the endpoint says: {problem}; check --endpoint, --model and the key") from None
                wait = wait and _asked_wait(error.response.headers.get("retry-after"), wait)
            except InputError:  # a ValueError as well, but about all requests
                raise
            except (openai.APIError, ValueError) as error:
                problem = self._shown(error)
            if wait is not None:
                self.say(f"again in {wait:g} s: {problem}")
                await asyncio.sleep(wait)
        raise InputError(f"the endpoint failed {len(WAITS) + 1} times in a row: {problem}")

    async def _attempt(self, client: Any, key: str, body: dict[str, Any]) -> list[Reply]:
        import openai

        most = _most_tokens(body)
        await self._set_aside(most)
        replies: list[Reply] = []
        spent = most  # nothing tells what a response that was lost on its way has cost
        try:
            replies, spent = _read(await client.chat.completions.create(**body), most)
        except openai.APIStatusError:
            spent = 0
            raise
        finally:
            append_json_lines(self.journal, [{"key": key, "replies": replies, "tokens": spent}])
            self.tokens += spent - most
            self.under_way -= 1
            self.settled.set()
        return replies

    async def _set_aside(self, tokens: int) -> None:
        """Takes a request and the most that it may cost out of the budget, as soon as there is room."""
        while not self._fits(tokens):
            if not self.under_way:
                raise InputError(
                    f"the budget is spent ({self.requests:,} requests, {self.tokens:,} tokens; the next request takes "
                    f"up to {tokens:,}): raise --max-requests or --max-tokens"
                )
            self.settled.clear()
            await self.settled.wait()
        if self.stopped:
            raise self.stopped
        self.requests += 1
        self.tokens += tokens
        self.under_way += 1

    def _fits(self, tokens: int) -> bool:
        requests, most = self.endpoint.max_requests, self.endpoint.max_tokens
        return (requests is None or self.requests < requests) and (most is None or self.tokens + tokens <= most)

    def _shown(self, error: Exception) -> str:
        text = str(error) or type(error).__name__
        if cause := error.__cause__:  # "Connection error." alone says little
            text += f" ({cause or type(cause).__name__})"
        if self.secret:  # some servers repeat it
            text = text.replace(self.secret, "***")
        return " ".join(text.split())[:300]


def _most_tokens(body: dict[str, Any]) -> int:
    """No token is shorter than a byte."""
    prompt = sum(len(message["content"].encode()) for message in body["messages"])
    return prompt + _TEMPLATE_TOKENS + body["n"] * body["max_tokens"]


def _read(completion: Any, most: int) -> tuple[list[Reply], int]:
    """The replies of a response and the tokens that it cost. Raises ValueError for one without a reply."""
    try:
        replies = [_reply(choice) for choice in completion.choices]
    except (AttributeError, TypeError):
        replies = []
    if not replies:
        raise ValueError("a response without a reply")
    spent = getattr(completion.usage, "total_tokens", None)
    return replies, spent if isinstance(spent, int) else most


def _reply(choice: Any) -> Reply:
    message = choice.message
    text = message.content or message.refusal or ""
    text = text.encode("utf-8", "replace").decode()  # half of a surrogate pair is no text
    return Reply(text, "refusal" if message.refusal else choice.finish_reason or "stop")


def _asked_wait(header: str | None, otherwise: float) -> float:
    """The seconds that the header Retry-After asks for; where it holds a date or nothing, our own."""
    try:
        return min(max(0.0, float(header or otherwise)), LONGEST_WAIT)
    except ValueError:
        return otherwise
