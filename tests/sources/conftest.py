"""A few records of each source in its native format, as the tests write them to disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest


def _lines(*values: Any) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def _tsv(*rows: Iterable[str]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


_SCIERC = {
    "doc_key": "D1",
    # 0      1     2      3        4     5      6
    "sentences": [["Deep", "nets", "parse", "text", "."], ["They", "win", "."]],
    "ner": [[[0, 1, "Method"], [1, 1, "Generic"], [3, 3, "Material"]], [[5, 5, "Generic"]]],
    "relations": [[[0, 1, 3, 3, "USED-FOR"], [1, 1, 0, 1, "PART-OF"]], []],
    "clusters": [[[0, 1], [5, 5]]],
}
_FEWREL = {
    "P1": [
        {
            "tokens": ["Ann", "Lee", ",", "born", "in", "Ghent", ",", "loves", "Ghent", "."],
            "h": ["ann lee", "Q1", [[0, 1]]],
            "t": ["ghent", "Q2", [[5], [8]]],
        },
        {"tokens": ["Bo", "is", "from", "Oslo"], "h": ["bo", "Q3", [[0]]], "t": ["oslo", "Q4", [[3]]]},
    ],
    "P2": [{"tokens": ["Oslo", "'s", "mayor", "Bo"], "h": ["oslo", "Q4", [[0]]], "t": ["bo", "Q3", [[3]]]}],
}
_FEWREL_NAMES = {"P1": ["place of birth", "where it began"], "P2": ["mayor", "who leads it"], "P9": ["unused", ""]}
_RAMS = {
    "doc_key": "nw_1",
    # 0        1       2     3       4     5      6     7     8      9
    "sentences": [["Rebels", "shot", "him", "dead", "."], ["It", "was", "in", "Aden", "."]],
    "evt_triggers": [[1, 3, [["life.die.n/a", 1.0]]]],
    "ent_spans": [[0, 0, [["killer", 1.0]]], [8, 8, [["place", 1.0]]]],
    "gold_evt_links": [[[1, 3], [8, 8], "evt001arg03place"], [[1, 3], [0, 0], "evt001arg01killer"]],
    "source_url": "http://example.org/1",
    "split": "train",
}
_RAMS_EMPTY = {
    "doc_key": "nw_2",
    "sentences": [["They", "met", "."]],
    "evt_triggers": [[1, 1, [["contact.meet.n/a", 1.0]]]],
    "gold_evt_links": [],
    "split": "train",
}
_RAMS_ROLES = "life.die.n/a victim 1 killer 1 place 2\ncontact.meet.n/a participant 2 place 1\n"


def _spans(*spans: tuple[list[str], list[int]]) -> dict[str, Any]:
    return {
        "text": [text for text, _ in spans],
        "start": [start for _, start in spans],
        "entity_id": ["T1"] * len(spans),
    }


_PHEE = {
    "id": "123_4",
    #           0         1         2         3         4         5
    #           0123456789012345678901234567890123456789012345678901
    "context": "Rash and later fever in a boy after oral A with B .",
    "is_mult_event": False,
    "annotations": [
        {
            "events": [
                {
                    "event_id": "E1",
                    "event_type": "Adverse_event",
                    "Trigger": _spans((["after"], [30])),
                    "Effect": _spans((["Rash", "fever"], [0, 15]), (["fever"], [15])),
                    "Subject": _spans((["a boy"], [24])) | {"Gender": _spans((["boy"], [26]))},
                    "Treatment": _spans((["oral A with B"], [36]))
                    | {
                        "Route": _spans((["oral"], [36])),
                        "Drug": _spans((["A"], [41]), (["B"], [48])),
                        "Combination": [
                            {
                                "event_id": "E2",
                                "Trigger": _spans((["with"], [43])),
                                "Drug": _spans((["A"], [41]), (["B"], [48])),
                            }
                        ],
                    },
                    "Negated": _spans((["later"], [9])) | {"value": True},
                }
            ]
        }
    ],
}
_MAVEN = {
    "id": "m1",
    "title": "A war",
    "content": [
        {"sentence": "They attacked it .", "tokens": ["They", "attacked", "it", "."]},
        {"sentence": "It fell apart and burned .", "tokens": ["It", "fell", "apart", "and", "burned", "."]},
    ],
    "events": [
        {
            "id": "e1",
            "type": "Attack",
            "type_id": 1,
            "mention": [{"id": "t1", "trigger_word": "attacked", "sent_id": 0, "offset": [1, 2]}],
        },
        {
            "id": "e2",
            "type": "Being_destroyed",
            "type_id": 2,
            "mention": [
                {"id": "t3", "trigger_word": "burned", "sent_id": 1, "offset": [4, 5]},
                {"id": "t2", "trigger_word": "fell apart", "sent_id": 1, "offset": [1, 3]},
            ],
        },
    ],
    "negative_triggers": [],
}
_MAVEN_ERE = {
    "id": "d1",
    "title": "A war",
    "tokens": [["They", "attacked", "it", "in", "May", "."], ["It", "fell", "apart", "and", "burned", "."]],
    "sentences": ["They attacked it in May .", "It fell apart and burned ."],
    "events": [
        {
            "id": "E1",
            "type": "Attack",
            "type_id": 1,
            "mention": [{"id": "t1", "trigger_word": "attacked", "sent_id": 0, "offset": [1, 2]}],
        },
        {
            "id": "E2",
            "type": "Destroying",
            "type_id": 2,
            "mention": [
                {"id": "t3", "trigger_word": "burned", "sent_id": 1, "offset": [4, 5]},
                {"id": "t2", "trigger_word": "fell apart", "sent_id": 1, "offset": [1, 3]},
            ],
        },
    ],
    "TIMEX": [{"id": "X1", "mention": "May", "type": "DATE", "sent_id": 0, "offset": [4, 5]}],
    "temporal_relations": {"BEFORE": [["E1", "E2"]], "CONTAINS": [["X1", "E1"]]},
    "causal_relations": {"CAUSE": [["E1", "E2"]], "PRECONDITION": []},
    "subevent_relations": [],
}
_ODIE = [
    {
        "instruction": "Who does what?",
        "text": "Ann sings.",
        "table": "| who | what |\n| --- | --- |\n| Ann | sings |",
        "source": "x",
        "category": "fixed header",
    },
    {"table": "| a |\n| --- |\n| 1 |", "text": "One.", "instruction": "Count."},
]
_CARB = (
    ("Ann sang and Bo left .", "sang", "Ann"),
    ("Ann sang and Bo left .", "left", "Bo", "in May", "C: Ann said"),
    ("It rained .", "rained", "It", ""),
)
_MIT = "B-Rating\tgood\nI-Rating\tcheap\nO\tthai\n\nO\t34\n\nB-Restaurant_Name\tjoe\nB-Dish\tpie\nB-Dish\ttart\n"

# Source -> file -> content; the first file is the one whose records are looked at.
_NATIVE: dict[str, dict[str, str]] = {
    "carb": {"dev.tsv": _tsv(*_CARB)},
    "fewrel": {"val_wiki.json": json.dumps(_FEWREL), "pid2name.json": json.dumps(_FEWREL_NAMES)},
    "maven": {"train.jsonl": _lines(_MAVEN)},
    "maven-ere": {"train.jsonl": _lines(_MAVEN_ERE)},
    "mit-restaurant": {"restauranttrain.bio": _MIT},
    "odie": {"test_data.json": json.dumps(_ODIE)},
    "phee": {"train.json": _lines(_PHEE)},
    "rams": {"train.jsonlines": _lines(_RAMS, _RAMS_EMPTY), "event_role_multiplicities.txt": _RAMS_ROLES},
    "scierc": {"train.json": _lines(_SCIERC)},
}


@pytest.fixture(scope="session")
def native() -> dict[str, dict[str, str]]:
    """Source -> file name -> content; the first file holds the records."""
    return _NATIVE


@pytest.fixture
def lay(tmp_path: Path) -> Callable[..., Path]:
    """Writes a source's files to a folder, some with other content or (None) not at all."""

    def write(name: str, folder: str = "raw", **changed: str | bytes | None) -> Path:
        target = tmp_path / folder
        target.mkdir(parents=True, exist_ok=True)
        for file, content in (dict(_NATIVE[name]) | changed).items():
            if content is not None:
                (target / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    return write
