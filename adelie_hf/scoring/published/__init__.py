"""The published exact-match scorers, errors included: one module per scorer, with its own parsing of raw texts."""
