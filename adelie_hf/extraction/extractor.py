"""`Extractor`: texts and a schema in, typed items with their places in the text out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Unpack, overload

from adelie_hf.batched import batched
from adelie_hf.errors import InputError
from adelie_hf.extraction import page
from adelie_hf.extraction.examples import Demonstrate, ExampleOptions, demonstrate
from adelie_hf.extraction.generate import Generated, Generator, local_generator
from adelie_hf.extraction.pairs import Pair, in_window, locate, window_of
from adelie_hf.extraction.reading import result_of
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.extraction.results import Result
from adelie_hf.extraction.schema import (
    Categories,
    EventTypes,
    ExtractionSchema,
    entity_schema,
    event_schema,
    relation_schema,
    table_schema,
    triple_schema,
)
from adelie_hf.extraction.windows import Window, cut
from adelie_hf.progress import log_progress
from adelie_hf.tasks import TASKS
from adelie_hf.text_files import excerpt

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

logger = logging.getLogger(__name__)

# Several texts; one alone is a string.
Texts = list[str] | tuple[str, ...] | Iterator[str]

# The pairs of one text, or for each of several texts its own.
Pairs = Sequence[Pair] | Iterable[Sequence[Pair]]

_TEXTS_AT_A_TIME = 512  # bounds what is in memory
_PROGRESS_EVERY = 64  # answers
_ABOUT_MENTIONS = ("rc", "ere", "eae")  # tasks whose queries ask about mentions of a text
_SURROGATE = re.compile("[\ud800-\udfff]")


class Extractor:
    """Extracts items from texts with a causal language model.

    The model is asked as it was trained: with the requests, formats and parsers of IEInstruct.

    Args:
        model: a folder, a Hub id, an adapter, a GGUF file, or a loaded model of transformers. What is loaded by name
            runs on a GPU where there is one.
        tokenizer: the tokenizer of a loaded model.
        format: the answer format that the model was trained on.
        constrained: True to allow only answers of the format, with the categories and (for mentions) words of the
            text; it needs llguidance (`pip install 'adelie_hf[extract]'`).
        window: the largest number of tokens of a text that the model is asked about at a time; None for whole texts.
        overlap: tokens that two windows of a text share at most, in whole sentences; a sixth of a window for None.
        batch_size: requests at a time.
        max_new_tokens: the maximum length of an answer.
        dtype: the type of the weights; `auto` is the type of the saved ones.
        trust_remote_code: whether code from the model's repository may run.

    Raises:
        InputError: for a model that cannot be loaded, and options that exclude each other.

    Example:
        extractor = Extractor("runs/mine/sft/model")
        result = extractor.entities("Ada Lovelace worked in London.", {"person": None, "place": None})
        [(item.text, item.type, item.start, item.end) for item in result]
    """

    def __init__(
        self,
        model: str | PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase | None = None,
        *,
        format: str = "text",
        constrained: bool = False,
        window: int | None = 384,
        overlap: int | None = None,
        batch_size: int = 16,
        max_new_tokens: int = 512,
        dtype: str = "auto",
        trust_remote_code: bool = False,
    ):
        from accelerate import PartialState

        from adelie_hf.models import load_model, load_tokenizer

        if isinstance(model, str):
            if tokenizer is not None:
                raise InputError("a tokenizer goes with a loaded model; a name has its own", parameter="tokenizer")
            try:
                tokenizer = load_tokenizer(model, trust_remote_code=trust_remote_code)
                loaded = load_model(model, tokenizer, dtype=dtype, trust_remote_code=trust_remote_code)
            except InputError:
                raise
            except (OSError, ValueError) as error:
                raise InputError(
                    f"{model}: cannot be loaded ({excerpt(str(error))}); give the folder, the Hub id or the GGUF file "
                    "of a model or adapter",
                    parameter="model",
                ) from None
            model = loaded.to(PartialState().device)
        elif tokenizer is None:
            raise InputError("a loaded model needs its tokenizer", parameter="tokenizer")
        overlap = (window or 0) // 6 if overlap is None else overlap
        if window is not None and not 0 <= overlap < window:
            raise InputError(f"an overlap of {overlap} is not below the window of {window}", parameter="overlap")
        self.tokenizer = tokenizer
        self.format = format
        self.constrained = constrained
        self.window = window
        self.overlap = overlap
        self.generator: Generator = local_generator(
            model, tokenizer, batch_size=batch_size, max_new_tokens=max_new_tokens
        )

    @overload
    def entities(self, texts: str, types: Categories, **examples: Unpack[ExampleOptions]) -> Result: ...
    @overload
    def entities(self, texts: Texts, types: Categories, **examples: Unpack[ExampleOptions]) -> list[Result]: ...
    def entities(
        self, texts: str | Texts, types: Categories, **examples: Unpack[ExampleOptions]
    ) -> Result | list[Result]:
        """Return the named entities of texts.

        Args:
            texts: one text, or several.
            types: the entity types: a list of names, or a mapping from a name to its definition or None.
            examples: solved examples for the model, see `ExampleOptions`; each method takes them.
        """
        return self.run(texts, entity_schema(types), **examples)

    @overload
    def relations(
        self,
        texts: str,
        relations: Categories,
        pairs: Sequence[Pair] | None = None,
        **examples: Unpack[ExampleOptions],
    ) -> Result: ...
    @overload
    def relations(
        self,
        texts: Texts,
        relations: Categories,
        pairs: Iterable[Sequence[Pair]] | None = None,
        **examples: Unpack[ExampleOptions],
    ) -> list[Result]: ...
    def relations(
        self,
        texts: str | Texts,
        relations: Categories,
        pairs: Pairs | None = None,
        **examples: Unpack[ExampleOptions],
    ) -> Result | list[Result]:
        """Return the relations between mentions of texts.

        Args:
            texts: one text, or several.
            relations: the relations: a list of names, or a mapping from a name to its definition or None.
            pairs: the pairs of mentions to ask about, each as two strings or as two (start, end) offsets; for several
                texts a list of pairs each. For None the model finds the mentions itself.
            examples: see `ExampleOptions`.
        """
        return self._run(texts, relation_schema(relations), pairs, examples)

    @overload
    def events(self, texts: str, types: EventTypes, **examples: Unpack[ExampleOptions]) -> Result: ...
    @overload
    def events(self, texts: Texts, types: EventTypes, **examples: Unpack[ExampleOptions]) -> list[Result]: ...
    def events(
        self, texts: str | Texts, types: EventTypes, **examples: Unpack[ExampleOptions]
    ) -> Result | list[Result]:
        """Return the events of texts with their arguments."""
        return self.run(texts, event_schema(types), **examples)

    @overload
    def triples(self, texts: str, **examples: Unpack[ExampleOptions]) -> Result: ...
    @overload
    def triples(self, texts: Texts, **examples: Unpack[ExampleOptions]) -> list[Result]: ...
    def triples(self, texts: str | Texts, **examples: Unpack[ExampleOptions]) -> Result | list[Result]:
        """Return predicates with their arguments (open IE)."""
        return self.run(texts, triple_schema(), **examples)

    def table(self, text: str, instruction: str) -> Result:
        """Return a table of what a text says (on-demand IE); the text is not cut into windows."""
        return self.run(text, table_schema(instruction))

    @overload
    def run(self, texts: str, schema: ExtractionSchema, **examples: Unpack[ExampleOptions]) -> Result: ...
    @overload
    def run(self, texts: Texts, schema: ExtractionSchema, **examples: Unpack[ExampleOptions]) -> list[Result]: ...
    def run(
        self, texts: str | Texts, schema: ExtractionSchema, **examples: Unpack[ExampleOptions]
    ) -> Result | list[Result]:
        """Return what a schema asks for, one result a text, in the order of the texts."""
        return self._run(texts, schema, None, examples)

    def _run(
        self, texts: str | Texts, schema: ExtractionSchema, pairs: Pairs | None, examples: ExampleOptions
    ) -> Result | list[Result]:
        if isinstance(texts, str):
            return next(self._stream([texts], schema, None if pairs is None else [pairs], examples))
        return list(self._stream(texts, schema, pairs, examples))

    def stream(
        self, texts: Iterable[str], schema: ExtractionSchema, **examples: Unpack[ExampleOptions]
    ) -> Iterator[Result]:
        """Yield one result a text, in the order of the texts, with a bounded number of them in memory.

        Raises:
            InputError: for a text that is no string, and a schema whose task needs more than a text.
        """
        return self._stream(texts, schema, None, examples)

    @staticmethod
    def show(results: Result | Sequence[Result]) -> None:
        """Display results in a notebook: the page of `result_page`, which goes into a frame of its own.

        Raises:
            InputError: outside of a notebook.
        """
        page.show(results)

    def _stream(
        self, texts: Iterable[str], schema: ExtractionSchema, pairs: Iterable[Any] | None, examples: ExampleOptions
    ) -> Iterator[Result]:
        if pairs is not None:
            schema = replace(schema, task="rc")
        elif schema.task in _ABOUT_MENTIONS:
            raise InputError(
                f"{TASKS[schema.task].title} asks about mentions of a text, which a text alone does not give; use "
                "`relations` with pairs, or another schema",
                parameter="schema",
            )
        chosen = demonstrate(schema, **examples)
        for chunk in batched(_with_pairs(texts, pairs), _TEXTS_AT_A_TIME):
            yield from self._run_chunk(chunk, schema, chosen)

    def _run_chunk(
        self,
        chunk: Sequence[tuple[str, Sequence[Pair] | None]],
        schema: ExtractionSchema,
        chosen: Demonstrate,
    ) -> Iterator[Result]:
        asked = [list(self._requests(text, pairs, schema, chosen)) for text, pairs in chunk]
        requests = [request for parts in asked for _, request in parts]
        grammars = [request.grammar() for request in requests] if self.constrained else None
        answers: dict[int, Generated] = {}
        for number, answer in self.generator([request.messages() for request in requests], grammars):
            answers[number] = answer
            if len(answers) % _PROGRESS_EVERY == 0 or len(answers) == len(requests):
                log_progress(logger, "requests", len(answers), len(requests))
        numbers = iter(range(len(requests)))
        for (text, _), parts in zip(chunk, asked, strict=True):
            yield result_of(text, schema, [(*part, answers[next(numbers)]) for part in parts])

    def _requests(
        self, text: object, pairs: Sequence[Pair] | None, schema: ExtractionSchema, chosen: Demonstrate
    ) -> Iterator[tuple[Window, ExtractionRequest]]:
        """Yield the requests about a text, each with the window that it is about."""
        if not isinstance(text, str):
            raise InputError(f"a text is a string, not {type(text).__name__}", parameter="texts")
        if not text.strip():
            return
        plain = _SURROGATE.sub("\ufffd", text)
        windows = self._windows(plain, schema)
        if pairs is None:
            for window in windows:
                part = plain[window.start : window.end]
                yield window, ExtractionRequest(schema, part, self.format, None, chosen(part), self.constrained)
            return
        for pair in (locate(pair, plain) for pair in pairs):
            window = window_of(pair, windows)
            head, tail = (in_window(mention, window) for mention in pair)
            part = plain[window.start : window.end]
            yield window, ExtractionRequest(schema, part, self.format, (head, tail), chosen(part), self.constrained)

    def _windows(self, text: str, schema: ExtractionSchema) -> list[Window]:
        if self.window is None or schema.task == "odie":
            return [Window(0, len(text))]
        return cut(text, self._tokens, self.window, self.overlap)

    def _tokens(self, text: str) -> int:
        return len(self.tokenizer.encode(text, add_special_tokens=False))


def _with_pairs(
    texts: Iterable[str], pairs: Iterable[Sequence[Pair]] | None
) -> Iterator[tuple[str, Sequence[Pair] | None]]:
    if pairs is None:
        yield from ((text, None) for text in texts)
        return
    missing: Any = object()
    for text, own in zip_longest(texts, pairs, fillvalue=missing):
        if missing in (text, own):
            raise InputError("give as many lists of pairs as texts", parameter="pairs")
        yield text, own
