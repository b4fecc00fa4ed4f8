"""What all tests share: the browser test runs in a real browser, or says loudly why it does not."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# A machine that is shared sets no deadline. HYPOTHESIS_PROFILE=deep looks longer.
settings.register_profile("everyday", max_examples=40, deadline=None)
settings.register_profile("deep", max_examples=400, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "everyday"))

_BROWSER_TESTS = Path(__file__).parent / "browser"
_LEFT_OUT = os.environ.get("TRANSPLANT_CDS_NO_BROWSER") == "1"


@pytest.fixture(scope="module", autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a file's services keep what they keep; never among the developer's own files.

    What one file's services are still writing is nothing to those of the next.
    """
    folder = tmp_path_factory.mktemp("state")
    os.environ["XDG_STATE_HOME"] = str(folder)
    return folder


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the browser tests, and leave them out where the developer asked for it."""
    in_browser = [item for item in items if item.path.is_relative_to(_BROWSER_TESTS)]
    for item in in_browser:
        item.add_marker("browser")
    if in_browser and _LEFT_OUT:
        config.hook.pytest_deselected(items=in_browser)
        items[:] = [item for item in items if item not in in_browser]


def pytest_report_header() -> str | None:
    """Say it at the top where a part of the suite was left out by choice."""
    return "TRANSPLANT_CDS_NO_BROWSER=1: without the browser tests" if _LEFT_OUT else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail, rather than skip, a browser test that has no browser."""
    if item.get_closest_marker("browser") is None:
        return
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing:
        pytest.fail(
            f"{' and '.join(missing)} not found: install Debian's packages chromium and "
            "chromium-driver, or leave this out with TRANSPLANT_CDS_NO_BROWSER=1",
            pytrace=False,
        )
