"""The result of one text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from adelie_hf.answers import Answer
from adelie_hf.extraction import exports
from adelie_hf.extraction.found import FoundItem, FoundMention, item_from_dict
from adelie_hf.extraction.schema import ExtractionSchema
from adelie_hf.records import Record
from adelie_hf.tasks import TASKS

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["FoundItem", "FoundMention", "Result", "Status"]

Status = Literal["valid", "repaired", "invalid", "cut", "refused", "empty"]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one text.

    Args:
        text: the text.
        schema: what was asked for.
        items: what was found, in the order of the text; what the text does not contain comes last.
        status: `valid`; `repaired` where a passage of the answer does not have the requested form; `invalid` where
            nothing could be read; `cut` where an answer was longer than allowed; `refused` where an endpoint gives
            none; `empty` for an empty text or one without pairs, for which no model is asked. Of several windows the
            worst.
        problems: an excerpt of each such passage, and the reason of a refusal.
        outputs: the model's answers, one a window.
    """

    text: str
    schema: ExtractionSchema
    items: tuple[FoundItem, ...] = ()
    status: Status = "valid"
    problems: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[FoundItem]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def answer(self) -> Answer:
        """The items in the model's words, as `evaluate.load("ie_f1")` and `adelie_hf.scoring` take them."""
        return tuple(found.item for found in self.items)

    def grounded(self) -> Result:
        """Return the result with the items that the text contains."""
        items = tuple(found for found in self.items if found.grounded)
        return Result(self.text, self.schema, items, self.status, self.problems, self.outputs)

    def to_dict(self) -> dict[str, Any]:
        """Return the result for JSON: text, task, status and items; problems where there are some."""
        fields: dict[str, Any] = {
            "text": self.text,
            "task": self.schema.task,
            "status": self.status,
            "items": [found.to_dict() for found in self.items],
        }
        return fields | ({"problems": list(self.problems)} if self.problems else {})

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], schema: ExtractionSchema) -> Self:
        """Return the result that `to_dict` gave the fields of, without the model's answers."""
        item_type = TASKS[fields["task"]].item
        items = tuple(item_from_dict(item, item_type) for item in fields["items"])
        return cls(fields["text"], schema, items, fields["status"], tuple(fields.get("problems", ())))

    def to_brat(self) -> tuple[str, str]:
        """Return the text and the annotations for brat: the contents of a `.txt` and an `.ann` file."""
        return exports.to_brat(self.text, self.items)

    def to_record(self, id: str) -> Record:
        """Return a record, as `write_records` and builds take it."""
        return exports.to_record(self.text, self.schema, self.items, id)

    def to_spacy(self, nlp: Language | None = None) -> Doc:
        """Return a document of spaCy with the mentions as the span group `sc`, which displaCy shows.

        Args:
            nlp: the pipeline whose tokenizer and vocabulary are used; an empty one for any language for None.
        """
        return exports.to_spacy(self.text, self.items, nlp)
