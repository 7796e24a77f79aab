"""Published data sets, one module each."""
