"""NER records of a data set in memory: a `datasets.Dataset`, or any other rows of tokens and tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from adelie_hf.errors import UnreadableRecord
from adelie_hf.records import Record
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.readers.tagging import tags_in_use
from adelie_hf.sources.source import Dropped
from adelie_hf.sources.split_names import exact_split
from adelie_hf.sources.unreadable import RAW_ERRORS, Tolerance, log_unreadable, unreadable
from adelie_hf.sources.user.tagged_rows import Columns, Row, TagSet, are_spaced, row_results, tag_set_of


def records_from_dataset(
    dataset: Iterable[Row] | Mapping[str, Iterable[Row]],
    source: str = "hub-ner",
    split: str = "",
    tokens: str = "tokens",
    tags: str = "ner_tags",
    dropped: Counter[str] | None = None,
    *,
    strict: bool = False,
) -> Iterator[Record]:
    """Yield the NER records of a data set of token lists and their tags.

    Args:
        dataset: a `datasets.Dataset` or `DatasetDict`, or any other rows or mapping of split names to rows.
        source: the source of the records.
        split: the split of the records of a single data set; empty for the data set's own split, or `train`.
        tokens: name of the column with the tokens.
        tags: name of the column with the tags, strings or class numbers.
        dropped: counter to which the number of dropped records and annotations is added, by reason.
        strict: the first row that cannot be read is an error; otherwise it is dropped, and the number is logged.

    Raises:
        InputError: naming the row, for values that are not tokens and tags, if reading is strict, or too many rows
            cannot be read.

    Example:
        >>> rows = [{"tokens": ["Ada", "left"], "ner_tags": ["B-person", "O"]}]
        >>> [record.mentions for record in records_from_dataset(rows)]
        [(Mention(text='Ada', fragments=((0, 3),), type='person'),)]
    """
    columns = Columns(tokens, tags)
    if isinstance(dataset, Mapping):
        splits = dict(dataset)
    else:
        splits = {split or str(getattr(dataset, "split", None) or "train"): dataset}
    training_rows = next((rows for name, rows in splits.items() if exact_split(name) == "train"), None)
    for name, rows in splits.items():
        tolerance = Tolerance(strict)
        number = -1
        try:
            tag_set = _tag_set_of_rows(rows if training_rows is None else training_rows, columns)
        except RAW_ERRORS as error:
            raise _not_tokens_and_tags(error, 0, name, None) from None
        for number, row in enumerate(rows):
            results: Iterable[Record | Dropped]
            try:
                results = list(row_results(row, columns, tag_set, source, exact_split(name) or name, f"{number}"))
            except RAW_ERRORS as error:
                results = [tolerance.drop(_not_tokens_and_tags(error, number, name, row))]
            for result in results:
                if isinstance(result, Record):
                    yield result
                elif dropped is not None:
                    dropped[result.reason] += 1
        tolerance.check(number + 1)
        log_unreadable(f"{name} of the data set", tolerance.number, map(str, tolerance.errors))


def _not_tokens_and_tags(error: Exception, number: int, split: str, row: object) -> UnreadableRecord:
    wrong = unreadable(error, f"row {number} of the split {split}", "tokens and tags", row)
    fix = "give the names of the two columns, or fix the row"
    return UnreadableRecord(wrong.place, wrong.problem, fix, wrong.reason)


def _tag_set_of_rows(rows: Iterable[Row], columns: Columns) -> TagSet:
    spaced = are_spaced(rows, columns.tokens)
    feature = (getattr(rows, "features", None) or {}).get(columns.tags)
    while feature is not None and not hasattr(feature, "names"):
        feature = feature[0] if isinstance(feature, list) else getattr(feature, "feature", None)
    if feature is not None:
        return tag_set_of((), tuple(feature.names), spaced=spaced)
    return tag_set_of(tags_in_use(_string_tags(rows, columns.tags)), spaced=spaced)


def _string_tags(rows: Iterable[Row], column: str) -> Iterator[list[str] | Exception]:
    for row in rows:
        try:
            yield string_list(row[column])
        except RAW_ERRORS as error:
            yield error
