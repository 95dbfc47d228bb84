"""A sample of the fuzz of claims: no false claim holds, and no true one fails."""

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "fuzz.py"


def test_a_sample_of_the_fuzz():
    done = subprocess.run([sys.executable, str(SCRIPT), "30", "11"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    total, right = (int(re.search(pattern, done.stdout)[1]) for pattern in (r"(\d+) claims", r"(\d+) right"))
    assert total >= 30 and right > total / 2
