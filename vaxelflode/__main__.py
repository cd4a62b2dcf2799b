"""``python -m vaxelflode`` and the command ``vaxelflode``."""

from vaxelflode.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
