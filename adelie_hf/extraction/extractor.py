"""`Extractor`: texts and a schema in, typed items with their places in the text out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Unpack, overload

from adelie_hf.batched import batched
from adelie_hf.errors import InputError
from adelie_hf.extraction import page
from adelie_hf.extraction.asking import Asking
from adelie_hf.extraction.calibration import Calibration, fit_calibration, judge
from adelie_hf.extraction.examples import Demonstrate, ExampleOptions, Examples, demonstrate, solved_queries
from adelie_hf.extraction.generate import Generated, Generator, local_generator
from adelie_hf.extraction.pairs import Pair, in_window, locate, window_of
from adelie_hf.extraction.reading import result_of
from adelie_hf.extraction.remote import endpoint_generator
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.extraction.results import Result
from adelie_hf.extraction.schema import (
    ExtractionSchema,
    entity_schema,
    event_schema,
    relation_schema,
    table_schema,
    triple_schema,
)
from adelie_hf.extraction.windows import Window
from adelie_hf.progress import log_progress
from adelie_hf.records import Mention
from adelie_hf.sampling.endpoint import Endpoint
from adelie_hf.sources.schema_file import Categories, EventTypes
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
_BYTES_OF_A_TOKEN = 3  # where the tokenizer is elsewhere; less than most tokens have, so that windows are not too long
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
        encode = partial(tokenizer.encode, add_special_tokens=False)
        self._set(
            local_generator(model, tokenizer, batch_size=batch_size, max_new_tokens=max_new_tokens),
            Asking(format, constrained, window, overlap, lambda text: len(encode(text))),
        )

    @classmethod
    def at(
        cls,
        url: str,
        model: str,
        *,
        format: str = "text",
        constrained: bool = False,
        window: int | None = 384,
        overlap: int | None = None,
        concurrency: int = 8,
        max_new_tokens: int = 512,
    ) -> Extractor:
        """Return an extractor whose model is behind an OpenAI-compatible endpoint; it needs no torch.

        The key comes from OPENAI_API_KEY. A text that the endpoint refuses has the status `refused`.

        Args:
            url: the base URL of the API, usually ending in `/v1`.
            model: the model's name at the endpoint.
            format: the answer format that the model was trained on, or `json-nested` for a general model.
            constrained: True to ask the endpoint to hold answers to the form: the formats `json` and `json-nested` by
                a JSON schema in `response_format`, `text` by a grammar in vLLM's `structured_outputs`. Where answers
                come back in another form, that is logged, and they are read as free ones.
            window: the largest number of tokens of a text that the model is asked about at a time, a token taken to be
                three bytes; None for whole texts.
            overlap: see `Extractor`.
            concurrency: requests at a time.
            max_new_tokens: the maximum length of an answer.

        Raises:
            InputError: for a URL that is not complete, and when openai is not installed. The methods raise it when the
                endpoint fails several times in a row, and when it refuses all texts.

        Example:
            extractor = Extractor.at("http://localhost:8000/v1", "mine", format="json", constrained=True)
            extractor.entities("Ada Lovelace worked in London.", ["person", "place"])
        """
        extractor = cls.__new__(cls)
        extractor._set(
            endpoint_generator(Endpoint(url, model, concurrency), max_new_tokens=max_new_tokens),
            Asking(format, constrained, window, overlap, lambda text: -(-len(text.encode()) // _BYTES_OF_A_TOKEN)),
        )
        return extractor

    def _set(self, generator: Generator, asking: Asking) -> None:
        self.generator = generator
        self._asking = asking
        self.calibration: Calibration | None = None

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

    def calibrate(self, schema: ExtractionSchema, held_out: Examples, split: str = "test") -> Calibration:
        """Calibrate the confidences of all further results on solved texts that the model was not trained on.

        Args:
            schema: what to extract from them; a calibration is for one task.
            held_out: pairs of a text and its items, records, rows of IEInstruct, or the folder of a build.
            split: of a build, the rows to take.

        Returns:
            The calibration, with the expected calibration error before and after. `extractor.calibration = None` takes
            it off again.

        Raises:
            InputError: for texts that do not fit the schema, and for fewer than 20 items found in them.
        """
        self.calibration = None
        solved = list(solved_queries(schema, held_out, split))
        pairs = None
        if schema.task == "rc":
            ends = [[mention.fragments[0] for _, mention in query.focus] for query in solved]
            pairs = [[(head, tail)] for head, tail in ends]
        results = self._stream([query.text for query in solved], schema, pairs, {})
        judged = [judge(result, query.answer) for result, query in zip(results, solved, strict=True)]
        self.calibration = fit_calibration(list(chain.from_iterable(judged)))
        return self.calibration

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
        answers: dict[int, Generated] = {}
        for number, answer in self.generator(requests):
            answers[number] = answer
            if len(answers) % _PROGRESS_EVERY == 0 or len(answers) == len(requests):
                log_progress(logger, "requests", len(answers), len(requests))
        numbers = iter(range(len(requests)))
        for (text, _), parts in zip(chunk, asked, strict=True):
            result = result_of(text, schema, [(*part, answers[next(numbers)]) for part in parts])
            yield self.calibration.apply(result) if self.calibration else result

    def _requests(
        self, text: object, pairs: Sequence[Pair] | None, schema: ExtractionSchema, chosen: Demonstrate
    ) -> Iterator[tuple[Window, ExtractionRequest]]:
        """Yield the requests about a text, each with the window that it is about."""
        if not isinstance(text, str):
            raise InputError(f"a text is a string, not {type(text).__name__}", parameter="texts")
        if not text.strip():
            return
        plain = _SURROGATE.sub("\ufffd", text)
        windows = self._asking.windows(plain, schema.task)
        if pairs is None:
            asked: Iterable[tuple[Window, tuple[Mention, Mention] | None]] = ((window, None) for window in windows)
        else:
            asked = (_within_window(locate(pair, plain), windows) for pair in pairs)
        for window, located in asked:
            part = plain[window.start : window.end]
            format, constrained = self._asking.format, self._asking.constrained
            yield window, ExtractionRequest(schema, part, format, located, chosen(part), constrained)


def _within_window(pair: tuple[Mention, Mention], windows: Sequence[Window]) -> tuple[Window, tuple[Mention, Mention]]:
    """Return the window that a pair is asked about in, and the pair at its places there."""
    window = window_of(pair, windows)
    head, tail = (in_window(mention, window) for mention in pair)
    return window, (head, tail)


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
