"""``python -m gaozhi_cli``."""

from gaozhi_cli.cli.app import main

main()
