"""Texts from files, and their results as JSON lines, which an interrupted call goes on with."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from adelie_hf.batched import batched
from adelie_hf.errors import InputError
from adelie_hf.extraction.extractor import Extractor
from adelie_hf.extraction.schema import ExtractionSchema
from adelie_hf.files import append_json_lines, atomic_write, folder_lock, read_journal
from adelie_hf.sources.user.arrow_files import parquet_rows
from adelie_hf.text_files import decode_lines, parse_json_lines, read_json_lines, read_lines

STDIN = "-"
_SUFFIXES = (".txt", ".jsonl", ".csv", ".parquet")
_OUTPUT = ("text", "task", "status", "items", "problems")  # the keys of a result
_TEXTS_AT_A_TIME = 128  # are answered together, and on disk together


class InputText(NamedTuple):
    """A text, and what its line of output has besides: the other columns, or where it was read."""

    text: str
    others: dict[str, Any]


def check_inputs(files: Sequence[str]) -> None:
    """Raise InputError for a file that is not there, and one of another kind than `read_texts` reads."""
    for file in files:
        if file != STDIN and not Path(file).is_file():
            raise InputError(f"{file}: no such file")
        if file != STDIN and Path(file).suffix not in _SUFFIXES:
            raise InputError(f"{file}: texts are read from {', '.join(_SUFFIXES)}; rename or convert it")


def read_texts(files: Sequence[str], column: str | None, lines: bool, stdin: BinaryIO) -> Iterator[InputText]:
    """Yield the texts of files in their order.

    Args:
        files: `.txt`, `.jsonl`, `.csv` or `.parquet`; `-` is standard input, which has JSON lines if a column is
            named and plain text otherwise.
        column: the column that has the text; `text` for None.
        lines: whether each line of plain text is a text; otherwise the whole file is one.
        stdin: standard input.

    Raises:
        InputError: for what cannot be read, naming file and line.
    """
    for name in files:
        file = Path("standard input" if name == STDIN else name)
        if file.suffix in (".jsonl", ".csv", ".parquet") or (name == STDIN and column is not None):
            rows = _ROWS[file.suffix](file) if file.suffix else parse_json_lines(decode_lines(stdin, file), file)
            yield from (_text_of_row(row, column or "text", f"{file}:{number}") for number, row in rows)
        elif lines:
            numbered = decode_lines(stdin, file) if name == STDIN else read_lines(file)
            yield from (InputText(line, {"file": name, "line": number}) for number, line in numbered)
        else:
            yield InputText(_decoded(stdin.read() if name == STDIN else file.read_bytes(), file), {"file": name})


def _decoded(content: bytes, file: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{file}:{line}: not UTF-8 ({error.reason}); save the file as UTF-8") from None


def _csv_rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(sys.maxsize if sys.maxsize < 2**31 else 2**31 - 1)  # a text may be a whole book
    reader = None
    try:
        with open(file, encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            for row in reader:
                if None in row:
                    raise InputError(f"{file}:{reader.line_num}: has more fields than the header; quote the commas")
                yield reader.line_num, row
    except (csv.Error, UnicodeDecodeError) as error:
        line = reader.line_num + 1 if reader else 1
        raise InputError(f"{file}:{line}: not a CSV file in UTF-8 ({error}); save it again") from None


_ROWS = {".jsonl": read_json_lines, ".csv": _csv_rows, ".parquet": parquet_rows}


def _text_of_row(row: object, column: str, place: str) -> InputText:
    if not isinstance(row, Mapping):
        raise InputError(f"{place}: not an object with columns; write one {{...}} a line")
    if column not in row:
        raise InputError(f"{place}: no column {column!r}; it has {', '.join(map(str, row))}", parameter="column")
    others = {str(name): value for name, value in row.items() if name != column}
    if taken := [name for name in _OUTPUT if name in others]:
        raise InputError(f"{place}: the output needs the name of the column {taken[0]!r} for itself; rename it")
    text = row[column]
    if text is not None and not isinstance(text, str):
        raise InputError(f"{place}: the column {column!r} has no text but {text!r}", parameter="column")
    # What JSON does not have, such as a date of a Parquet file, becomes its text.
    return InputText(text or "", json.loads(json.dumps(others, default=str)))


def extract_lines(
    extractor: Extractor, schema: ExtractionSchema, texts: Iterable[InputText], *, grounded: bool
) -> Iterator[list[dict[str, Any]]]:
    """Yield the lines of output, some at a time: for each text its other columns and its result.

    Args:
        grounded: whether to leave out what a text does not contain.
    """
    for chunk in batched(texts, _TEXTS_AT_A_TIME):
        results = extractor.stream((text for text, _ in chunk), schema)
        yield [
            {**others, **(result.grounded() if grounded else result).to_dict()}
            for (_, others), result in zip(chunk, results, strict=True)
        ]


def extract_to_file(
    extractor: Extractor,
    schema: ExtractionSchema,
    texts: Iterable[InputText],
    out: Path,
    *,
    grounded: bool,
    settings: Mapping[str, object],
) -> Counter[str]:
    """Write the lines of output to a file, which appears when it is complete.

    What is done lies in a journal, a folder beside it; a call with the same texts and settings goes on with it.

    Args:
        settings: what the results depend on besides the texts.

    Returns:
        How many texts have each status.

    Raises:
        InputError: for a journal of other texts or settings, and where another process writes the same file.
    """
    journal = out.with_name(f".{out.name}.journal")
    file = journal / "lines.jsonl"
    with folder_lock(journal):
        header = {"settings": dict(settings)}
        found = read_journal(file)
        if not found:
            append_json_lines(file, [header])
        remaining = iter(texts)
        done = found[1:]
        if found[:1] not in ([], [header]) or not all(_is_result_of(line, next(remaining, None)) for line in done):
            raise InputError(
                f"{journal}: is from a call with other texts or settings; delete it, or choose another file",
                parameter="out",
            )
        counts = Counter(line["status"] for line in done)
        for lines in extract_lines(extractor, schema, remaining, grounded=grounded):
            append_json_lines(file, lines)
            counts.update(line["status"] for line in lines)
        with atomic_write(out) as partial, open(file, "rb") as source, open(partial, "wb") as target:
            source.readline()
            shutil.copyfileobj(source, target)
        shutil.rmtree(journal)
    return counts


def _is_result_of(line: Mapping[str, Any], text: InputText | None) -> bool:
    if text is None or line["text"] != text.text:
        return False
    return json.dumps(text.others) == json.dumps({name: line.get(name) for name in text.others})  # also with a NaN
