"""Kinds of letters and the rules of an agency's profile: data and plain functions."""
