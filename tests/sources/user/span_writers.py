"""Annotated texts, and how each annotation tool writes them: what the reader of spans has to undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

LABELS = ("person", "firm", "a b", "地点")


class Example(NamedTuple):
    """A text with spans (start, end, label) and relations (head, label, tail), where a span is given by its index."""

    text: str
    spans: list[tuple[int, int, str]]
    relations: list[tuple[int, str, int]]


@st.composite
def examples(draw: st.DrawFn, alphabet: str = "abc é😀北京\n\r\t\u00a0.", relations: bool = True) -> Example:
    """Draw an example. The ends of a span are no white space, spans may overlap and have several labels."""
    text = draw(st.text(alphabet, min_size=1, max_size=30).filter(str.strip))
    ends = [position for position, character in enumerate(text) if not character.isspace()]
    span = st.tuples(st.sampled_from(ends), st.sampled_from(ends), st.sampled_from(LABELS)).map(
        lambda drawn: (min(drawn[:2]), max(drawn[:2]) + 1, drawn[2])
    )
    spans = draw(st.lists(span, max_size=5, unique=True))
    indices = st.integers(0, max(0, len(spans) - 1))
    triples = st.lists(st.tuples(indices, st.sampled_from(["owns", "met"]), indices), max_size=3)
    return Example(text, spans, draw(triples) if relations and spans else [])


def doccano(example: Example) -> Any:
    """The form of doccano since relations came to it."""
    return {
        "id": 3,
        "text": example.text,
        "entities": [
            {"id": 100 + number, "label": label, "start_offset": start, "end_offset": end}
            for number, (start, end, label) in enumerate(example.spans)
        ],
        "relations": [
            {"id": number, "from_id": 100 + head, "to_id": 100 + tail, "type": label}
            for number, (head, label, tail) in enumerate(example.relations)
        ],
        "Comments": [],
    }


def prodigy(example: Example) -> Any:
    """Prodigy repeats the spans of a relation."""
    spans = [
        {"start": start, "end": end, "label": label, "token_start": 0, "token_end": 1}
        for start, end, label in example.spans
    ]
    return {
        "text": example.text,
        "_input_hash": 1,
        "tokens": [{"text": "Bo", "start": 0, "end": 2, "id": 0}],
        "spans": spans,
        "relations": [
            {"head": 0, "child": 1, "head_span": spans[head], "child_span": spans[tail], "label": label}
            for head, label, tail in example.relations
        ],
        "answer": "accept",
    }


def label_studio(example: Example) -> Any:
    """Label Studio counts offsets as JavaScript does."""

    def offset(position: int) -> int:
        return len(example.text[:position].encode("utf-16-le")) // 2

    regions = [
        {
            "id": f"r{number}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {
                "start": offset(start),
                "end": offset(end),
                "text": example.text[start:end],
                "labels": [label],
            },
        }
        for number, (start, end, label) in enumerate(example.spans)
    ]
    arrows = [
        {"type": "relation", "from_id": f"r{head}", "to_id": f"r{tail}", "direction": "right", "labels": [label]}
        for head, label, tail in example.relations
    ]
    return {
        "id": 1,
        "data": {"text": example.text},
        "annotations": [{"id": 1, "was_cancelled": False, "ground_truth": False, "result": [*regions, *arrows]}],
        "predictions": [],
    }


def doccano_list(example: Example) -> Any:
    """The form of doccano without relations."""
    return {"id": 3, "text": example.text, "label": [list(span) for span in example.spans]}


def doccano_old(example: Example) -> Any:
    """An older form of doccano."""
    return {"id": 3, "data": example.text, "label": [list(span) for span in example.spans]}


def spacy_pair(example: Example) -> Any:
    """The training data of spaCy 2."""
    return [example.text, {"entities": [list(span) for span in example.spans]}]


def label_studio_short(example: Example) -> Any:
    """The form JSON_MIN of Label Studio."""
    items = label_studio(example)["annotations"][0]["result"]
    values = [item["value"] for item in items if item["type"] == "labels"]
    return {"id": 1, "text": example.text, "label": values, "annotator": 1}


def cluener(example: Example) -> Any:
    """CLUENER has the last character of a span, and no relations."""
    labels: dict[str, dict[str, list[list[int]]]] = {}
    for start, end, label in example.spans:
        labels.setdefault(label, {}).setdefault(example.text[start:end], []).append([start, end - 1])
    return {"text": example.text, "label": labels}


def gliner(example: Example) -> Any:
    """GLiNER has tokens: the words of a text whose words are separated by single spaces, as wholes."""
    words = example.text.split(" ")
    starts = [sum(len(word) + 1 for word in words[:number]) for number in range(len(words))]

    def word_at(position: int) -> int:
        return max(number for number, start in enumerate(starts) if start <= position)

    return {
        "tokenized_text": words,
        "ner": [[word_at(start), word_at(end - 1), label] for start, end, label in example.spans],
    }


WITH_RELATIONS: dict[str, Callable[[Example], Any]] = {
    "doccano": doccano,
    "Prodigy": prodigy,
    "Label Studio": label_studio,
}
WITHOUT_RELATIONS: dict[str, Callable[[Example], Any]] = {
    "doccano, a list": doccano_list,
    "doccano, old": doccano_old,
    "spaCy": spacy_pair,
    "Label Studio, short": label_studio_short,
    "CLUENER": cluener,
}
WRITERS = {**WITH_RELATIONS, **WITHOUT_RELATIONS, "GLiNER": gliner}
