"""The sample corpus (`data/`) and the generator of its texts."""
