"""Graph → scene: where everything in a figure stands.

``layered``, ``lenet`` and ``graph`` are one function each, from a graph and its options to a
Scene.  They share the placement (ranks, lanes, rows, routes), which knows sizes and links only,
and the words and bodies that boxes are made of.  This room knows neither torch nor file formats.
"""

__all__ = ["LAYOUT_VERSION"]

LAYOUT_VERSION = 6
"""Raised with each change of a transform or layout, so that no old picture is used."""
