"""The command line's door: ``timebank``, or ``python -m timebank``."""

import gc


def main() -> None:
    """Load the house and run a command."""
    gc.disable()  # what is loaded stays: looking there for garbage takes a third of the start
    from timebank.app import main as run  # noqa: PLC0415 - after that

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
