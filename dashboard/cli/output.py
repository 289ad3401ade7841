"""Shared output of the commands: errors, findings in words, JSON."""

import json
import os
from collections.abc import Sequence
from typing import Any

import click

from data.model import Finding, Severity, SimaError
from data.reference import findings
from data.reference.gazetteer import Gazetteer
from data.settings import Settings


class Cli(click.Group):
    """A group of commands that print our own errors as one sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click's
        """Run the command; exit with code 2 on our own errors."""
        try:
            return super().invoke(ctx)
        except SimaError as wrong:
            click.echo(f"sima: {wrong}", err=True)
            ctx.exit(2)


def settings() -> Settings:
    """Read the settings from the environment."""
    return Settings.from_environment(os.environ)


def echo(message: str) -> None:
    """Print a message to standard error, beside the result."""
    click.echo(message, err=True)


def as_json(value: object) -> None:
    """Print one JSON document to standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain values, with its sentences in both languages."""
    return {
        "kind": finding.kind,
        "severity": finding.severity.value,
        "where": finding.where,
        "message": {lang: findings.finding_sentence(finding, lang) for lang in ("en", "ne")},
        "remedy": {lang: findings.finding_remedy(finding, lang) for lang in ("en", "ne")},
        "suggestions": list(finding.suggestions),
    }


def print_findings(found: Sequence[Finding], gazetteer: Gazetteer, *, most: int = 40) -> None:
    """Print findings for a person: errors, questions, notices, each in the file's order.

    The gazetteer names what is suggested; it is the one that the findings were made with.
    """
    marks = {Severity.ERROR: "✗", Severity.QUESTION: "?", Severity.NOTICE: "·"}
    order = list(marks)
    for finding in sorted(found, key=lambda each: order.index(each.severity))[:most]:
        known = finding.where in gazetteer.units.index
        place = f"{finding.where} {gazetteer.name(finding.where, 'en')}" if known else finding.where
        click.echo(f"{marks[finding.severity]} {place}: {findings.finding_sentence(finding, 'en')}")
        click.echo(f"    {findings.finding_remedy(finding, 'en')}")
        for code in finding.suggestions:
            click.echo(f"    {code}  {gazetteer.name(code, 'en')}")
    if len(found) > most:
        click.echo(f"… and {len(found) - most} more; --json lists all")
