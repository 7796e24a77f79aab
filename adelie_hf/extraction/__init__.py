"""Extraction: texts and a schema in, typed items with their places in the text out.

- `Extractor` asks a model; its results are `Result`, `FoundItem` and `FoundMention`.
- `ExtractionSchema` says what to extract; `load_schema` reads one from YAML, `schema_of` has those of data sets.
"""

from adelie_hf.extraction.extractor import Extractor
from adelie_hf.extraction.results import FoundItem, FoundMention, Result
from adelie_hf.extraction.schema import ExtractionSchema, load_schema, schema_of

__all__ = ["ExtractionSchema", "Extractor", "FoundItem", "FoundMention", "Result", "load_schema", "schema_of"]
