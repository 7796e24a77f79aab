"""The origin of rows: title, licence, address and citation of their source, by its name in the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from adelie_hf.sources import all_sources

# A licence as publishers state it -> its name on the Hub. Every other licence is `other`.
HUB_LICENCES = {
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
SAMPLE_PREFIX = "sample-"

# The paper of the method, in Markdown.
PAPER = (
    "Yunjia Qi, Hao Peng, Xiaozhi Wang, Bin Xu, Lei Hou, Juanzi Li. 2024. ADELIE: Aligning Large Language Models on "
    "Information Extraction. EMNLP. [arXiv:2405.05008](https://huggingface.co/papers/2405.05008)"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """A source as cards describe it.

    Args:
        licensed: the organisation from which a licence is required; empty where none is.
        published: whether it is a published data set, or the embedded sample, and not a user's own data.
    """

    name: str
    title: str
    licence: str
    url: str = ""
    citation: str = ""
    licensed: str = ""
    published: bool = True

    @property
    def hub_licence(self) -> str:
        """The name of its licence on the Hub."""
        return HUB_LICENCES.get(self.licence, "other")

    @property
    def made_up(self) -> bool:
        """True if its texts are those of the embedded sample."""
        return self.name.startswith(SAMPLE_PREFIX)


def origin(name: str) -> Origin:
    """Return the origin of rows with this name in the column `source`; an unknown name is a user's own data."""
    if name.startswith(SAMPLE_PREFIX):
        title = f"made-up texts in the format of {all_sources()[name.removeprefix(SAMPLE_PREFIX)].title}"
        return Origin(name, title, "Apache-2.0", citation="embedded in adelie_hf")
    source = all_sources().get(name)
    if source is None or source.role == "own":
        return Origin(name, "data of the publisher's own, or chat data from elsewhere", "yours", published=False)
    return Origin(name, source.title, source.licence, source.url, citations()[name], source.licensed)


def hub_licences(origins: Iterable[Origin]) -> list[str]:
    """Return the licences of a mixture by their names on the Hub, each once."""
    return sorted({origin.hub_licence for origin in origins})


@cache
def citations() -> dict[str, str]:
    """Return source -> the publication to cite."""
    text = files("adelie_hf.sources").joinpath("citations.yaml").read_text(encoding="utf-8")
    publications: dict[str, str] = yaml.safe_load(text)
    return publications
