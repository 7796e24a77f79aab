"""The published scorers, errors included: ADELIE's five (THU-KEG/ADELIE @ c9ba77b) and IEPile's.

Each function below counts one example from the raw texts, with the scorer's own parsing, and returns
(correct, predicted, gold). Counts are added up over the corpus; `_SCORERS` says which figures each
scorer makes of the sums. The metric card lists what `exact_f1` does otherwise.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.scoring import checks

Counts = tuple[int, int, int]  # correct, predicted, gold
Parts = dict[str, Counts]  # of a scorer that gives several figures

_MARKER = "[Answer]:"
_AND = " and "

# The categories that a scorer knows, as its source spells them.
_FEWNERD = {
    f"{coarse}_{fine}"
    for coarse, kinds in {
        "art": "broadcastprogram film music other painting writtenart",
        "building": "airport hospital hotel library other restaurant sportsfacility theater",
        "event": "attack/battle/war/militaryconflict disaster election other protest sportsevent",
        "location": "bodiesofwater GPE island mountain other park road/railway/highway/transit",
        "organization": "company education government/governmentagency media/newspaper other politicalparty religion"
        " showorganization sportsleague sportsteam",
        "other": "astronomything award biologything chemicalthing currency disease educationaldegree god language law"
        " livingthing medical",
        "person": "actor artist/author athlete director other politician scholar soldier",
        "product": "airplane car food game other ship software train weapon",
    }.items()
    for fine in kinds.split()
}
_PAIRS = (
    "cause effect, component whole, content container, entity destination, entity origin, instrument agency,"
    " member collection, message topic, product producer"
)
_SEMEVAL = {_AND.join(order) for pair in _PAIRS.split(", ") for order in (pair.split(), pair.split()[::-1])}
_TYPES = (
    "acquit appeal arrestjail artifact attack beborn broadcast chargeindict contact convict correspondence"
    " declarebankruptcy demonstrate die divorce elect endorg endposition execute extradite fine injure marry meet"
    " mergeorg nominate pardon releaseparole sentence startorg startposition sue transaction transfermoney"
    " transferownership transportartifact transportperson trialhearing"
)
_ROLES = (
    "adjudicator agent artifact attacker audience beneficiary crime defendant destination entity giver instrument"
    " money org origin person place plaintiff position prosecutor recipient sentence target thing time victim"
)
_KNOWN_TYPES, _KNOWN_ROLES = frozenset(_TYPES.split()), frozenset(_ROLES.split())
_MATRES = ("before", "after", "equal", "vague")


def reference_f1(
    predictions: Sequence[str], references: Sequence[str], scorer: str | None, *, groups: Sequence[str] | None = None
) -> dict[str, Any]:
    """The figures of a published scorer on raw texts.

    Args:
        predictions: the outputs, as the model gave them.
        references: the gold answers as the scorer's data has them: ADELIE's without the answer marker
            (for `matres` the bare label, empty for none), IEPile's `label` as JSON.
        scorer: `fewnerd, semeval, richere-ed, richere-eae, matres, iepile-ner, iepile-re, iepile-ee` or
            `iepile-eea`.
        groups: a name for each example; the figures are also given by group.

    Returns:
        `precision, recall, f1` as fractions, `tp, n_pred, n_gold`, the same by label as `per_type`
        (`matres` only) and by group as `per_group`, and the behaviour: `mode, scorer`. For `iepile-ee`
        these are the events', with `trigger` and `argument` besides; for `iepile-eea` the arguments'.

    Raises:
        InputError: for input of another shape and for gold at which the published scorer stops.
    """
    _known(scorer)
    assert scorer is not None
    predictions, references = checks.strings("predictions", predictions), checks.strings("references", references)
    names = None if groups is None else checks.strings("groups", groups)
    checks.same_length(predictions=predictions, references=references, groups=names)
    count, ratios, headline = _SCORERS[scorer]
    parts = []
    for at, (prediction, reference) in enumerate(zip(predictions, references, strict=True)):
        try:
            parts.append(count(prediction, reference))
        except _BadGold:
            found = checks.shown(reference)
            raise InputError(f"references[{at}] is {found}; give gold as the scorer {scorer} reads it") from None
    result = _figures(parts, ratios, headline)
    if names is not None:
        by_group: dict[str, list[Parts]] = {name: [] for name in sorted(set(names))}
        for name, counted in zip(names, parts, strict=True):
            by_group[name].append(counted)
    return result | {
        "per_group": None
        if names is None
        else {name: _figures(chosen, ratios, headline) for name, chosen in by_group.items()},
        "f1_interval": None,
        "mode": "reference",
        "scorer": scorer,
    }


class _BadGold(Exception):
    """Gold that the published scorer cannot read either: it stops there."""


def _known(scorer: str | None) -> None:
    if scorer is None:
        raise InputError(f"mode is 'reference'; say whose with scorer=, one of {', '.join(_SCORERS)}")
    checks.one_of("scorer", scorer, _SCORERS)


def _figures(parts: list[Parts], ratios: Callable[[Counts], Sequence[float]], headline: str | None) -> dict[str, Any]:
    """The scorer's figures from the counts of examples; `headline` is the part that stands for the whole."""
    sums: dict[str, Counts] = {}
    for counted in parts:
        for name, counts in counted.items():
            sums[name] = _added([sums.get(name, (0, 0, 0)), counts])
    each = {name: _scores(counts, ratios) for name, counts in sums.items()}
    if headline is None:  # the parts are labels
        labels = each if len(each) > 1 else None
        return _scores(_added(sums.values()), ratios) | {"per_type": labels}
    of_events = {name: each.get(name, _scores((0, 0, 0), ratios)) for name in ("trigger", "argument")}
    return of_events[headline] | {"per_type": None} | (of_events if headline == "trigger" else {})


