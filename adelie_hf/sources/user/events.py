"""Users' own events, in the forms of RAMS, WikiEvents and OneIE.

A file has JSON lines or one JSON array, in any of the forms of `event_forms`. The categories are those that the
training files use, and the roles of an event type are those of its arguments there.
"""

from __future__ import annotations

from adelie_hf.sources.readers.drop_reasons import (
    ARGUMENT_LACKS_MENTION,
    EVENT_LACKS_TRIGGER,
    OTHER_WORDS,
    RELATION_LACKS_MENTION,
)
from adelie_hf.sources.source import Source
from adelie_hf.sources.user.annotated import NO_TASK
from adelie_hf.sources.user.common import UNSEEN_CATEGORY
from adelie_hf.sources.user.event_forms import FORMS
from adelie_hf.sources.user.row_forms import json_layouts, keys_note

SOURCE = Source(
    name="events",
    title="texts with events (RAMS, WikiEvents, OneIE)",
    tasks=("ner", "re", "ee", "eae"),
    role="own",
    domain="any",
    licence="the user's",
    url="https://github.com/raspberryice/gen-arg",
    layouts=json_layouts("events", FORMS),
    notes=(
        keys_note(FORMS),
        "A file with event types of RAMS or ACE 2005 is read as that data set, unless the form is named; so is a file "
        "in the form of RAMS beside an `event_role_multiplicities.txt` that has its types.",
        "A window of RAMS gives the arguments of its triggers, so that it is for event argument extraction alone; its "
        "event types keep all their levels.",
        "A record of WikiEvents is a document, whose text consists of the tokens; the `text` of a mention, if given, "
        "has to be the text at its tokens, white space apart.",
        "The roles of an event type are those of the training files; events without any role are for event extraction "
        "alone.",
        "Clusters of coreferent mentions are not read.",
    ),
    drops=(
        UNSEEN_CATEGORY,
        OTHER_WORDS,
        RELATION_LACKS_MENTION,
        EVENT_LACKS_TRIGGER,
        ARGUMENT_LACKS_MENTION,
        NO_TASK,
    ),
)
