"""One file per format of a user's own data."""
