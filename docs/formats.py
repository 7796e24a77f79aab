"""Writes docs/formats.md, one answer of every task in every format: `python docs/formats.py`."""

from __future__ import annotations

from pathlib import Path

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Table, Trigger, Triple
from adelie_hf.prompts import FORMATS, family, formats, request, write
from adelie_hf.prompts.bodies import asked
from adelie_hf.queries import Query
from adelie_hf.records import Label, Mention
from adelie_hf.tasks import TASKS, title_of

PAGE = Path(__file__).with_suffix(".md")
ANSWERS: dict[str, Answer] = {
    "ner": (Entity("Acme Inc.", "organization"), Entity("14:30", "time"), Entity("Globex", "organization")),
    "rc": (Triple("Acme", "owns", "Globex (UK)"),),
    "re": (Triple("Acme", "owns", "Globex"), Triple("Globex", "based in", "Paris")),
    "ed": (Trigger("attacked", "attack"), Trigger("fell", "fall")),
    "ee": (
        EventItem("attacked", "attack", (Argument("rebels", "attacker"), Argument("Paris; Lyon", "place"))),
        EventItem("fell", "fall", ()),
    ),
    "eae": (Argument("rebels", "attacker"), Argument("Paris", "place"), Argument("Lyon", "place")),
    "ere": (Triple("attacked", "before", "fell"),),
    "openie": (Extraction("bought", ("Acme", "Globex", "in May")), Extraction("rained", ())),
    "odie": (Table(("name", "note"), (("Acme", ""), ("a|b", "c"))),),
}

HEAD = """# Answer formats

Made by `python docs/formats.py`: change the wording in `adelie_hf/prompts/data/`, not here.

Every task has fifteen formats in three families of five; a table has `text` and `json` only. An answer follows the
marker `[Answer]:`. A value that holds a word of its format, such as the colon of `text`, is written as a JSON string.
Below, each format of a task has the sentence that asks for it, an answer, and what is written for no answer.

| family | formats |
|---|---|
"""


def page() -> str:
    """The whole page."""
    families = "".join(
        f"| {name} | {', '.join(f'`{format}`' for format in FORMATS if family(format) == name)} |\n"
        for name in dict.fromkeys(map(family, FORMATS))
    )
    return HEAD + families + _requested() + "".join(map(_section, TASKS))


def _requested() -> str:
    text = "Acme bought Globex in May ."
    query = Query("1", "", "ner", "", "", text, (), ())
    schema = (Label("organization", definition="a company or an institution"), Label("date"))
    described = "Find the entities of the text."
    guided = request(query, described, "sentences", schema, guidelines={"organization": ["Initech"]}, explain=True)
    filled = request(
        Query(
            "2", "", "rc", "", "", text, (), (), (("head", Mention.at(text, 0, 4)), ("tail", Mention.at(text, 12, 18)))
        ),
        "What is the relation between {head} and {tail}?",
        "text",
        (Label("owns"),),
    )
    return (
        f"\n## Requests\n\nWith guidelines and an explanation:\n\n{_code(guided)}"
        f"\nWith the slots of its description filled:\n\n{_code(filled)}"
    )


def _section(task: str) -> str:
    parts = [f"\n## {title_of(task)[0].upper()}{title_of(task)[1:]} (`{task}`)\n"]
    for format in formats(task):
        shown = (asked(task, format), write(ANSWERS[task], task, format), write((), task, format))
        parts.append(f"\n### {format}\n\n" + _code("\n\n".join(shown)))
    return "".join(parts)


def _code(text: str) -> str:
    return f"```text\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
