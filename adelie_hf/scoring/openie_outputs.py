"""What open information extraction systems write, and the gold files of CaRB and ROBUST, for `carb` and `robust`.

    predicted, gold = read_openie4("openie4_output.txt"), read_carb_gold("test.tsv")
    carb(**side_by_side(predicted.sentences, gold.sentences), mode="reference")["f1"]

A reader takes a file and gives its extractions by sentence, in the file's order, as the readers beside the published
scorer do. Rows that these pass over (an empty part, a line of another kind) are counted; a line of another
shape is an InputError that names file and line. Blank lines mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.scoring import checks
from adelie_hf.text_files import read_json_array, read_lines

Extraction = dict[str, Any]
Sentences = dict[str, list[Extraction]]
Fields = list[str]


class Outputs(NamedTuple):
    sentences: Sentences
    skipped: int  # rows without an extraction


def side_by_side(predicted: Sentences, gold: Sentences) -> dict[str, Any]:
    """The columns of `carb` for two files that spell their sentences as they like: `carb` brings them together."""
    return {
        "predictions": [*predicted.values(), *([] for _ in gold)],
        "references": [*([] for _ in predicted), *gold.values()],
        "sentences": [*predicted, *gold],
    }


# ---- one function a format ------------------------------------------------------------------------


def read_carb_gold(file: str | Path) -> Outputs:
    """CaRB's gold: sentence, predicate, arguments. An argument that holds `C: ` is context and left out."""

    def row(fields: Fields) -> tuple[str, Extraction]:
        sentence, predicate, *arguments = (field.strip() for field in fields)
        return sentence, _extraction(predicate, [argument for argument in arguments if "C: " not in argument], "1")

    return _read(_rows(file), row, file, at_least=2)


def read_tabbed(file: str | Path) -> Outputs:
    """Sentence, confidence, predicate, arguments."""

    def row(fields: Fields) -> tuple[str, Extraction]:
        sentence, confidence, predicate, *arguments = fields
        return sentence, _extraction(predicate, arguments, confidence)

    return _read(_rows(file), row, file, at_least=3)


def read_openie4(file: str | Path) -> Outputs:
    """OpenIE 4: confidence, context, first argument, predicate, second argument, sentence; each part as
    `Relation(was born in,List([3, 14)))`. The context is not used; a row with an empty part is passed over.
    """

    def row(fields: Fields) -> tuple[str, Extraction] | None:
        confidence, _, *parts, sentence = fields[:6]
        if not all(parts):
            return None
        first, predicate, second = map(_part, parts)
        return sentence, _extraction(predicate, [first, second], confidence)

    return _read(_rows(file), row, file, at_least=6)


def read_openie5(file: str | Path) -> Outputs:
    """OpenIE 5: as OpenIE 4, with several second arguments (`SimpleArgument(...);TemporalArgument(...)`). A context
    stands before the first argument, unless the row begins with it already.
    """

    def row(fields: Fields) -> tuple[str, Extraction] | None:
        confidence, context, *parts, sentence = fields[:6]
        if not all(parts):
            return None
        first, predicate = map(_part, parts[:2])
        others = [_part(part) for part in parts[2].strip().split(");")]
        if context and not f"{first} {predicate}".startswith(before := _part(context)):
            first = f"{before} {first}"
        return sentence, _extraction(predicate, [first, *others], confidence)

    return _read(_rows(file), row, file, at_least=6)


def read_clausie(file: str | Path) -> Outputs:
    """ClausIE: a line with the sentence, then its rows: number, "first", "predicate", "second", confidence."""

    def rows() -> Iterator[tuple[int, Fields]]:
        sentence = ""
        for number, fields in _rows(file):
            if len(fields) == 1:
                (sentence,) = fields
            else:
                yield number, [sentence, *fields]

    def row(fields: Fields) -> tuple[str, Extraction] | None:
        if len(fields) != 6:
            return None
        sentence, _, *parts, confidence = fields
        if not sentence:
            raise ValueError("the row has no sentence before it")
        first, predicate, second = (part[1:-1] for part in parts)
        return sentence, _extraction(predicate, [first, second], confidence)

    return _read(rows(), row, file)


def read_props(file: str | Path) -> Outputs:
    """PropS: confidence, sentence, predicate, then a label and an argument by turns."""

    def row(fields: Fields) -> tuple[str, Extraction]:
        confidence, sentence, predicate, *labelled = fields
        return sentence, _extraction(predicate, labelled[1::2], confidence)

    return _read(_rows(file), row, file, at_least=3)


