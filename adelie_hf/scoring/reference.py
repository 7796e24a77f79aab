"""The exact-match scores of the published scorers, errors included.

ADELIE has five (THU-KEG/ADELIE @ c9ba77b), IEPile four. Each counts an example from the raw texts, with its own
parsing (`scoring.published`), and the counts are added up over the corpus. The metric card of `ie_f1` lists the
differences from `exact_f1`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal, NotRequired

from adelie_hf.errors import InputError
from adelie_hf.scoring import validation
from adelie_hf.scoring.published.fewnerd import FEWNERD
from adelie_hf.scoring.published.figures import (
    ANSWER_MARKER,
    PartCounts,
    PublishedScorer,
    UnreadableGold,
    add_counts,
    scores_of,
)
from adelie_hf.scoring.published.iepile import IEPILE_EE, IEPILE_EEA, IEPILE_NER, IEPILE_RE
from adelie_hf.scoring.published.matres import MATRES
from adelie_hf.scoring.published.richere import RICHERE_EAE, RICHERE_ED
from adelie_hf.scoring.published.semeval import SEMEVAL
from adelie_hf.scoring.scores import CountedScores, ItemCounts

PUBLISHED_SCORERS = {
    "fewnerd": FEWNERD,
    "semeval": SEMEVAL,
    "richere-ed": RICHERE_ED,
    "richere-eae": RICHERE_EAE,
    "matres": MATRES,
    "iepile-ner": IEPILE_NER,
    "iepile-re": IEPILE_RE,
    "iepile-ee": IEPILE_EE,
    "iepile-eea": IEPILE_EEA,
}


class ReferenceScores(CountedScores):
    """The scores of a published scorer."""

    per_type: dict[str, CountedScores] | None  # `matres` only
    trigger: NotRequired[CountedScores]  # `iepile-ee` only
    argument: NotRequired[CountedScores]  # `iepile-ee` only


class ReferenceResult(ReferenceScores):
    """The result of `reference_f1`."""

    per_group: dict[str, ReferenceScores] | None
    f1_interval: None
    mode: Literal["reference"]
    scorer: str


def reference_f1(
    predictions: Sequence[str], references: Sequence[str], scorer: str, *, groups: Sequence[str] | None = None
) -> ReferenceResult:
    """Return the scores that a published scorer gives to raw texts.

    The published Few-NERD scorer keeps one type per name, so the second `Paris` replaces the first:

    >>> gold = "Paris: location_park; Paris: person_actor;"
    >>> result = reference_f1(["[Answer]: Paris: location_park;"], [gold], "fewnerd")
    >>> result["tp"], result["n_pred"], result["n_gold"]
    (0, 1, 1)

    Args:
        predictions: the outputs of a model, as they are.
        references: the gold answers as in the data of the scorer: ADELIE's without the answer marker (for `matres` the
            bare label, empty for none), IEPile's `label` as JSON.
        scorer: `fewnerd`, `semeval`, `richere-ed`, `richere-eae`, `matres`, `iepile-ner`, `iepile-re`, `iepile-ee` or
            `iepile-eea`.
        groups: the group of each example; scores are also returned by group.

    Returns:
        `precision`, `recall`, `f1` from 0 to 1 (nan as by the published scorer), `tp`, `n_pred`, `n_gold`, the same by
        label (`per_type`, `matres` only) and by group (`per_group`, None without groups), `f1_interval` (None) and the
        behaviour: `mode` and `scorer`. For `iepile-ee` these are the scores of the events, with `trigger` and
        `argument` beside them; for `iepile-eea` those of the arguments.

    Raises:
        InputError: for input of another form, and for gold at which the published scorer stops.
    """
    validation.check_choice("the scorer", scorer, PUBLISHED_SCORERS)
    outputs = validation.string_column("predictions", predictions)
    gold = validation.string_column("references", references)
    group_names = None if groups is None else validation.string_column("groups", groups)
    validation.check_same_length(predictions=outputs, references=gold, groups=group_names)
    published = PUBLISHED_SCORERS[scorer]
    counts = []
    for at, (output, text) in enumerate(zip(outputs, gold, strict=True)):
        try:
            counts.append(published.count_example(output, text))
        except UnreadableGold:
            raise InputError(
                f"references[{at}] is {validation.short_repr(text)}, which the scorer {scorer} cannot read; "
                "give gold in the form of its data"
            ) from None
    per_group = None
    if group_names is not None:
        by_group: dict[str, list[PartCounts]] = {name: [] for name in sorted(set(group_names))}
        for name, counted in zip(group_names, counts, strict=True):
            by_group[name].append(counted)
        per_group = {name: _corpus_scores(counted, published) for name, counted in by_group.items()}
    return {
        **_corpus_scores(counts, published),
        "per_group": per_group,
        "f1_interval": None,
        "mode": "reference",
        "scorer": scorer,
    }


def _corpus_scores(examples: list[PartCounts], scorer: PublishedScorer) -> ReferenceScores:
    sums: dict[str, ItemCounts] = {}
    for parts in examples:
        for name, counts in parts.items():
            sums[name] = add_counts([sums.get(name, (0, 0, 0)), counts])
    scores = {name: scores_of(counts, scorer.ratios) for name, counts in sums.items()}
    if scorer.headline is None:  # the parts are labels
        total = scores_of(add_counts(sums.values()), scorer.ratios)
    else:
        total = scores.get(scorer.headline) or scores_of((0, 0, 0), scorer.ratios)
    result: ReferenceScores = {
        "precision": total["precision"],
        "recall": total["recall"],
        "f1": total["f1"],
        "tp": total["tp"],
        "n_pred": total["n_pred"],
        "n_gold": total["n_gold"],
        "per_type": scores if scorer.headline is None and len(scores) > 1 else None,
    }
    if scorer.headline == "trigger":
        result["trigger"], result["argument"] = total, scores.get("argument", total)
    return result


def published_scorer(task: str, scorer: str | None = None) -> str:
    """Return the published scorer of a task; the only one by default.

    >>> published_scorer("ere")
    'matres'
    >>> published_scorer("ner", "fewnerd")
    'fewnerd'

    Raises:
        InputError: for a scorer that does not score the task, and for none where several do.
    """
    names = [name for name, published in PUBLISHED_SCORERS.items() if task in published.tasks]
    if scorer is None and len(names) == 1:
        return names[0]
    validation.check_choice(f"the scorer for {task}", scorer, names)
    assert scorer is not None
    return scorer


# ---- tuples as the texts of a scorer --------------------------------------------------------------------------------

_Items = list[tuple[str, ...]]


def reference_f1_of_tuples(
    predictions: Sequence[Sequence[Sequence[str]]],
    references: Sequence[Sequence[Sequence[str]]],
    scorer: str,
    *,
    groups: Sequence[str] | None = None,
) -> ReferenceResult:
    """Return the scores that a published scorer gives to tuples, which are first written as its texts.

    >>> paris = [[("Paris", "location_park"), ("Paris", "person_actor")]]
    >>> reference_f1_of_tuples(paris, paris, "fewnerd")["n_gold"]
    1

    Args:
        predictions: one list of tuples per example, as for `exact_f1`: pairs or triples, whichever the scorer reads.
        references: the gold tuples, in the same form and order.
        scorer: as for `reference_f1`, except `iepile-ee` and `iepile-eea`, whose items are events.
        groups: the group of each example; scores are also returned by group.

    Returns:
        The result of `reference_f1`.

    Raises:
        InputError: for input of another form, and for a scorer of events.
    """
    predicted_items = validation.item_column("predictions", predictions)
    gold_items = validation.item_column("references", references)
    validation.check_same_length(predictions=predicted_items, references=gold_items)
    validation.check_choice("the scorer", scorer, PUBLISHED_SCORERS)
    width = PUBLISHED_SCORERS[scorer].tuple_width
    if width is None:
        raise InputError(f"{scorer} scores events; give answer texts and a task")
    _check_width("predictions", predicted_items, scorer, width)
    _check_width("references", gold_items, scorer, width)
    write_output, write_gold = _output_text, _gold_text
    if scorer.startswith("iepile"):
        write_output, write_gold = _iepile_output, _iepile_gold
    elif scorer == "matres":
        write_gold = _matres_gold
    return reference_f1(
        list(map(write_output, predicted_items)), list(map(write_gold, gold_items)), scorer, groups=groups
    )


def _check_width(name: str, column: list[_Items], scorer: str, width: int) -> None:
    for at, items in enumerate(column):
        for number, item in enumerate(items):
            if len(item) != width:
                raise InputError(f"{name}[{at}][{number}] has {len(item)} fields; {scorer} scores tuples of {width}")


def _gold_text(items: _Items) -> str:
    return "".join(f"({'; '.join(item)})\n" if len(item) == 3 else f"{': '.join(item)}; " for item in items)


def _output_text(items: _Items) -> str:
    return f"{ANSWER_MARKER} {_gold_text(items) or 'NA'}"


def _matres_gold(items: _Items) -> str:
    return items[0][1] if items else ""


def _iepile_output(items: _Items) -> str:
    by_type: dict[str, list[str | dict[str, str]]] = {}
    for item in items:
        value = {"subject": item[0], "object": item[2]} if len(item) == 3 else item[0]
        by_type.setdefault(item[1], []).append(value)
    return json.dumps(by_type)


def _iepile_gold(items: _Items) -> str:
    keys = {2: ("entity", "entity_type"), 3: ("head", "relation", "tail")}
    return json.dumps([dict(zip(keys[len(item)], item, strict=True)) for item in items])
