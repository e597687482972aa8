"""What leaves a node for another agency, what comes in, and who is told."""