def _added(counts: Iterable[Counts]) -> Counts:
    correct, predicted, gold = ([sum(column) for column in zip(*counts, strict=True)] or [0, 0, 0])[:3]
    return correct, predicted, gold


def _scores(counts: Counts, ratios: Callable[[Counts], Sequence[float]]) -> dict[str, Any]:
    return dict(zip(("precision", "recall", "f1", "tp", "n_pred", "n_gold"), (*ratios(counts), *counts), strict=True))


# ---- ADELIE -------------------------------------------------------------------------------------------


def _answer(output: str) -> str:
    """What stands behind the first answer marker (and before a second one), or the whole output."""
    return output.split(_MARKER)[1] if _MARKER in output else output


def _fewnerd(prediction: str, reference: str) -> Parts:
    """Entities as a dictionary: of a name with several types the last one counts.

    The text is lower-cased and the list of types is not, so `location_GPE` is known on neither side. A
    piece with two colons is dropped from gold as well.
    """
    ours, theirs = _fewnerd_entities(_answer(prediction)), _fewnerd_entities(reference)
    return {"": (len(ours.items() & theirs.items()), len(ours), len(theirs))}


def _fewnerd_entities(text: str) -> dict[str, str]:
    entities = {}
    for piece in text.strip().lower().split(";"):
        fields = piece.split(":")
        if len(fields) == 2:
            name, type = fields[0].strip(), fields[1].strip().removesuffix(".")
            if type in _FEWNERD:
                entities[name] = type
    return entities


def _semeval(prediction: str, reference: str) -> Parts:
    """The gold triple or its inverse, lower-cased.

    Only known relations between the gold arguments count as predicted, and gold counts only where
    something counted as predicted or nothing could be read: a wrong answer may cost nothing at all.
    """
    ours = set(_triples(_answer(prediction).strip().lower()))
    gold_text = reference.strip().lower()
    theirs = [] if gold_text in ("", "[answer]: na") else list(dict.fromkeys(_triples(gold_text)))
    if gold_text not in ("", "[answer]: na") and not theirs:
        raise _BadGold
    correct = sum(triple in ours or _inverse(triple) in ours for triple in theirs)
    predicted = 0
    for head, relation, tail in ours:
        if relation in _SEMEVAL:
            if theirs:
                first, _, last = theirs[0]
                predicted += ((head, tail) == (first, last)) + ((tail, head) == (first, last))
            else:
                predicted += 1
    return {"": (correct, predicted, len(theirs) if predicted or not ours else 0)}


