"""`python -m optimizer solve ...` and `python -m optimizer check ...`."""

import sys

from optimizer.command.main import main

if __name__ == "__main__":
    sys.exit(main())
