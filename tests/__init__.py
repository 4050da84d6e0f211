"""The tests, and what they need."""

import gc
import os
import sys

# Compiled modules are kept, here and by every process that a test starts, whatever the surroundings
# say: otherwise each server and each command would compile the whole service again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Loading makes a million things that stay; looking through them again and again is in vain.
gc.set_threshold(100_000, 20, 20)
