"""Makes, starts and supervises a node."""
