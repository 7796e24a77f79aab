"""Where rows come from: their source's title, licence, address and citation, by the name in the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from adelie_hf.sources import all_sources

# What publishers state -> the Hub's name for it. Everything else is `other`.
LICENCES = {
    "MIT": "mit",
    "GPL-3.0": "gpl-3.0",
    "GPL-3.0 (OpenIE6)": "gpl-3.0",
    "CC BY 3.0": "cc-by-3.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "Apache-2.0": "apache-2.0",
    "not stated": "unknown",
    "yours": "unknown",
    "the user's own": "unknown",
}
SAMPLE = "sample-"


@dataclass(frozen=True, slots=True)
class Origin:
    """A source as a card tells of it. `licensed` says who is to be asked for a licence, where one is needed."""

    name: str
    title: str
    licence: str
    url: str = ""
    citation: str = ""
    licensed: str = ""
    published: bool = True

    @property
    def hub_licence(self) -> str:
        """The licence by the Hub's list of names."""
        return LICENCES.get(self.licence, "other")


def origin(name: str) -> Origin:
    """The origin of rows whose column `source` holds this name. A name that is no source's is the user's own data."""
    if name.startswith(SAMPLE):
        title = f"made-up texts in the shape of {all_sources()[name.removeprefix(SAMPLE)].title}"
        return Origin(name, title, "Apache-2.0", citation="embedded in adelie_hf")
    known = all_sources().get(name)
    if known is None or known.role == "own":
        return Origin(name, "data of the publisher's own, or chat data from elsewhere", "yours", published=False)
    return Origin(name, known.title, known.licence, known.url, citations()[name], known.licensed)


def hub_licences(origins: Iterable[Origin]) -> list[str]:
    """The licences of a mixture, by the Hub's names, each once."""
    return sorted({each.hub_licence for each in origins})


@cache
def citations() -> dict[str, str]:
    """Source -> the publication that it asks to be cited by."""
    return yaml.safe_load(files("adelie_hf.sources").joinpath("citations.yaml").read_text(encoding="utf-8"))
