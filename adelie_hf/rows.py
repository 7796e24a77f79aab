"""The rows that flow through the library: their types, their features, and one reader of a build's Parquet files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict, cast

from adelie_hf.answers import Answer, JsonItem, from_json
from adelie_hf.errors import InputError
from adelie_hf.tasks import TASKS

if TYPE_CHECKING:
    import datasets
    import pyarrow

BATCH = 2_000  # rows in memory at a time

# Columns without a fixed form are stored as JSON.
_JSON_COLUMNS = ("label_map", "answer", "choices", "provenance")


class Message(TypedDict):
    """One turn of a chat."""

    role: str
    content: str


class Category(TypedDict):
    """A category as a row shows it; only an event type has roles."""

    name: str
    roles: list[str]


class Choices(TypedDict):
    """The choices drawn for a row. Every key but `seed` is absent where nothing of its kind is drawn."""

    seed: int
    format: NotRequired[str]
    own_split: NotRequired[bool]
    description: NotRequired[int | None]
    subset: NotRequired[bool]
    guidelines: NotRequired[bool]
    symbols: NotRequired[int]
    demonstrations: NotRequired[list[str]]
    demonstrations_drawn: NotRequired[int]
    one_prompt: NotRequired[bool]
    explained: NotRequired[bool]


class InstructRow(TypedDict):
    """A row of IEInstruct: one question as a chat, with its gold answer.

    `prompt` and `completion` are TRL's prompt-completion form. `schema` has the categories as shown, `label_map`
    maps them to the source's own labels, `answer` has the items as JSON (`gold` gives them typed).

    Example (some columns):
        {"id": "fewrel/42/rc/0", "task": "rc", "format": "text",
         "prompt": [{"role": "user", "content": "..."}],
         "completion": [{"role": "assistant", "content": "[Answer]: (Acme; owns; Globex);"}],
         "answer": [["Acme", "owns", "Globex"]]}
    """

    id: str
    source: str
    task: str
    prompt: list[Message]
    completion: list[Message]
    format: str
    schema: list[Category]
    text: str
    label_map: dict[str, str]
    answer: list[JsonItem]
    choices: Choices


class SampledRow(InstructRow):
    """A row of IEInstruct with the answers sampled for its prompt: a line of a samples file.

    `finish` says why each answer ends: `stop`, `length` at the limit of tokens, or another reason of an endpoint.
    Older files do not have it.
    """

    samples: list[str]
    finish: NotRequired[list[str]]


class Provenance(TypedDict):
    """Where a pair comes from.

    `score` is what samples were compared by; `f1` (the metric of the task) and `bleu` are the scores of all samples
    of the prompt, None for one that is no text; `chosen` and `rejected` are the numbers of the two that became the
    pair, counted from 0 in the list of the samples file; `seed` is the recipe's.
    """

    score: str
    f1: list[float | None]
    bleu: list[float | None]
    chosen: int | Literal["gold"]
    rejected: int
    seed: int


class PreferenceRow(TypedDict):
    """A row of IEFeedback: two answers to one prompt, the better one as `chosen`.

    `kind` is `online` where both are samples of the model, `offline` where the chosen one is the gold answer.
    """

    id: str
    source: str
    task: str
    prompt: list[Message]
    chosen: list[Message]
    rejected: list[Message]
    score_chosen: float
    score_rejected: float
    kind: Literal["online", "offline"]
    provenance: Provenance


def message(role: str, content: str) -> Message:
    """Return one turn of a chat."""
    return {"role": role, "content": content}


def completion_text(row: InstructRow) -> str:
    """Return the text of a row's gold answer."""
    return row["completion"][-1]["content"]


def gold(row: InstructRow) -> Answer:
    """Return a row's gold answer, from its column `answer`.

    >>> gold({"task": "ner", "answer": [["Acme", "organization"]]})
    (Entity(mention='Acme', type='organization'),)
    """
    return from_json(row["answer"], TASKS[row["task"]].item)


@cache
def instruct_features() -> datasets.Features:
    """Return the features of IEInstruct."""
    import datasets

    return datasets.Features(
        {
            **_common_features(),
            "prompt": _messages(),
            "completion": _messages(),
            "format": datasets.Value("string"),
            "schema": [{"name": datasets.Value("string"), "roles": [datasets.Value("string")]}],
            "text": datasets.Value("string"),
            "label_map": datasets.Json(),
            "answer": datasets.Json(),
            "choices": datasets.Json(),
        }
    )


