"""``python -m napari_binn`` is the same as ``napari-binn``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
