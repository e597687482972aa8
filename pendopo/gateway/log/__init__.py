"""The exchange log: append-only segments, group commit, a Merkle tree on disk, checkpoints, openings."""
