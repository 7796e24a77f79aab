"""ADELIE's scorer of Few-NERD (THU-KEG/ADELIE @ c9ba77b)."""

from __future__ import annotations

from adelie_hf.scoring.published.figures import PartCounts, PublishedScorer, marked_answer, ratios_or_zero

# The types as the published scorer spells them.
ENTITY_TYPES = frozenset(
    f"{coarse}_{fine}"
    for coarse, fine_types in {
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
    for fine in fine_types.split()
)


def count_fewnerd(prediction: str, reference: str) -> PartCounts:
    """Count entities as a dictionary: of a name with several types, the last one counts.

    The text is lower-cased and the list of types is not, so `location_GPE` counts on neither side. A piece with two
    colons is dropped, in gold too.
    """
    predicted, gold = _entities(marked_answer(prediction)), _entities(reference)
    return {"": (len(predicted.items() & gold.items()), len(predicted), len(gold))}


def _entities(text: str) -> dict[str, str]:
    entities = {}
    for piece in text.strip().lower().split(";"):
        fields = piece.split(":")
        if len(fields) == 2:
            name, entity_type = fields[0].strip(), fields[1].strip().removesuffix(".")
            if entity_type in ENTITY_TYPES:
                entities[name] = entity_type
    return entities


FEWNERD = PublishedScorer(count_fewnerd, ratios_or_zero, tasks=("ner",), tuple_width=2)
