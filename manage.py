#!/usr/bin/env python
"""Django's usual entry, the same as the console script `itoguchi`."""

from itoguchi.cli import main

if __name__ == "__main__":
    main()
