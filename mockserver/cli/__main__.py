"""``python -m genmock.mockserver.cli``: the command ``genmock``, where its script is not on the path."""

from . import main

main()
