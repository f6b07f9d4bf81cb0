"""Graph → graph: what a figure leaves out, sums up or draws once.

A transform takes an :class:`~sphinx_visualtorch.graph.ArchitectureGraph` and returns another.  It
knows neither torch nor drawing.  None loses a leaf-module call or a parameter: what disappears
into a box is added to that box.
"""
