"""The answer formats: one pair of functions a format, `write` and `read`, in the table of `catalogue`."""
