"""``python -m sphinx_visualtorch``: the command line."""

from __future__ import annotations

from sphinx_visualtorch.cli import main

if __name__ == "__main__":
    main()
