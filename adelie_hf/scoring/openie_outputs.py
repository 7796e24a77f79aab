"""Readers of the output files of open IE systems, and of the gold files of CaRB and ROBUST.

    predicted, gold = read_openie4("openie4_output.txt"), read_carb_gold("test.tsv")
    carb(**side_by_side(predicted.sentences, gold.sentences), mode="reference")["f1"]

A reader takes a file and returns its extractions by sentence, in the order of the file, as the readers of the
published scorer do. Rows that those skip (an empty part, a line of another kind) are counted; a line of another form
raises InputError with file and line. Blank lines are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import NamedTuple, TypedDict

from adelie_hf.errors import InputError
from adelie_hf.scoring.validation import CarbExtraction, short_repr
from adelie_hf.text_files import read_json_array, read_lines

SentenceExtractions = dict[str, list[CarbExtraction]]
Fields = list[str]
_Extractions = Sequence[Mapping[str, object]]


class SystemOutput(NamedTuple):
    """The extractions of a file by sentence, and the number of rows without one."""

    sentences: SentenceExtractions
    skipped: int


class CarbColumns(TypedDict):
    """The columns of `carb`."""

    predictions: list[_Extractions]
    references: list[_Extractions]
    sentences: list[str]


def side_by_side(predicted: Mapping[str, _Extractions], gold: Mapping[str, _Extractions]) -> CarbColumns:
    """Return the columns of `carb` for two files; `carb` aligns their sentences, however they are spelled.

    >>> bought = [{"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 1.0}]
    >>> side_by_side({"Acme bought Globex.": bought}, {"Acme bought Globex .": bought})["sentences"]
    ['Acme bought Globex.', 'Acme bought Globex .']
    """
    return {
        "predictions": [*predicted.values(), *([] for _ in gold)],
        "references": [*([] for _ in predicted), *gold.values()],
        "sentences": [*predicted, *gold],
    }


# ---- one function per format ----------------------------------------------------------------------------------------


def read_carb_gold(file: str | Path) -> SystemOutput:
    """Read CaRB's gold: sentence, predicate, arguments. An argument that contains `C: ` is context and dropped."""

    def row(fields: Fields) -> tuple[str, CarbExtraction]:
        sentence, predicate, *arguments = (field.strip() for field in fields)
        return sentence, _extraction(predicate, [argument for argument in arguments if "C: " not in argument], "1")

    return _read(_rows(file), row, file, at_least=2)


def read_tabbed(file: str | Path) -> SystemOutput:
    """Read the tabbed form: sentence, confidence, predicate, arguments."""

    def row(fields: Fields) -> tuple[str, CarbExtraction]:
        sentence, confidence, predicate, *arguments = fields
        return sentence, _extraction(predicate, arguments, confidence)

    return _read(_rows(file), row, file, at_least=3)


def read_openie4(file: str | Path) -> SystemOutput:
    """Read OpenIE 4: confidence, context, first argument, predicate, second argument, sentence.

    A part has the form `Relation(was born in,List([3, 14)))`. The context is not used; a row with an empty part is
    skipped.
    """

    def row(fields: Fields) -> tuple[str, CarbExtraction] | None:
        confidence, _, *parts, sentence = fields[:6]
        if not all(parts):
            return None
        first, predicate, second = map(_part, parts)
        return sentence, _extraction(predicate, [first, second], confidence)

    return _read(_rows(file), row, file, at_least=6)


def read_openie5(file: str | Path) -> SystemOutput:
    """Read OpenIE 5: as OpenIE 4, with several second arguments (`SimpleArgument(...);TemporalArgument(...)`).

    A context is put before the first argument, unless the row already begins with it.
    """

    def row(fields: Fields) -> tuple[str, CarbExtraction] | None:
        confidence, context, *parts, sentence = fields[:6]
        if not all(parts):
            return None
        first, predicate = map(_part, parts[:2])
        others = [_part(part) for part in parts[2].strip().split(");")]
        if context and not f"{first} {predicate}".startswith(context_text := _part(context)):
            first = f"{context_text} {first}"
        return sentence, _extraction(predicate, [first, *others], confidence)

    return _read(_rows(file), row, file, at_least=6)


def read_clausie(file: str | Path) -> SystemOutput:
    """Read ClausIE: a line with the sentence, then its rows: number, "first", "predicate", "second", confidence."""

    def rows() -> Iterator[tuple[int, Fields]]:
        sentence = ""
        for number, fields in _rows(file):
            if len(fields) == 1:
                (sentence,) = fields
            else:
                yield number, [sentence, *fields]

    def row(fields: Fields) -> tuple[str, CarbExtraction] | None:
        if len(fields) != 6:
            return None
        sentence, _, *parts, confidence = fields
        if not sentence:
            raise ValueError("the row has no sentence before it")
        first, predicate, second = (part[1:-1] for part in parts)
        return sentence, _extraction(predicate, [first, second], confidence)

    return _read(rows(), row, file)


def read_props(file: str | Path) -> SystemOutput:
    """Read PropS: confidence, sentence, predicate, then labels and arguments in turn."""

    def row(fields: Fields) -> tuple[str, CarbExtraction]:
        confidence, sentence, predicate, *labelled = fields
        return sentence, _extraction(predicate, labelled[1::2], confidence)

    return _read(_rows(file), row, file, at_least=3)


def read_reverb(file: str | Path, sentences: Sequence[str] | None = None) -> SystemOutput:
    """Read ReVerb: the three parts in columns 3 to 5, the confidence in column 12.

    Args:
        file: the output of ReVerb.
        sentences: the input of ReVerb; column 2 has the number of the sentence, counted from 1. By default the
            sentence is column 13, which ReVerb writes in its own tokens.
    """

    def row(fields: Fields) -> tuple[str, CarbExtraction]:
        first, predicate, second = fields[2:5]
        if sentences is None:
            sentence = fields[12]
        elif 1 <= (number := int(fields[1])) <= len(sentences):
            sentence = sentences[number - 1].strip()
        else:
            raise ValueError(f"sentence {number} is not one of {len(sentences)}")
        return sentence, _extraction(predicate, [first, second], fields[11])

    return _read(_rows(file), row, file, at_least=13)


def read_ollie(file: str | Path) -> SystemOutput:
    """Read OLLIE: a line of headings, then rows.

    The columns are confidence, first argument, predicate, second argument, enabler, attribution, sentence.
    """

    def row(fields: Fields) -> tuple[str, CarbExtraction]:
        confidence, first, predicate, second, _, _, sentence = fields[:7]
        return sentence, _extraction(predicate, [first, second], confidence)

    rows = _rows(file)
    next(rows)  # the headings
    return _read(rows, row, file, at_least=7)


def read_openie6(file: str | Path) -> SystemOutput:
    """Read OpenIE6, and other systems in AllenNLP's form: sentence, tagged text, confidence.

    The tagged text is `<arg1> he </arg1> <rel> was born </rel> <arg2> in Rome </arg2>`. A missing part is empty; a row
    without any part is skipped.
    """

    def row(fields: Fields) -> tuple[str, CarbExtraction] | None:
        sentence, tagged, confidence = fields[:3]
        first, predicate, second = (_tagged(name, tagged) for name in ("arg1", "rel", "arg2"))
        return (sentence, _extraction(predicate, [first, second], confidence)) if first + predicate + second else None

    return _read(_rows(file), row, file, at_least=3)


# ---- rows -----------------------------------------------------------------------------------------------------------


def _rows(file: str | Path) -> Iterator[tuple[int, Fields]]:
    """Yield the lines that are not blank, cut at tabs; like the published readers, lose empty fields at the end."""
    for number, line in read_lines(Path(file)):
        if line.strip():
            yield number, line.strip().split("\t")


def _read(
    rows: Iterator[tuple[int, Fields]],
    row: Callable[[Fields], tuple[str, CarbExtraction] | None],
    file: str | Path,
    at_least: int = 1,
) -> SystemOutput:
    sentences: SentenceExtractions = {}
    skipped = 0
    for number, fields in rows:
        try:
            if len(fields) < at_least:
                raise ValueError(f"the row has {len(fields)} columns, fewer than {at_least}")
            extracted = row(fields)
        except ValueError as error:
            raise InputError(f"{file}:{number}: {error}; check that the file has the format of the reader") from None
        if extracted is None:
            skipped += 1
        else:
            sentence, extraction = extracted
            sentences.setdefault(sentence, []).append(extraction)
    return SystemOutput(sentences, skipped)


def _extraction(predicate: str, arguments: list[str], confidence: str) -> CarbExtraction:
    if not isfinite(value := float(confidence)):
        raise ValueError(f"the confidence is {confidence}, not a finite number")
    return {"predicate": predicate, "arguments": arguments, "confidence": value}


def _part(text: str) -> str:
    """Return `Rome` of `SpatialArgument(Rome,List([3, 7)))`."""
    start, end = text.find("("), text.find(",List(")
    if not 0 <= start < end:
        raise ValueError(f"{short_repr(text)} is not of the form Name(text,List(...))")
    return text[start + 1 : end]


def _tagged(name: str, text: str) -> str:
    match = re.search(f"<{name}>(.*?)</{name}>", text)
    return match[1] if match else ""


# ---- ROBUST ---------------------------------------------------------------------------------------------------------

CliqueExtractions = list[tuple[str, list[CarbExtraction]]]  # a sentence and its extractions, the original first


class RobustColumns(TypedDict):
    """The columns of `robust`."""

    predictions: list[_Extractions | None]
    references: list[_Extractions | None]
    cliques: list[int]
    sentences: list[str]


def read_robust(file: str | Path) -> list[CliqueExtractions]:
    """Read a file of ROBUST, gold or predicted: the sentences of each clique with their extractions.

    Raises:
        InputError: for a file that is no JSON array, and for a clique of another form, with its number.
    """
    cliques = []
    for number, value in read_json_array(Path(file)):
        try:
            sentences = [(value["ori_sent"], value["ori_args"])]
            sentences += [(paraphrase["sent"], paraphrase["args"]) for paraphrase in value["paraphrases"]]
            cliques.append([(_text(sentence), list(map(_from_list, tuples))) for sentence, tuples in sentences])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{file}: clique {number} is not of ROBUST's form ({error!r}); give ori_sent, ori_args and paraphrases"
            ) from None
    return cliques


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{short_repr(value)} is not a string")
    return value


def _from_list(fields: Iterable[object]) -> CarbExtraction:
    predicate, *arguments = map(_text, fields)
    return _extraction(predicate, arguments, "1")


def cliques_side_by_side(
    predicted: Sequence[Sequence[tuple[str, _Extractions]]], gold: Sequence[Sequence[tuple[str, _Extractions]]]
) -> RobustColumns:
    """Return the columns of `robust` for two files.

    Cliques are aligned by their original sentences, and sentences by their text. An entry is None on the side that
    does not contain its sentence.
    """
    predicted_of = {clique[0][0]: dict(clique) for clique in predicted}
    gold_of = {clique[0][0]: dict(clique) for clique in gold}
    columns: RobustColumns = {"predictions": [], "references": [], "cliques": [], "sentences": []}
    originals = dict.fromkeys([*gold_of, *predicted_of])  # in the order of gold, whatever the system
    for number, original in enumerate(originals):
        predicted_clique, gold_clique = predicted_of.get(original, {}), gold_of.get(original, {})
        for sentence in dict.fromkeys([*predicted_clique, *gold_clique]):
            columns["predictions"].append(predicted_clique.get(sentence))
            columns["references"].append(gold_clique.get(sentence))
            columns["cliques"].append(number)
            columns["sentences"].append(sentence)
    return columns
