"""Users' own relations, in the forms of SpERT, CoType, CasRel, DyGIE++, DocRED, TACRED and OpenNRE.

A file has JSON lines or one JSON array, in any of the forms of `relation_forms`. The categories are those that the
training files use.
"""

from __future__ import annotations

from adelie_hf.sources.readers.drop_reasons import (
    ABSENT,
    ARGUMENT_LACKS_MENTION,
    OTHER_WORDS,
    RELATION_LACKS_MENTION,
)
from adelie_hf.sources.source import Source
from adelie_hf.sources.user.annotated import NO_TASK
from adelie_hf.sources.user.common import UNSEEN_CATEGORY
from adelie_hf.sources.user.relation_forms import FORMS
from adelie_hf.sources.user.row_forms import json_layouts, keys_note

SOURCE = Source(
    name="relations",
    title="texts with relations (SpERT, CoType, CasRel, DyGIE++, DocRED, TACRED, OpenNRE)",
    tasks=("ner", "re", "rc", "ee"),
    role="own",
    domain="any",
    licence="the user's",
    url="https://github.com/lavis-nlp/spert",
    layouts=json_layouts("relations", FORMS),
    notes=(
        keys_note(FORMS),
        "A file with labels of SciERC, NYT11, TACRED or ACE 2005 is read as that data set, unless the form is named.",
        "CoType and CasRel give surfaces: a mention has offsets if its surface occurs exactly once in the text as "
        "whole words, otherwise it has none; one that the text does not have is dropped with its relations.",
        "A record of DyGIE++ is a sentence, with entities, relations and events; clusters of coreferent mentions are "
        "not read.",
        "A record of DocRED is a document; head and tail of a relation are the first mentions of their entities.",
        "TACRED and OpenNRE give pairs, for relation classification; the others relations, for relation extraction.",
        "`no_relation`, `None` and `NA` are no categories: such a pair has no relation.",
        "Rows without a field such as `relations` or `labels` are not part of its task.",
    ),
    drops=(UNSEEN_CATEGORY, ABSENT, OTHER_WORDS, RELATION_LACKS_MENTION, ARGUMENT_LACKS_MENTION, NO_TASK),
)
