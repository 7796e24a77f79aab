"""Formats of users' own data, one module each."""
