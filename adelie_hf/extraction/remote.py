"""Answers of a model behind an OpenAI-compatible endpoint.

With constrained decoding the endpoint is asked to hold its answers to the format: by `response_format` with a JSON
schema, which most servers know, or for the format `text` by a grammar in vLLM's field `structured_outputs`. Servers
may ignore either without a word, so each answer is checked.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from adelie_hf.extraction.generate import Generated, Generator, TokenProbabilities
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.sampling.endpoint import BadRequest, Chat, Endpoint, Reply, request_replies
from adelie_hf.text_files import excerpt

logger = logging.getLogger(__name__)

_LOGPROBS = {"logprobs": True}


def endpoint_generator(endpoint: Endpoint, *, max_new_tokens: int) -> Generator:
    """Return a generator on a model behind an endpoint: temperature 0, requests at once as the endpoint allows.

    Args:
        max_new_tokens: the maximum length of an answer.
    """

    def generate(requests: Sequence[ExtractionRequest]) -> Iterator[tuple[int, Generated]]:
        chats = [
            Chat(request.messages(), 0.0, max_new_tokens, seed=0, extra=_LOGPROBS | _form(request))
            for request in requests
        ]
        outcomes = request_replies(chats, endpoint) if chats else []
        loose = []
        for number, (request, outcome) in enumerate(zip(requests, outcomes, strict=True)):
            if isinstance(outcome, BadRequest):
                yield number, Generated("", refused=outcome.reason)
                continue
            (reply,) = outcome
            if request.constrained and reply.finish == "stop" and not request.holds(reply.text):
                loose.append(reply.text)
            yield number, _generated(reply)
        if loose:
            logger.warning(
                "%s: %d of %d answers do not have the requested form, such as %r; the endpoint seems to ignore `%s`, "
                "and they are read as free answers",
                endpoint.model,
                len(loose),
                len(requests),
                excerpt(loose[0]),
                *_form(requests[0]),
            )

    return generate


def _form(request: ExtractionRequest) -> dict[str, object]:
    """Return the fields of the body that ask for the form of an answer."""
    if not request.constrained:
        return {}
    if request.format == "text":
        return {"structured_outputs": {"grammar": request.grammar()}}
    schema: Mapping[str, object] = {"name": "answer", "strict": True, "schema": request.json_schema()}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _generated(reply: Reply) -> Generated:
    if reply.finish in ("content_filter", "refusal"):
        return Generated("", refused=reply.text or "the reply is withheld by a filter of the endpoint")
    return Generated(reply.text, reply.finish == "length", _token_probabilities(reply))


def _token_probabilities(reply: Reply) -> TokenProbabilities | None:
    """Return the probabilities of a reply's tokens; None where they are not given, or are those of another text."""
    size = len(reply.text.encode())
    content = b"".join(bytes(token) for token, _ in reply.logprobs)
    if not reply.logprobs or content[:size] != reply.text.encode():
        return None
    ends = list(accumulate(len(token) for token, _ in reply.logprobs))
    values = [logprob for _, logprob in reply.logprobs[: bisect_left(ends, size) + 1]]  # without the end token

    def length(tokens: int) -> int:
        return len(content[: ends[tokens - 1]].decode("utf-8", "ignore"))

    return TokenProbabilities(values, length)
