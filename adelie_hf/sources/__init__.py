"""Raw data sets and formats of users' own data, read as records.

`corpora/` contains the published data sets, `user/` the formats of users' own data, and `readers/` what both share.
Each module of `corpora` and `user` that defines `SOURCE` is a source; to add a data set, add a module.

- `load_records` reads the records of a source, `records_from_dataset` those of a data set in memory.
- `write_records` writes records to a file that the source `records` reads.
- `find_sources` finds the files of sources below a folder, `read_split` reads one split of them.
"""

from adelie_hf.record_columns import write_records
from adelie_hf.sources.catalogue import all_sources, get_source
from adelie_hf.sources.discovery import find_sources, skipped_files, summarise_files
from adelie_hf.sources.reader import load_records, read_split, usable_records
from adelie_hf.sources.readers.columns import ColumnChoice
from adelie_hf.sources.source import Dropped, Layout, Noted, Source
from adelie_hf.sources.source_files import Discovered, Split
from adelie_hf.sources.user.dataset_rows import records_from_dataset

__all__ = [
    "ColumnChoice",
    "Discovered",
    "Dropped",
    "Layout",
    "Noted",
    "Source",
    "Split",
    "all_sources",
    "find_sources",
    "get_source",
    "load_records",
    "read_split",
    "records_from_dataset",
    "skipped_files",
    "summarise_files",
    "usable_records",
    "write_records",
]
