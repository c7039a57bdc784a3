"""`python -m config`: the command `accord`, also from a checkout."""

import sys

from config.command_line import main

if __name__ == "__main__":
    sys.exit(main())
