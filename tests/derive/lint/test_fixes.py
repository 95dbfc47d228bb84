"""Mends written into the page, or shown; and pages watched while they are written."""

import os
import re
import signal
import subprocess
import sys
import time

from derive.lint.pages import Checked, Checking
from derive.lint.settings import Settings
from derive.lint.watch import Watch, Watched

COLUMNS = '[conventions]\nvectors = "columns"\n'


def test_fix_writes_the_proved_mends(unrolled, formulas, page_of):
    page = unrolled.write("page.md")
    done = unrolled("check", "page.md", "--fix")
    assert done.returncode == 0 and done.stdout.endswith("page.md: 5 claims: 2 holds, 3 definition\n")
    assert done.stderr == "unrolled check: page.md: 2 mends written (at lines 7, 9)\n"
    mended = (
        *formulas[:3],
        formulas[3].replace(r"y_t - \hat{y}_t", r"\hat{y}_t - y_t"),
        formulas[4].replace("{t-1}", "t"),
    )
    assert page.read_text(encoding="utf-8") == page_of(*mended)
    assert sorted(path.name for path in unrolled.folder.iterdir()) == ["page.md"]
    done = unrolled("check", "page.md", "--fix")
    assert done.returncode == 0 and done.stderr == ""


def test_diff_shows_them_and_writes_nothing(unrolled):
    page = unrolled.write("deep/page.md")
    before = page.read_text(encoding="utf-8")
    done = unrolled("check", "deep", "--diff")
    assert done.returncode == 1 and page.read_text(encoding="utf-8") == before
    assert done.stdout.startswith("--- deep/page.md\n+++ deep/page.md\n@@ ")
    assert len(re.findall(r"^[-+]\$\$", done.stdout, re.M)) == 4
    (unrolled.folder / "change").write_text(done.stdout, encoding="utf-8")
    patched = subprocess.run(["patch", "-p0", "-i", "change"], cwd=unrolled.folder, capture_output=True, check=False)
    assert patched.returncode == 0
    assert unrolled("check", "deep").returncode == 0
    done = unrolled("check", "-", "--diff", text=before)
    assert done.returncode == 1 and done.stdout.startswith("--- -\n+++ -\n")


ASSUMED = r"\frac{\partial L(t)}{\partial w_{ya}} = (1-y(t)) a(t)"


def test_a_mend_under_an_assumption_is_not_made_unasked(unrolled, page_of):
    page = unrolled.write("page.md", page_of(ASSUMED))
    before = page.read_text(encoding="utf-8")
    done = unrolled("check", "page.md", "--legend", "hello", "--fix")
    assert done.returncode == 1 and page.read_text(encoding="utf-8") == before
    assert "= the mend holds under target-unit" in done.stdout
    done = unrolled("check", "page.md", "--legend", "hello", "--fix", "--unsafe-fixes")
    assert done.returncode == 0 and page.read_text(encoding="utf-8") == before.replace("(1-y(t))", "(y(t) - 1)")


def test_what_is_silenced_is_not_mended(unrolled, formulas, page_of):
    text = page_of(*formulas[:3]) + "\n<!-- unrolled: ignore[sign] -->\n" + page_of(formulas[3])
    page = unrolled.write("page.md", text)
    assert unrolled("check", "page.md", "--fix").returncode == 0
    assert page.read_text(encoding="utf-8") == text


def interruptible():
    """What starts the tests in the background may have told their children to ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_page_that_is_saved_again_is_not_checked_to_its_end(unrolled, formulas, page_of):
    page, legend = unrolled.write("page.md"), unrolled.write("key.toml", COLUMNS)
    shown: list[Checked] = []
    watch = Watch(Checking(Settings(unrolled.folder), legend), [str(page)], shown.append)
    watched = Watched(str(page), watch.checking.legend_file(str(page)))
    watch.again(watched)
    assert not shown  # it was read before it was seen: the next look sees it
    watched.seen = watched.stamp()
    watch.again(watched)
    assert [checked.status for checked in shown] == [1]

    def save(*wanted: str) -> None:
        page.write_text(page_of(*formulas[:3], *wanted), encoding="utf-8")

    watch.show = lambda checked: (shown.append(checked), save("L = 1"))
    save(formulas[3].replace("y_t - ", "y_t + "), formulas[4])
    watched.seen = watched.stamp()
    watch.again(watched)
    assert len(shown) == 2  # the claim that changed; before all of it was, the next text was there
    legend.write_text(COLUMNS + "\n", encoding="utf-8")
    assert watched.stamp() != watched.seen


def test_watch(unrolled, formulas, page_of):
    page = unrolled.write("page.md", page_of(*formulas[:4]))
    run = [sys.executable, "-m", "derive", "check", "page.md", "--watch"]
    environment = unrolled.environment(PYTHONUNBUFFERED="1")
    log = unrolled.folder / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            run, cwd=unrolled.folder, env=environment, stdout=file, stderr=file, preexec_fn=interruptible
        )
        try:

            def wait(pattern: str) -> str:
                for _ in range(600):
                    if found := re.search(pattern, log.read_text(encoding="utf-8"), re.S):
                        return found[0]
                    time.sleep(0.1)
                raise AssertionError(log.read_text(encoding="utf-8"))

            wait(r"error\[sign\].*page\.md: checked in \d+ ms")
            page.write_text(
                page_of(*formulas[:3], formulas[3].replace(r"y_t - \hat{y}_t", r"\hat{y}_t - y_t")), "utf-8"
            )
            wait(r"4 claims: 1 holds, 3 definition\npage\.md: checked in \d+ ms")
            page.write_text("$$h_t = ", encoding="utf-8")
            wait(r"unrolled check: page\.md: line 1: the display")
        finally:
            process.send_signal(signal.SIGINT)
            try:
                assert process.wait(30) == 128 + signal.SIGINT
            finally:
                process.kill()
    assert log.read_text(encoding="utf-8").endswith("unrolled check: interrupted\n")
    assert os.listdir(unrolled.folder).count("page.md") == 1
