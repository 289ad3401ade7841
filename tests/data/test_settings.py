"""What a process is given by its environment is what it reads from it."""

import dataclasses
from pathlib import Path

import pytest

from data.model import Service
from data.settings import Settings

USUAL = Settings(None, None, None, None, retention_days=30)


def _settings(folder: Path) -> Settings:
    """Make settings of which none is the usual one."""
    return Settings(
        holdings=str(folder / "holdings.sqlite"),
        partner=str(folder / "partner"),
        public=str(folder / "public"),
        access=str(folder / "access.sqlite"),
        retention_days=31,
        names_days=366,
        service=Service.STEWARD,
        origin="https://sima.example.np",
        secrets=str(folder / "secrets.toml"),
        project=str(folder / "project"),
        idle_minutes=29,
        session_hours=11,
    )


def test_a_process_reads_every_setting_that_was_written_for_it(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    for field in dataclasses.fields(Settings):
        assert getattr(settings, field.name) != getattr(USUAL, field.name), field.name
    assert Settings.from_environment(settings.as_environment()) == settings


@pytest.mark.parametrize("service", list(Service))
def test_a_service_reads_what_it_was_given(service: Service, tmp_path: Path) -> None:
    settings = _settings(tmp_path).for_service(service)
    assert settings.names_days == 366
    assert Settings.from_environment(settings.as_environment()) == settings
