"""Time requests, answers and parsing of NER rows, by format: `python benchmarks/prompts.py`.

CPU time of one process, best of five runs: the load of the machine does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from adelie_hf.answers import Entity
from adelie_hf.prompts import FORMATS, parse, request, write
from adelie_hf.queries import Query
from adelie_hf.records import Label

ROWS = 2_000
TEXT = "Acme Inc. said on Monday that it had bought Globex , a maker of pumps in Paris , for 14.5 million euros ."
ANSWER = (Entity("Acme Inc.", "organization"), Entity("Globex", "organization"), Entity("Paris", "location"))
SCHEMA = tuple(map(Label, ("person", "organization", "location", "date", "event", "product", "law", "language")))
QUERY = Query("s/1/ner/0", "s", "ner", "train", "g", TEXT, SCHEMA, ANSWER)
SLOTS = 'Here is a document: "{text}" Which of {schema} does it mention?'


def main() -> None:
    print(f"{'format':16} {'request + write':>16} {'with slots':>16} {'parse':>16}   rows a second")
    for format in FORMATS:
        text = write(ANSWER, "ner", format)
        plain = _rate(partial(_request_and_write, "Find.", format))
        with_slots = _rate(partial(_request_and_write, SLOTS, format))
        parsing = _rate(partial(parse, text, "ner", format))
        print(f"{format:16} {plain:16,.0f} {with_slots:16,.0f} {parsing:16,.0f}", flush=True)
    print(f"\n{'format':16} seconds to parse 10 MB of its own answer")
    for format in FORMATS:
        text = write(ANSWER * (10_000_000 // len(write(ANSWER, "ner", format)) + 1), "ner", format)
        start = time.process_time()
        parse(text, "ner", format)
        print(f"{format:16} {time.process_time() - start:8.2f}", flush=True)


def _request_and_write(description: str, format: str) -> None:
    request(QUERY, description, format, SCHEMA)
    write(ANSWER, "ner", format)


def _rate(work: Callable[[], object]) -> float:
    """Return the number of calls per second."""
    work()
    seconds = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(ROWS):
            work()
        seconds.append(time.process_time() - start)
    return ROWS / min(seconds)


if __name__ == "__main__":
    main()
