"""A docs project outside of a build: what the command line wants to know of it, and does for it.

Its pages are read, and no output is written (``reading``).  Then is told what the store has for
them (``survey``), and what it lacks can be made (``filling``).  No build loads any of this.
"""
