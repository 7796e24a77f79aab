"""One request about one text: the prompt, the grammar of its answers, and the parser, all of one format."""

from __future__ import annotations

from dataclasses import dataclass

from adelie_hf.answers import label_of
from adelie_hf.extraction.schema import ExtractionSchema
from adelie_hf.prompts import (
    MARKER,
    ParseResult,
    answer_grammar,
    answer_json_schema,
    descriptions,
    parse,
    parse_written,
    question,
    request,
    write,
)
from adelie_hf.queries import Query
from adelie_hf.records import Mention
from adelie_hf.rows import Message, message


@dataclass(frozen=True, slots=True)
class ExtractionRequest:
    """A request about a text, or about a part of it.

    It is the plain row of IEInstruct (`ieinstruct.row.held_out_row`) for the same query, so that a model is asked as
    it was trained. Definitions are shown where the schema has some.

    Args:
        schema: what to extract.
        text: the text, or a window of it.
        format: the answer format.
        pair: for relation classification, the two mentions in question.
        demonstrations: solved queries of the same task, which come first.
        constrained: True if the answer is held to the format; it is then read as it stands.
    """

    schema: ExtractionSchema
    text: str
    format: str = "text"
    pair: tuple[Mention, Mention] | None = None
    demonstrations: tuple[Query, ...] = ()
    constrained: bool = False

    @property
    def query(self) -> Query:
        """The query, without an answer."""
        focus = (("head", self.pair[0]), ("tail", self.pair[1])) if self.pair else ()
        return Query(
            id="",
            source="",
            task=self.schema.task,
            split="",
            group="",
            text=self.text,
            schema=self.schema.labels,
            answer=(),
            focus=focus,
            instruction=self.schema.instruction,
        )

    def messages(self) -> list[Message]:
        """Return the chat; demonstrations are turns of their own."""
        query, task = self.query, self.schema.task
        wordings = descriptions(task, query.schema)
        guidelines: dict[str, list[str]] | None = {} if any(label.definition for label in query.schema) else None
        first, *others = [*self.demonstrations, query]
        chat = [
            message("user", request(first, (wordings or [""])[0], self.format, query.schema, guidelines=guidelines))
        ]
        for solved, following in zip(self.demonstrations, others, strict=True):
            chat += [
                message("assistant", write(solved.answer, task, self.format)),
                message("user", question(following)),
            ]
        return chat

    def grammar(self) -> str:
        """Return the grammar of its answers, in the Lark syntax of llguidance.

        Raises:
            InputError: for a format that has no grammar.
        """
        return answer_grammar(self.query, self.format)

    def json_schema(self) -> dict[str, object]:
        """Return the JSON schema of its answers.

        Raises:
            InputError: for a format that has no JSON schema.
        """
        return answer_json_schema(self.query, self.format)

    def holds(self, output: str) -> bool:
        """Return whether an answer has the form that `grammar` or `json_schema` asks for, with its categories."""
        if output.lstrip().startswith(MARKER) != (self.format == "text"):
            return False
        parsed = parse_written(output, self.schema.task, self.format)
        names = self.schema.names
        return parsed.status == "valid" and all(not names or label_of(item) in names for item in parsed.items)

    def parse(self, output: str) -> ParseResult:
        """Parse the model's answer."""
        if self.constrained:
            written = parse_written(output, self.schema.task, self.format)
            if written.status == "valid":
                return written
        return parse(output, self.schema.task, self.format)
