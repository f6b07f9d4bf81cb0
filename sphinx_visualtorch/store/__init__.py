"""What outlives a build: traced graphs, one JSON file each, and painted pictures by key.

This room knows no torch and no Sphinx, runs nothing and trusts nothing: what it cannot read it
calls missing, and says why.  A file appears whole or not at all, because it is written under a
temporary name and then moved; so several builds may share one store.
"""

from sphinx_visualtorch.store.entries import Entry, Missing, Store, reference_digest
from sphinx_visualtorch.store.freshness import Seen
from sphinx_visualtorch.store.pictures import Pictures
from sphinx_visualtorch.store.whole import write_whole

__all__ = [
    "Entry",
    "Missing",
    "Pictures",
    "Seen",
    "Store",
    "reference_digest",
    "write_whole",
]
