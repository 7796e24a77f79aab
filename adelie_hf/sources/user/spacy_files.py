"""spaCy's `.spacy` files (`DocBin`), read through spaCy where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.text_files import excerpt

_SPAN_GROUP = "sc"  # the group of a document in which spaCy's span categorizer has its spans


def read_spacy(file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number from 1, row with a text and spans) for each document of a `.spacy` file.

    The spans are the document's entities and those of its span group `sc`.

    Raises:
        InputError: if spaCy is not installed or cannot read the file.
    """
    try:
        import spacy
        from spacy.tokens import DocBin
    except ImportError as error:
        raise InputError(
            f"{file}: only spaCy reads this file, and it cannot be imported ({excerpt(str(error))}); "
            "run `pip install spacy`, or write the documents as JSON lines with `text` and `spans`"
        ) from None
    try:
        for number, document in enumerate(DocBin().from_disk(file).get_docs(spacy.blank("xx").vocab), 1):
            yield number, _row(document)
    except Exception as error:  # of zlib, msgpack, or spaCy's own: what a broken file raises is not documented
        raise InputError(f"{file}: spaCy cannot read it ({excerpt(str(error))}); write it again") from None


def _row(document: Any) -> dict[str, object]:
    return {
        "text": document.text,
        "spans": [
            {"start": span.start_char, "end": span.end_char, "label": span.label_, "text": span.text}
            for span in (*document.ents, *document.spans.get(_SPAN_GROUP, ()))
        ],
    }
