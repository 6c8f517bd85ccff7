"""Run every notebook from top to bottom; a cell that fails, fails the run. Stored output is not allowed."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run them all; returns how many failed."""
    failed = 0
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        stored = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
        if stored:
            sys.stderr.write(f"{path.name}: {len(stored)} cells have stored output; clear it before committing\n")
            failed += 1
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
        sys.stderr.write(f"{path.name}: {len(notebook.cells)} cells ran\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
