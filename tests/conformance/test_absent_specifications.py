"""What happens on a machine that lacks the official specifications?"""

import subprocess
import sys

import pytest

QUICK_TEST = "tests/conformance/test_swagger.py::test_an_identifier_is_one_segment_of_the_path"


def run_without_specifications(root: str, ci: str) -> str:
    """The output of a test that needs them, run where they are not."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        QUICK_TEST,
        "--tmf-specs=no/such/folder",
        "-rs",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run(command, cwd=root, env={"CI": ci}, capture_output=True, text=True, check=False).stdout


def test_elsewhere_it_skips_with_the_reason_and_the_remedy(pytestconfig: pytest.Config) -> None:
    said = run_without_specifications(str(pytestconfig.rootpath), ci="")
    assert "1 skipped" in said
    assert "no/such/folder" in said
    assert "--tmf-specs=FOLDER" in said


def test_in_ci_it_fails(pytestconfig: pytest.Config) -> None:
    assert "1 error" in run_without_specifications(str(pytestconfig.rootpath), ci="true")
