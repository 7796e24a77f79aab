"""`Extractor`: texts and a schema in, typed items with their places in the text out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, overload

from adelie_hf.errors import InputError
from adelie_hf.extraction.generate import Generated, Generator, local_generator
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

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Several texts; one alone is a string.
Texts = list[str] | tuple[str, ...] | Iterator[str]

_TEXTS_AT_A_TIME = 512  # bounds what is in memory
_SURROGATE = re.compile("[\ud800-\udfff]")


class Extractor:
    """Extracts items from texts with a causal language model.

    The model is asked as it was trained: with the requests, formats and parsers of IEInstruct.

    Args:
        model: a folder, a Hub id, an adapter, a GGUF file, or a loaded model of transformers.
        tokenizer: the tokenizer of a loaded model.
        format: the answer format that the model was trained on.
        constrained: True to allow only answers of the format, with the categories and (for mentions) words of the
            text; it needs llguidance (`pip install 'adelie_hf[extract]'`).
        window: the largest number of tokens of a text that the model is asked about at a time; None for whole texts.
        overlap: tokens that two windows of a text share, in whole sentences.
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
        overlap: int = 64,
        batch_size: int = 16,
        max_new_tokens: int = 512,
        dtype: str = "auto",
        trust_remote_code: bool = False,
    ):
        from adelie_hf.models import load_model, load_tokenizer

        if isinstance(model, str):
            if tokenizer is not None:
                raise InputError("a tokenizer goes with a loaded model; a name has its own", parameter="tokenizer")
            tokenizer = load_tokenizer(model, trust_remote_code=trust_remote_code)
            model = load_model(model, tokenizer, dtype=dtype, trust_remote_code=trust_remote_code)
        elif tokenizer is None:
            raise InputError("a loaded model needs its tokenizer", parameter="tokenizer")
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
    def entities(self, texts: str, types: Categories) -> Result: ...
    @overload
    def entities(self, texts: Texts, types: Categories) -> list[Result]: ...
    def entities(self, texts: str | Texts, types: Categories) -> Result | list[Result]:
        """Return the named entities of texts.

        Args:
            texts: one text, or several.
            types: the entity types: a list of names, or a mapping from a name to its definition or None.
        """
        return self.run(texts, entity_schema(types))

    @overload
    def relations(self, texts: str, relations: Categories) -> Result: ...
    @overload
    def relations(self, texts: Texts, relations: Categories) -> list[Result]: ...
    def relations(self, texts: str | Texts, relations: Categories) -> Result | list[Result]:
        """Return the relations between mentions of texts, which the model finds itself."""
        return self.run(texts, relation_schema(relations))

    @overload
    def events(self, texts: str, types: EventTypes) -> Result: ...
    @overload
    def events(self, texts: Texts, types: EventTypes) -> list[Result]: ...
    def events(self, texts: str | Texts, types: EventTypes) -> Result | list[Result]:
        """Return the events of texts with their arguments."""
        return self.run(texts, event_schema(types))

    @overload
    def triples(self, texts: str) -> Result: ...
    @overload
    def triples(self, texts: Texts) -> list[Result]: ...
    def triples(self, texts: str | Texts) -> Result | list[Result]:
        """Return predicates with their arguments (open IE)."""
        return self.run(texts, triple_schema())

    def table(self, text: str, instruction: str) -> Result:
        """Return a table of what a text says (on-demand IE); the text is not cut into windows."""
        return self.run(text, table_schema(instruction))

    @overload
    def run(self, texts: str, schema: ExtractionSchema) -> Result: ...
    @overload
    def run(self, texts: Texts, schema: ExtractionSchema) -> list[Result]: ...
    def run(self, texts: str | Texts, schema: ExtractionSchema) -> Result | list[Result]:
        """Return what a schema asks for, one result a text, in the order of the texts."""
        if isinstance(texts, str):
            return next(self.stream([texts], schema))
        return list(self.stream(texts, schema))

    def stream(self, texts: Iterable[str], schema: ExtractionSchema) -> Iterator[Result]:
        """Yield one result a text, in the order of the texts, with a bounded number of them in memory.

        Raises:
            InputError: for a text that is no string.
        """
        texts = iter(texts)
        while chunk := list(islice(texts, _TEXTS_AT_A_TIME)):
            yield from self._run_chunk(chunk, schema)

    def _run_chunk(self, texts: Sequence[str], schema: ExtractionSchema) -> Iterator[Result]:
        windows = [self._windows(text, schema) for text in texts]
        requests = [
            ExtractionRequest(schema, _SURROGATE.sub("\ufffd", text[start:end]), self.format)
            for text, parts in zip(texts, windows, strict=True)
            for start, end in parts
        ]
        grammars = [request.grammar() for request in requests] if self.constrained else None
        answers: dict[int, Generated] = {}
        for number, answer in self.generator([request.messages() for request in requests], grammars):
            answers[number] = answer
        numbers = iter(range(len(requests)))
        for text, parts in zip(texts, windows, strict=True):
            asked = [(part, requests[number], answers[number]) for part in parts for number in (next(numbers),)]
            yield result_of(text, schema, asked)

    def _windows(self, text: object, schema: ExtractionSchema) -> list[Window]:
        if not isinstance(text, str):
            raise InputError(f"a text is a string, not {type(text).__name__}", parameter="texts")
        if not text.strip():
            return []
        if self.window is None or schema.task == "odie":
            return [Window(0, len(text))]
        return cut(text, self._tokens, self.window, self.overlap)

    def _tokens(self, text: str) -> int:
        return len(self.tokenizer.encode(_SURROGATE.sub("\ufffd", text), add_special_tokens=False))
