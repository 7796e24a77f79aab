"""Answers of a transformers model to many requests: in batches by length, with the common prompt computed once.

With a grammar for each request, every token is one that the grammar allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import exp, fsum
from os.path import commonprefix
from typing import TYPE_CHECKING, Any, Protocol

from adelie_hf.batched import batched
from adelie_hf.errors import InputError
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.models import check_token_ids, stop_tokens

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_SHORTEST_PREFIX = 8  # tokens: less is not worth a cache


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer.

    Args:
        text: the answer; of one that was cut at the token limit and has a grammar, its complete items.
        cut: True if it was longer than allowed.
        tokens: its tokens with their probabilities; None where the model gives none.
        refused: why an endpoint gives no answer.
    """

    text: str
    cut: bool = False
    tokens: TokenProbabilities | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class TokenProbabilities:
    """The log-probabilities of the tokens of an answer, before any mask.

    Args:
        values: one a token.
        length: a number of tokens -> how many characters the first so many have.
    """

    values: Sequence[float]
    length: Callable[[int], int]

    def of(self, start: int, end: int) -> float | None:
        """Return the exponential of the mean log-probability of the tokens that `[start, end)` overlaps."""
        first, last = self._token_at(start), self._token_at(end - 1)
        chosen = self.values[first : last + 1]
        return exp(fsum(chosen) / len(chosen)) if chosen else None

    def _token_at(self, offset: int) -> int:
        """Return the number of the token that contains a character."""
        low, high = 0, len(self.values) - 1
        while low < high:
            middle = (low + high) // 2
            if self.length(middle + 1) <= offset:
                low = middle + 1
            else:
                high = middle
        return low


class Generator(Protocol):
    """What answers requests: a model in this process, or one behind an endpoint."""

    def __call__(self, requests: Sequence[ExtractionRequest]) -> Iterator[tuple[int, Generated]]:
        """Yield the number of each request with its answer, in any order."""


def local_generator(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, batch_size: int, max_new_tokens: int
) -> Generator:
    """Return a generator on a model's own device: the most likely token each time.

    Args:
        batch_size: prompts at a time.
        max_new_tokens: the maximum length of an answer.
    """
    stops = stop_tokens(tokenizer, model.generation_config)
    size = model.get_input_embeddings().num_embeddings
    context: int | None = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    grammar_tokenizer: list[Any] = []  # made on first use: it takes a second

    def generate(requests: Sequence[ExtractionRequest]) -> Iterator[tuple[int, Generated]]:
        if not requests:
            return
        prompts = [request.messages() for request in requests]
        encoded = tokenizer.apply_chat_template(prompts, add_generation_prompt=True, return_dict=True)
        ids: list[list[int]] = encoded["input_ids"]
        check_token_ids(max(map(max, ids)), size, tokenizer)
        _check_length(max(map(len, ids)), context)
        constrained = requests[0].constrained  # as all of them are
        if constrained and not grammar_tokenizer:
            grammar_tokenizer.append(_grammar_tokenizer(tokenizer, size, stops))
        prefix, cache = _prefix_cache(model, ids)
        longest_first = sorted(range(len(ids)), key=lambda number: -len(ids[number]))
        for batch in batched(longest_first, batch_size):
            numbers = list(batch)
            mask = None
            if constrained:
                grammars = [requests[number].grammar() for number in numbers]
                mask = _GrammarMask(grammar_tokenizer[0], grammars, stops)
            rows = [ids[number] for number in numbers]
            room = max_new_tokens if context is None else min(max_new_tokens, context - max(map(len, rows)))
            answers = _generate_batch(model, tokenizer, rows, prefix, cache, mask, stops, room)
            yield from zip(numbers, answers, strict=True)

    return generate


def _check_length(longest: int, context: int | None) -> None:
    if context is not None and longest >= context:
        raise InputError(
            f"a request has {longest:,} tokens, and the model takes {context:,} with its answer; cut the texts into "
            "windows, or into smaller ones",
            parameter="window",
        )


def _prefix_cache(model: PreTrainedModel, ids: Sequence[list[int]]) -> tuple[int, Any]:
    """Return the length of the common beginning of prompts, and its keys and values; 0 and None for a short one."""
    import torch

    length = min(len(commonprefix(list(ids))), min(map(len, ids), default=1) - 1)
    if len(ids) < 2 or length < _SHORTEST_PREFIX:
        return 0, None
    with torch.inference_mode():
        inputs = torch.tensor([ids[0][:length]], device=model.device)
        return length, model(input_ids=inputs, use_cache=True, logits_to_keep=1).past_key_values