def _inverse(triple: tuple[str, str, str]) -> tuple[str, str, str]:
    head, relation, tail = triple
    if _AND not in relation:
        raise _BadGold
    first, second = relation.split(_AND)[:2]
    return tail, second + _AND + first, head


def _triples(text: str) -> list[tuple[str, str, str]]:
    r"""At most one triple a line: what `\((.*); (.*); (.*)\)` finds, in linear time.

    Greedy groups leave the last bracket and the last two separators before it; the head starts behind
    the first bracket of the line.
    """
    found = []
    for line in text.split("\n"):
        start, end = line.find("("), line.rfind(")")
        second = line.rfind("; ", start + 1, end) if 0 <= start < end else -1
        first = line.rfind("; ", start + 1, second) if second >= 0 else -1
        if first >= 0:
            found.append((line[start + 1 : first], line[first + 2 : second], line[second + 2 : end]))
    return found


def _richere_ed(prediction: str, reference: str) -> Parts:
    return _richere(_answer(prediction), reference, _KNOWN_TYPES)


def _richere_eae(prediction: str, reference: str) -> Parts:
    return _richere(_answer(prediction).lower(), reference.lower(), _KNOWN_ROLES)


def _richere(prediction: str, reference: str, known: frozenset[str]) -> Parts:
    """Sets of pieces without any white space.

    Predicted pieces of unknown categories and those that hold the letters `NA` anywhere are left out;
    gold always counts, whatever it holds.
    """
    theirs = set("".join(reference.split()).split(";")) - {""}
    ours = set()
    for piece in "".join(prediction.split()).split(";"):
        if "NA" not in piece and ":" in piece and piece.split(":")[1] in known:
            ours.add(piece)
    return {"": (len(ours & theirs), len(ours), len(theirs))}


def _matres(prediction: str, reference: str) -> Parts:
    """Every label that occurs in the middle of the first triple counts as predicted.

    An output is read only if some line has one of the letters of `[Answer]`, then a colon and a space,
    then a letter or hyphen: the pattern means the marker and spells a character class.
    """
    if reference not in (*_MATRES, "none", ""):
        raise _BadGold
    triples = _triples(prediction.lower()) if _matres_reads(prediction) else []
    relation = triples[0][1] if triples else ""
    return {
        label: (int(label in relation and label == reference), int(label in relation), int(label == reference))
        for label in _MATRES
    }


def _matres_reads(output: str) -> bool:
    for line in output.split("\n"):
        letter = re.search("[Answer]", line)
        colon = line.find(": ", letter.end()) if letter else -1
        if colon >= 0:  # only the first such line is looked at
            return re.search("[a-zA-Z-]", line[colon + 2 :]) is not None
    return False


# ---- IEPile -------------------------------------------------------------------------------------------


def _iepile_ner(prediction: str, reference: str) -> Parts:
    """Entities of `{"type": ["name"]}` against gold `[{"entity": ..., "entity_type": ...}]`."""
    theirs = [(_field(gold, "entity"), _field(gold, "entity_type")) for gold in _labels(reference)]
    ours = [(name, type) for type, name in _values(prediction) if isinstance(name, str)]
    return {"": _multiset(ours, theirs)}


