"""One line an act: who did what, in which capacity, to what, with what outcome."""
