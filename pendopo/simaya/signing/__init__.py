"""Signatures of letters: their X.509 tree, time stamps, keys, signing and checking. No Django."""