def _iepile_re(prediction: str, reference: str) -> Parts:
    """Relations of `{"relation": [{"subject": ..., "object": ...}]}` against `head, relation, tail`.

    A prediction written with `head` and `tail`, as the project's own converter does, reads as two
    empty strings.
    """
    theirs = [tuple(gold.get(key, "") for key in ("head", "relation", "tail")) for gold in _labels(reference)]
    ours = []
    for relation, pair in _values(prediction):
        if isinstance(pair, dict):
            head, tail = pair.get("subject", ""), pair.get("object", "")
            if isinstance(head, str) and isinstance(tail, str):
                ours.append((head, relation, tail))
    return {"": _multiset(ours, theirs)}


def _iepile_ee(prediction: str, reference: str) -> Parts:
    """Events of `{"type": [{"trigger": ..., "arguments": {"role": value or list}}]}`, and their arguments.

    An argument counts with its event's type, whatever the trigger. A value `NAN` is skipped in the
    prediction only.
    """
    ours = [
        (type, event.get("trigger", ""), event.get("arguments", {}))
        for type, event in _values(prediction)
        if isinstance(event, dict)
    ]
    theirs = [(_field(gold, "event_type"), _field(gold, "event_trigger"), gold) for gold in _labels(reference)]
    return _events(ours, theirs)


def _iepile_eea(prediction: str, reference: str) -> Parts:
    """Arguments of `{"type": [{"role": value or list}]}`; all triggers are the empty string."""
    ours = [(type, "", roles) for type, roles in _values(prediction) if isinstance(roles, dict)]
    theirs = [(_field(gold, "event_type"), "", gold) for gold in _labels(reference)]
    return _events(ours, theirs)


def _events(ours: list[tuple[str, Any, Any]], theirs: list[tuple[str, Any, dict]]) -> Parts:
    predicted = [
        (type, value, role)
        for type, _, roles in ours
        if isinstance(roles, dict)
        for role, values in roles.items()
        for value in (values if isinstance(values, list) else [values])
        if value != "NAN"
    ]
    gold = [
        (type, _field(argument, "argument"), _field(argument, "role"))
        for type, _, event in theirs
        for argument in _field(event, "arguments")
    ]
    triggers = ([(type, trigger) for type, trigger, _ in side] for side in (ours, theirs))
    return {"trigger": _multiset(*triggers), "argument": _multiset(predicted, gold)}


def _values(output: str) -> list[tuple[str, Any]]:
    """The pairs (key, one value) of a JSON object of lists; none where the output is no such JSON."""
    try:
        read = json.loads(output)
        repr(read)  # JSON can be read to a depth at which its values cannot be compared any more
    except (ValueError, RecursionError):
        return []
    lists = read.items() if isinstance(read, dict) else ()
    return [(key, value) for key, values in lists if isinstance(values, list) for value in values]


def _labels(reference: str) -> list[dict[str, Any]]:
    try:
        read = json.loads(reference)
    except (ValueError, RecursionError):
        raise _BadGold from None
    if not isinstance(read, list) or not all(isinstance(gold, dict) for gold in read):
        raise _BadGold
    return read


def _field(gold: Any, key: str) -> Any:
    if not isinstance(gold, dict) or key not in gold:
        raise _BadGold
    return gold[key]


def _multiset(ours: Iterable[Any], theirs: Iterable[Any]) -> Counts:
    """JSON may hold anything, lists too: items are compared as they are written."""
    left, right = (Counter(map(repr, side)) for side in (ours, theirs))
    return (left & right).total(), left.total(), right.total()


# ---- what is made of the sums -------------------------------------------------------------------------


def _zero(counts: Counts) -> tuple[float, float, float]:
    """A ratio without a denominator is 0."""
    correct, predicted, gold = counts
    precision = correct / predicted if predicted else 0.0
    recall = correct / gold if gold else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if correct else 0.0


def _epsilon(counts: Counts) -> tuple[float, float, float]:
    """1e-10 is added to every denominator."""
    correct, predicted, gold = counts
    precision, recall = correct / (predicted + 1e-10), correct / (gold + 1e-10)
    return precision, recall, 2 * precision * recall / (precision + recall + 1e-10)


