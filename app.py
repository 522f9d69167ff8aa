"""The chat's front door: `python app.py` is `qa serve`."""

from __future__ import annotations

import sys

from qa.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