@cache
def preference_features() -> datasets.Features:
    """Return the features of IEFeedback."""
    import datasets

    return datasets.Features(
        {
            **_common_features(),
            "prompt": _messages(),
            "chosen": _messages(),
            "rejected": _messages(),
            "score_chosen": datasets.Value("float64"),
            "score_rejected": datasets.Value("float64"),
            "kind": datasets.Value("string"),
            "provenance": datasets.Json(),
        }
    )


@cache
def unpaired_features() -> datasets.Features:
    """Return the features of IEFeedback as answers with a label, TRL's form for KTO."""
    import datasets

    return datasets.Features(
        {
            **_common_features(),
            "prompt": _messages(),
            "completion": _messages(),
            "label": datasets.Value("bool"),
            "score": datasets.Value("float64"),
            "provenance": datasets.Json(),
        }
    )


@cache
def ranked_features() -> datasets.Features:
    """Return the features of IEFeedback as ranked lists of answers."""
    import datasets

    return datasets.Features(
        {
            **_common_features(),
            "prompt": _messages(),
            "completions": [_messages()],
            "scores": [datasets.Value("float64")],
            "provenance": datasets.Json(),
        }
    )


def _common_features() -> dict[str, object]:
    import datasets

    return {name: datasets.Value("string") for name in ("id", "source", "task")}


def _messages() -> list[dict[str, object]]:
    import datasets

    return [{"role": datasets.Value("string"), "content": datasets.Value("string")}]


def to_table(rows: Sequence[Mapping[str, Any]], features: datasets.Features) -> pyarrow.Table:
    """Return rows as an Arrow table.

    JSON columns are serialised here: `datasets` would round their floats to ten digits. Columns are converted one by
    one, in a third of the time of `Dataset.from_list`.
    """
    import datasets
    import pyarrow

    json_columns = {name for name, feature in features.items() if feature == datasets.Json()}
    schema = features.arrow_schema
    columns = []
    for field in schema:
        values = [row[field.name] for row in rows]
        if field.name in json_columns:
            values = [None if value is None else json.dumps(value) for value in values]
        columns.append(pyarrow.array(values, type=field.type))
    return pyarrow.Table.from_arrays(columns, schema=schema)


def read_rows(file: Path, columns: Sequence[str] | None = None) -> Iterator[InstructRow]:
    """Yield the rows of a Parquet file of IEInstruct, in memory that does not grow with the file.

    Args:
        columns: read only these columns.

    Raises:
        InputError: for a file that is missing, is not Parquet, or lacks a column.
    """
    import pyarrow
    import pyarrow.parquet

    if not file.is_file():
        raise InputError(f"{file}: no such file; build it with `adelie-hf build ieinstruct`")
    try:
        with pyarrow.parquet.ParquetFile(file) as stream:
            wanted = InstructRow.__annotations__ if columns is None else columns
            if missing := [name for name in wanted if name not in stream.schema_arrow.names]:
                raise InputError(f"{file}: not a build of IEInstruct: it has no column {', '.join(missing)}")
            for batch in stream.iter_batches(BATCH, columns=list(wanted)):
                yield from map(decode, batch.to_pylist())
    except (pyarrow.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{file}: cannot be read as Parquet ({reason}); build it again") from None


def read_build(folder: str | Path, split: str) -> tuple[Path, list[InstructRow]]:
    """Return the file of a split of an IEInstruct build, and its rows.

    Raises:
        InputError: for a file that is missing, is not a build of IEInstruct, or has no row.
    """
    file = Path(folder) / f"{split}.parquet"
    rows = list(read_rows(file))
    if not rows:
        raise InputError(f"{file}: has no row; build it from other data")
    return file, rows


def decode(row: Mapping[str, Any]) -> InstructRow:
    """Return a row with its JSON columns parsed, where they are still strings.

    Older versions of `datasets` return JSON columns as strings, newer ones as values.
    """
    decoded = {name: json.loads(row[name]) for name in _JSON_COLUMNS if isinstance(row.get(name), str)}
    return cast(InstructRow, {**row, **decoded})
