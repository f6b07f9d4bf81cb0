"""The only room that imports torch: it runs a model once and returns its ArchitectureGraph.

Importing this package does not import torch; its modules do.
"""
