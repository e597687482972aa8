"""The gateway side: one persistent, mutually authenticated connection between two nodes."""