def _nan(counts: Counts) -> tuple[float, float, float]:
    """A ratio without a denominator is nan, also in F1."""
    correct, predicted, gold = counts
    precision = correct / predicted if predicted else math.nan
    recall = correct / gold if gold else math.nan
    return precision, recall, 2 * precision * recall / (precision + recall) if correct else math.nan


def _percent(counts: Counts) -> tuple[float, float, float]:
    """Percentages are rounded to two decimals, and F1 is that of the rounded ones."""
    correct, predicted, gold = counts
    precision = round(correct / predicted * 100, 2) if predicted else 0.0
    recall = round(correct / gold * 100, 2) if gold else 0.0
    f1 = round(2 * precision * recall / (precision + recall), 2) if precision + recall else 0.0
    return round(precision / 100, 4), round(recall / 100, 4), round(f1 / 100, 4)


# Scorer -> what it counts, what it makes of the sums, and the part that stands for the whole.
_SCORERS: dict[str, tuple[Callable[[str, str], Parts], Callable[[Counts], Sequence[float]], str | None]] = {
    "fewnerd": (_fewnerd, _zero, None),
    "semeval": (_semeval, _epsilon, None),
    "richere-ed": (_richere_ed, _epsilon, None),
    "richere-eae": (_richere_eae, _epsilon, None),
    "matres": (_matres, _nan, None),
    "iepile-ner": (_iepile_ner, _percent, None),
    "iepile-re": (_iepile_re, _percent, None),
    "iepile-ee": (_iepile_ee, _percent, "trigger"),
    "iepile-eea": (_iepile_eea, _percent, "argument"),
}

# Task -> the scorers that read its answers.
SCORERS_OF = {
    "ner": ("fewnerd", "iepile-ner"),
    "rc": ("semeval", "iepile-re"),
    "re": ("iepile-re",),
    "ed": ("richere-ed",),
    "ee": ("iepile-ee",),
    "eae": ("richere-eae", "iepile-eea"),
    "ere": ("matres",),
}


# ---- tuples as the texts that a scorer reads ----------------------------------------------------------


def reference_texts(
    predictions: list[list[tuple[str, ...]]], references: list[list[tuple[str, ...]]], scorer: str | None
) -> tuple[list[str], list[str]]:
    """Checked tuples as the output and gold texts of a scorer. Raises InputError for one that reads events."""
    _known(scorer)
    assert scorer is not None
    if scorer in ("iepile-ee", "iepile-eea"):
        raise InputError(f"{scorer} reads events; give answer texts and a task")
    width = 3 if scorer in ("semeval", "matres", "iepile-re") else 2
    for name, column in (("predictions", predictions), ("references", references)):
        for at, items in enumerate(column):
            for number, item in enumerate(items):
                if len(item) != width:
                    raise InputError(
                        f"{name}[{at}][{number}] has {len(item)} fields; {scorer} reads tuples of {width}"
                    )
    if scorer.startswith("iepile"):
        return [_json_output(items) for items in predictions], [_json_gold(items) for items in references]
    gold = [_matres_gold(items) for items in references] if scorer == "matres" else list(map(_text, references))
    return [f"{_MARKER} {_text(items) or 'NA'}" for items in predictions], gold


def _text(items: list[tuple[str, ...]]) -> str:
    return "".join(f"({'; '.join(item)})\n" if len(item) == 3 else f"{': '.join(item)}; " for item in items)


def _matres_gold(items: list[tuple[str, ...]]) -> str:
    return items[0][1] if items else ""


def _json_output(items: list[tuple[str, ...]]) -> str:
    by_type: dict[str, list[Any]] = {}
    for item in items:
        triple = len(item) == 3
        by_type.setdefault(item[1], []).append({"subject": item[0], "object": item[2]} if triple else item[0])
    return json.dumps(by_type)


def _json_gold(items: list[tuple[str, ...]]) -> str:
    keys = {2: ("entity", "entity_type"), 3: ("head", "relation", "tail")}
    return json.dumps([dict(zip(keys[len(item)], item, strict=True)) for item in items])