def read_reverb(file: str | Path, sentences: Sequence[str] | None = None) -> Outputs:
    """ReVerb: the three parts in columns 3 to 5, the confidence in column 12.

    Args:
        file: ReVerb's output.
        sentences: ReVerb's input, of which column 2 gives the number, counted from 1. Without it the
            sentence is column 13, where ReVerb writes it in its own tokens.
    """

    def row(fields: Fields) -> tuple[str, Extraction]:
        first, predicate, second = fields[2:5]
        if sentences is None:
            sentence = fields[12]
        elif 1 <= (number := int(fields[1])) <= len(sentences):
            sentence = sentences[number - 1].strip()
        else:
            raise ValueError(f"sentence {number} is not one of {len(sentences)}")
        return sentence, _extraction(predicate, [first, second], fields[11])

    return _read(_rows(file), row, file, at_least=13)


def read_ollie(file: str | Path) -> Outputs:
    """OLLIE: after a line of headings confidence, first argument, predicate, second argument, enabler, attribution,
    sentence.
    """

    def row(fields: Fields) -> tuple[str, Extraction]:
        confidence, first, predicate, second, _, _, sentence = fields[:7]
        return sentence, _extraction(predicate, [first, second], confidence)

    rows = _rows(file)
    next(rows)  # the headings
    return _read(rows, row, file, at_least=7)


def read_openie6(file: str | Path) -> Outputs:
    """OpenIE6, and others in AllenNLP's form: sentence, `<arg1> he </arg1> <rel> was born </rel> <arg2> in
    Rome </arg2>`, confidence. A part that is not there is empty; a row without any is passed over.
    """

    def row(fields: Fields) -> tuple[str, Extraction] | None:
        sentence, tagged, confidence = fields[:3]
        first, predicate, second = (_tagged(name, tagged) for name in ("arg1", "rel", "arg2"))
        return (sentence, _extraction(predicate, [first, second], confidence)) if first + predicate + second else None

    return _read(_rows(file), row, file, at_least=3)


# ---- what they share ------------------------------------------------------------------------------


def _rows(file: str | Path) -> Iterator[tuple[int, Fields]]:
    """The lines that are not blank, cut at tabs: as in the originals, empty fields at the end are lost."""
    for number, line in read_lines(Path(file)):
        if line.strip():
            yield number, line.strip().split("\t")


def _read(
    rows: Iterator[tuple[int, Fields]],
    row: Callable[[Fields], tuple[str, Extraction] | None],
    file: str | Path,
    at_least: int = 1,
) -> Outputs:
    sentences: Sentences = {}
    skipped = 0
    for number, fields in rows:
        try:
            if len(fields) < at_least:
                raise ValueError(f"a row has {at_least} columns or more, this one {len(fields)}")
            found = row(fields)
        except ValueError as error:
            raise InputError(f"{file}:{number}: {error}; is this the format of the reader?") from None
        if found is None:
            skipped += 1
        else:
            sentence, extraction = found
            sentences.setdefault(sentence, []).append(extraction)
    return Outputs(sentences, skipped)


def _extraction(predicate: str, arguments: list[str], confidence: str) -> Extraction:
    if not isfinite(value := float(confidence)):
        raise ValueError(f"the confidence is {confidence}, not a finite number")
    return {"predicate": predicate, "arguments": arguments, "confidence": value}


def _part(text: str) -> str:
    """`Rome` of `SpatialArgument(Rome,List([3, 7)))`"""
    start, end = text.find("("), text.find(",List(")
    if not 0 <= start < end:
        raise ValueError(f"{checks.shown(text)} is not of the form Name(text,List(...))")
    return text[start + 1 : end]


def _tagged(name: str, text: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", text)
    return found[1] if found else ""


# ---- ROBUST ---------------------------------------------------------------------------------------

Clique = list[tuple[str, list[Extraction]]]


def read_robust(file: str | Path) -> list[Clique]:
    """ROBUST's file, gold or predicted: each clique's sentences with their extractions, the original first."""
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


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{checks.shown(value)} is not a sentence")
    return value


def _from_list(value: Any) -> Extraction:
    predicate, *arguments = map(_text, value)
    return _extraction(predicate, arguments, "1")


def cliques_side_by_side(predicted: list[Clique], gold: list[Clique]) -> dict[str, Any]:
    """The columns of `robust` for two files, whose cliques meet by their original sentences, and sentences by
    their text. What only one of the files holds is None on the other side.
    """
    sides = [{clique[0][0]: dict(clique) for clique in cliques} for cliques in (predicted, gold)]
    columns: dict[str, Any] = {name: [] for name in ("predictions", "references", "cliques", "sentences")}
    originals = dict.fromkeys([*sides[1], *sides[0]])  # in the order of gold, whatever the system
    for number, original in enumerate(originals):
        ours, theirs = (side.get(original, {}) for side in sides)
        for sentence in dict.fromkeys([*ours, *theirs]):
            for name, value in zip(columns, (ours.get(sentence), theirs.get(sentence), number, sentence), strict=True):
                columns[name].append(value)
    return columns
