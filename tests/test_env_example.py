"""Holds `.env.example` to the settings that there are."""

from pathlib import Path

from dotenv import dotenv_values

from service.settings import Settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"
PREFIX = "TRANSPLANT_CDS_"


def test_every_setting_is_in_the_example() -> None:
    """Each setting stands there once, and nothing else does."""
    names = [
        line.partition("=")[0]
        for line in EXAMPLE.read_text().splitlines()
        if line and not line.startswith("#")
    ]

    assert sorted(f"{PREFIX}{name.upper()}" for name in Settings.model_fields) == sorted(names)


def test_the_example_changes_nothing() -> None:
    """A copy of the example gives the defaults."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    written = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in dotenv_values(EXAMPLE).items()
        if value
    }

    assert defaults == Settings.model_validate(defaults | written).model_dump()
