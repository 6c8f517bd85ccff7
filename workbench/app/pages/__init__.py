"""The pages of the workbench: one function each, called once for every session."""

from workbench.app.pages.compare import compare_page
from workbench.app.pages.workbench import workbench_page

__all__ = ["compare_page", "workbench_page"]
