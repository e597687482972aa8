"""Figures of PNSBox."""
