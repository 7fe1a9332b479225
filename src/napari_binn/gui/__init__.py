"""Everything that is seen in napari."""
