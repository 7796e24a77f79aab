"""Raw data sets: native files to records.

`corpora/` has one file per published data set, `user/` one per format of a user's own data, `readers/` what readers
share. Each module of the first two that defines `SOURCE` is a source: adding a data set is adding one file.
"""

from adelie_hf.sources.catalogue import all_sources, get_source
from adelie_hf.sources.discovery import Discovered, Split, find_sources, layout_files, skipped_files, summarise_files
from adelie_hf.sources.reader import load_records, read_split
from adelie_hf.sources.source import Dropped, Layout, Source

__all__ = [
    "Discovered",
    "Dropped",
    "Layout",
    "Source",
    "Split",
    "all_sources",
    "find_sources",
    "get_source",
    "layout_files",
    "load_records",
    "read_split",
    "skipped_files",
    "summarise_files",
]