def _generate_batch(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[list[int]],
    prefix: int,
    cache: Any,
    mask: _GrammarMask | None,
    stops: list[int],
    max_new_tokens: int,
) -> list[Generated]:
    import torch

    width = max(map(len, rows))
    pad = tokenizer.pad_token_id
    # Padding stands between the common prefix, whose keys are cached at the first positions, and the rest.
    padded = [row[:prefix] + [pad] * (width - len(row)) + row[prefix:] for row in rows]
    seen = [[1] * prefix + [0] * (width - len(row)) + [1] * (len(row) - prefix) for row in rows]
    scores = _TokenScores()
    inputs = torch.tensor(padded, device=model.device)
    past = {}
    if cache is not None:
        copied = deepcopy(cache)
        copied.batch_repeat_interleave(len(rows))
        past["past_key_values"] = copied
    with torch.inference_mode():
        outputs = model.generate(
            input_ids=inputs,
            attention_mask=torch.tensor(seen, device=model.device),
            logits_processor=[scores, *([mask] if mask else [])],
            do_sample=False,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            max_new_tokens=max_new_tokens,
            pad_token_id=pad,
            eos_token_id=stops,
            **past,
        )
    generated = outputs[:, width:]
    probabilities = scores.finish(generated)
    answers = []
    for number, (tokens, values) in enumerate(zip(generated.tolist(), probabilities, strict=True)):
        length = next((position for position, token in enumerate(tokens) if token in stops), None)
        cut = length is None
        kept = tokens[: mask.complete(number, tokens) if mask and cut else length]
        text = tokenizer.decode(kept, skip_special_tokens=True)
        answers.append(Generated(text, cut, _token_probabilities(kept, values, tokenizer)))
    return answers


def _token_probabilities(
    ids: list[int], values: Sequence[float], tokenizer: PreTrainedTokenizerBase
) -> TokenProbabilities:
    def length(tokens: int) -> int:
        return len(tokenizer.decode(ids[:tokens], skip_special_tokens=True))

    return TokenProbabilities(values[: len(ids)], length)


class _TokenScores:
    """A logits processor that changes nothing, and keeps the log-probability of each token that was chosen."""

    def __init__(self) -> None:
        self.last: torch.Tensor | None = None
        self.chosen: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self._take(input_ids[:, -1:])
        self.last = scores.float().log_softmax(-1)
        return scores

    def _take(self, tokens: torch.Tensor) -> None:
        if self.last is not None:
            self.chosen.append(self.last.gather(1, tokens))

    def finish(self, generated: torch.Tensor) -> list[list[float]]:
        """Return the log-probabilities of all tokens of each row."""
        import torch

        self._take(generated[:, -1:])
        values: list[list[float]] = torch.cat(self.chosen, dim=1).tolist()
        return values


def _grammar_tokenizer(tokenizer: PreTrainedTokenizerBase, size: int, stops: list[int]) -> Any:
    try:
        import llguidance.hf
    except ImportError:
        raise InputError(
            "constrained decoding needs llguidance; pip install 'adelie_hf[extract]'", parameter="constrained"
        ) from None
    return llguidance.hf.from_tokenizer(tokenizer, n_vocab=size, eos_token=stops)


class _GrammarMask:
    """A logits processor that leaves the tokens that a grammar allows, one grammar a row."""

    def __init__(self, tokenizer: Any, grammars: Sequence[str], stops: list[int]):
        import torch
        from llguidance import LLMatcher

        self.matchers = [LLMatcher(tokenizer, LLMatcher.grammar_from_lark(grammar)) for grammar in grammars]
        for matcher in self.matchers:
            if matcher.is_error():
                raise InputError(
                    f"a text cannot be used for constrained decoding, mostly since it is too long "
                    f"({matcher.get_error().splitlines()[0]}); cut it into windows",
                    parameter="window",
                )
        self.stops = stops
        self.ended = [False] * len(grammars)  # rows that have a stop token; padding follows
        self.accepted = [0] * len(grammars)  # tokens up to the last complete item
        self.consumed = [0] * len(grammars)
        self.bits = torch.zeros((len(grammars), (tokenizer.vocab_size + 31) // 32), dtype=torch.int32)
        self.started = False

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self.started:
            for row, token in enumerate(input_ids[:, -1].tolist()):
                self._consume(row, token)
        self.started = True
        for row, matcher in enumerate(self.matchers):
            bits = self.bits[row]
            if self.ended[row]:
                bits.fill_(-1)
            else:
                matcher.unsafe_compute_mask_ptr(bits.data_ptr(), bits.numel() * 4)
        return scores.masked_fill(~_unpack(self.bits, scores.shape[1]).to(scores.device), float("-inf"))

    def _consume(self, row: int, token: int) -> None:
        self.ended[row] = self.ended[row] or token in self.stops
        if self.ended[row]:
            return
        matcher = self.matchers[row]
        matcher.consume_token(token)
        self.consumed[row] += 1
        if matcher.is_accepting():
            self.accepted[row] = self.consumed[row]

    def complete(self, row: int, tokens: Sequence[int]) -> int:
        """Return the number of tokens up to the last complete item of an answer that was cut."""
        if self.consumed[row] < len(tokens):  # the last token ends generation before it is seen here
            self._consume(row, tokens[-1])
        return self.accepted[row]


def _unpack(bits: torch.Tensor, size: int) -> torch.Tensor:
    """Return the bits of 32-bit words as booleans, the lowest bit of a word first."""
    import torch

    octets = bits.view(torch.uint8)
    places = torch.arange(8, dtype=torch.uint8)
    return ((octets.unsqueeze(-1) >> places) & 1).bool().view(bits.shape[0], -1)[:, :size]
