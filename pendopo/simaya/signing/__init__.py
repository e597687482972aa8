"""Signatures of letters: people's keys and certificates, time stamps, signing and checking."""
