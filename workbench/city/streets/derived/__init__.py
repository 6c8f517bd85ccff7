"""Streets derived from tax blocks, tract lines and bus shapes, where no street map is at hand."""
