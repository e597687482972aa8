"""Measurements: `make bench WHAT=mantra` prints `name value` lines."""
