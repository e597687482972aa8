"""The shared language: no Django, no I/O, the clock passed in."""
