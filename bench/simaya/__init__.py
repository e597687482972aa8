"""Figures of siMAYA."""
