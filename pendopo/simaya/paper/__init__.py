"""A letter as data and as pages, and pages that came from outside. No Django, no network."""
