"""`python rasa_command.py ARGUMENTS` is `rasa ARGUMENTS` where the libraries of stand_ins.py may be
missing."""

import sys

import stand_ins  # noqa: F401
from rasa.__main__ import main

sys.argv[0] = "rasa"
main()
