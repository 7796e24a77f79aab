"""The form of OpenNRE: tokens, and a head and a tail at token positions."""

from __future__ import annotations

from typing import Any

from adelie_hf.records import Mention
from adelie_hf.sources.label_sets import readable_label
from adelie_hf.sources.readers.offsets import TokenText


def opennre(row: dict[str, Any]) -> tuple[str, Mention, Mention]:
    """Text, head and tail of a line in the form of OpenNRE: tokens, and positions [start, end) among them."""
    text = TokenText(row["token"])

    def mention(of: dict[str, Any]) -> Mention:
        start, end = of["pos"]
        return text.mention(start, end, readable_label(of.get("type", "")))

    return text.text, mention(row["h"]), mention(row["t"])
