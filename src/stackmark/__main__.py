"""`python -m stackmark` is the command `stackmark`."""

from stackmark.cli import main

main()
