"""The way of a figure: stage, confirm, request, approve, withdraw; one transaction each.

The only module that reads holdings and writes releases. Stewards' pages and the command line call
it; a viewer's page cannot reach it.
"""

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from data import derived, findings, rules, spreadsheet
from data.accounts import Accounts
from data.disclosure import suppress, table
from data.disclosure.table import KEY, Places
from data.gazetteer import Alias, Gazetteer
from data.holdings import KEY as RECORD_KEY
from data.holdings import SIGN_COLUMNS, BatchInfo, Holdings
from data.indicators import Policy, load_indicators, load_policy
from data.model import (
    AdminLevel,
    Audience,
    Finding,
    Indicator,
    IndicatorClass,
    PeriodKind,
    Role,
    SimaError,
    Status,
)
from data.release_writer import ReleaseContent, ReleaseWriter
from data.rules import Checked
from data.settings import Settings
from data.spreadsheet import Reading

# Why a stored figure is corrected; a code, because a sentence can name a person.
REASONS = ("late-report", "counting-error", "wrong-place", "wrong-period", "double-count")
PUBLIC_DECIMALS = 2  # of a booth's position, about a kilometre
MAY_ASK = frozenset({Role.STEWARD, Role.APPROVER})
MAY_APPROVE = frozenset({Role.APPROVER, Role.STEWARD})


@dataclass(frozen=True, slots=True)
class Staged:
    """What an upload would do; nothing of it is stored.

    ``difference`` lists figures that would change: `RECORD_KEY`, ``before``, ``after``.
    """

    reading: Reading
    checked: Checked
    difference: pd.DataFrame
    new_figures: int
    known_batch: int | None
    synthetic: bool | None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found, in the order of the file."""
        return self.checked.findings

    @property
    def ok(self) -> bool:
        """Whether it can be stored."""
        return self.checked.ok

    @property
    def needs_reason(self) -> bool:
        """Whether figures that are held would change, which needs a reason."""
        return not self.difference.empty


@dataclass(frozen=True, slots=True)
class Preview:
    """What a release would change for its readers, seen before anybody decides.

    ``levels``: index admin level, columns ``published``, ``suppressed``, ``not_reported``,
    ``not_applicable``. ``new_periods``: codes that an indicator has for the first time.
    ``waiting``: corrections to periods already released, which wait for the yearly restatement.
    """

    levels: pd.DataFrame
    new_periods: tuple[str, ...]
    waiting: int
    content: ReleaseContent


class Sima:
    """The stores of one programme, and what may be done with them."""

    def __init__(self, settings: Settings, *, today: date | None = None) -> None:
        """Take the settings; ``today`` is set by tests only."""
        self._settings = settings
        self._today = today

    @property
    def today(self) -> date:
        """Day of the decision, in Nepal's time."""
        return self._today or (datetime.now(UTC) + timedelta(hours=5, minutes=45)).date()

    @property
    def holdings(self) -> Holdings:
        """The confidential store."""
        if self._settings.holdings is None:
            raise SimaError("This process was not given the holdings.")
        return Holdings.open(self._settings.holdings)

    @property
    def accounts(self) -> Accounts:
        """The access store."""
        if self._settings.access is None:
            raise SimaError("This process was not given the accounts.")
        return Accounts.open(self._settings.access)

    def writer(self, audience: Audience) -> ReleaseWriter:
        """Open an audience's release store for writing."""
        return ReleaseWriter(self._settings.releases(audience), audience)

    # ---- upload

    def stage(
        self,
        content: bytes,
        *,
        kind: str | None = None,
        synthetic: bool | None = None,
    ) -> Staged:
        """Read and check a file and say what it would change. Nothing is stored.

        ``synthetic`` is what the uploader declares where the file itself does not say.
        """
        holdings = self.holdings
        reading = spreadsheet.read(content, kind=kind)
        gazetteer = Gazetteer.load().with_aliases(holdings.aliases())
        known = holdings.current_records()
        checked = rules.check(
            reading,
            gazetteer=gazetteer,
            indicators=load_indicators(),
            known=known,
            today=self.today,
        )
        declared = reading.synthetic if reading.synthetic is not None else synthetic
        more = []
        if declared is not None and declared != holdings.synthetic:
            words = {True: "synthetic", False: "real"}
            more.append(
                findings.find(
                    "file-declared-otherwise",
                    "file",
                    declared=words[declared],
                    held=words[holdings.synthetic],
                ),
            )
        batch = holdings.batch_with(_content_hash(checked))
        changed, new = _difference(checked.records, known)
        signs = _new_signs(checked.signs, holdings.current_signs())
        nothing_new = not new and changed.empty and signs.empty
        if checked.ok and nothing_new and (len(checked.records) or len(checked.signs)):
            more.append(findings.find("file-known", "file"))
            batch = batch or holdings.last_batch()
        checked = Checked(checked.records, checked.signs, (*checked.findings, *more))
        return Staged(
            reading, checked, changed, new + len(signs), batch if nothing_new else None, declared
        )

    def choose(self, kind: str, text: str, *, code: str, district_code: str, by: str) -> None:
        """Remember what a spelling means; SimaError for a code we do not hold."""
        self._may(by, MAY_ASK)
        gazetteer = Gazetteer.load()
        known = gazetteer.sites.index if kind == "site" else gazetteer.units.index
        if code not in known:
            raise SimaError(f"There is no {kind} with the code {code}.")
        self.holdings.add_alias(Alias(kind, text, district_code, code), by=by)

    def choose_at(self, staged: Staged, where: str, *, code: str, by: str) -> None:
        """Remember what the place in a cell means; SimaError where nothing is asked there."""
        finding = next((f for f in staged.findings if f.where == where and f.suggestions), None)
        if finding is None:
            raise SimaError(f"Nothing is asked about {where}.")
        kind = finding.kind.removesuffix("-unknown")
        key = "booth" if kind == "site" else kind
        row = next(r for r in staged.reading.rows.index if staged.reading.where(r, key) == where)
        district = staged.reading.rows.at[row, "district"] if kind == "palika" else ""
        district_code = (
            Gazetteer.load().with_aliases(self.holdings.aliases()).district(str(district)).code
        )
        text = str(staged.reading.rows.at[row, key])
        self.choose(kind, text, code=code, district_code=district_code or "", by=by)

    def confirm(self, staged: Staged, *, by: str, reason: str | None = None) -> int | None:
        """Store what was staged and give its batch; None where nothing would change.

        Kept of the file is the table that was read, in plain form; not its other sheets, comments
        or properties, which may name people.

        Raises
        ------
        SimaError
            Where findings stand in the way, a reason is missing, or real and synthetic would mix.
        """
        self._may(by, MAY_ASK)
        if not staged.ok:
            raise SimaError("The file cannot be stored: there are findings to mend first.")
        if staged.known_batch is not None:
            return None
        if staged.needs_reason and reason not in REASONS:
            raise SimaError(
                f"{len(staged.difference)} stored figures would change; give a reason:"
                f" {', '.join(REASONS)}.",
            )
        if staged.synthetic is None:
            raise SimaError("The file does not say whether it is synthetic or real; declare it.")
        info = BatchInfo(
            str(staged.reading.kind),
            _content_hash(staged.checked),
            by,
            staged.synthetic,
            reason if staged.needs_reason else None,
        )
        until = datetime.now(UTC) + timedelta(days=self._settings.retention_days)
        return self.holdings.add_batch(
            info,
            staged.checked.records,
            staged.checked.signs,
            content=_plain_table(staged.reading),
            suffix=".csv",
            delete_after=until,
        )

    # ---- release

    def request(self, audience: Audience, *, by: str) -> int:
        """Ask for a release of everything accepted so far."""
        self._may(by, MAY_ASK)
        if self.holdings.last_batch() == 0:
            raise SimaError("There is nothing to release yet: no upload has been accepted.")
        return self.holdings.add_request(audience, by=by)

    def preview(self, request_id: int) -> Preview:
        """Make the release of a request without publishing it, and say what it changes."""
        request = self.holdings.request(request_id)
        audience = Audience(request["audience"])
        return self._make(audience, last_batch=int(request["last_batch"]))

    def approve(self, request_id: int, *, by: str, preview: Preview | None = None) -> int:
        """Publish what was asked for; give the release's number.

        ``preview`` saves making it again where it was just shown.

        Raises
        ------
        SimaError
            Where the account may not approve, asked for it itself (unless the store is synthetic),
            or somebody decided already.
        """
        self._may(by, MAY_APPROVE)
        holdings = self.holdings
        request = holdings.request(request_id)
        if request["state"] != "asked":
            raise SimaError(f"Request {request_id} is decided already.")
        if request["asked_by"] == by and not holdings.synthetic:
            raise SimaError("Somebody else must approve what you asked for.")
        made = preview or self.preview(request_id)
        writer = self.writer(Audience(request["audience"]))
        # One release for one request: a second approval, or one after a crash, finds the first.
        number = writer.publish(made.content, request_id=request_id)
        holdings.decide(request_id, by=by, state="approved", release_number=number)
        return number

    def decline(self, request_id: int, *, by: str) -> None:
        """Close a request without a release."""
        self._may(by, MAY_APPROVE)
        self.holdings.decide(request_id, by=by, state="declined")

    def withdraw(self, audience: Audience, number: int, *, by: str) -> int | None:
        """Withdraw a release; gives the one that is served now."""
        self._may(by, MAY_APPROVE)
        return self.writer(audience).withdraw(number)

    def purge(self) -> int:
        """Delete uploaded files that are past their time; give how many."""
        return self.holdings.purge_uploads(datetime.now(UTC))

    def _may(self, account: str, roles: frozenset[Role]) -> None:
        role = self.accounts.role(account)
        if role not in roles:
            allowed = ", ".join(sorted(role.value for role in roles))
            raise SimaError(f"The account {account} is a {role}; this needs one of: {allowed}.")

    def _make(self, audience: Audience, *, last_batch: int) -> Preview:
        holdings, policy, indicators = self.holdings, load_policy(), load_indicators()
        records = holdings.current_records(last_batch=last_batch)
        signs = holdings.current_signs(last_batch=last_batch)
        places = Places(holdings.units(on=self.today), holdings.sites())
        if len(signs):
            records = pd.concat([records, derived.from_signs(signs, today=self.today)])
        records = pd.concat(
            [records, derived.from_reports(records, places.sites, today=self.today)]
        )
        writer = self.writer(audience)
        released = writer.reader.releases()
        follows = released[0].number if released else 0
        frozen = _last_cells(writer, follows)
        cells, waiting = [], 0
        for indicator in indicators.values():
            if audience not in indicator.designs:
                continue
            protected, late = _protect(
                records, indicator, audience, policy, places, frozen, self.today
            )
            waiting += late
            cells.append(protected)
        if not any(len(part) for part in cells):
            raise SimaError(
                "There is nothing to release to this audience yet: no period that was reported is"
                " over and old enough."
            )
        every = pd.concat([part for part in cells if len(part)], ignore_index=True)
        content = ReleaseContent(
            cells=every,
            periods=_periods(every, indicators, audience),
            sites=_sites(places.sites, audience),
            signs=signs,
            boundaries_id=self._put_boundaries(writer, places.units),
            policy_version=policy.version,
            synthetic=holdings.synthetic,
            follows=follows,
        )
        pairs = pd.MultiIndex.from_frame(every[["indicator", "period"]])
        released_pairs = pd.MultiIndex.from_frame(frozen[["indicator", "period"]])
        new = sorted(set(every.loc[~pairs.isin(released_pairs), "period"]))
        levels = pd.crosstab(every["admin_level"], every["status"])
        levels = levels.reindex(columns=[status.value for status in Status], fill_value=0)
        return Preview(levels, tuple(new), waiting, content)

    def _put_boundaries(self, writer: ReleaseWriter, units: pd.DataFrame) -> str:
        holdings = self.holdings
        parts = [holdings.boundaries(level, on=self.today) for level in AdminLevel]
        boundaries = pd.concat([part for part in parts if len(part)])
        used = holdings.boundary_sets()
        used = used[used["boundary_set"].isin(boundaries["boundary_set"])]
        return writer.put_boundaries(units, holdings.crosswalk(), used, boundaries)


def _content_hash(checked: Checked) -> str:
    """Name what a file says, whatever its form: the same figures saved anew are the same."""
    digest = hashlib.sha256()
    for frame in (checked.records, checked.signs):
        plain = frame.drop(columns="where").astype(str)
        digest.update(plain.sort_values(list(plain.columns)).to_csv(index=False).encode())
    return digest.hexdigest()


def _difference(records: pd.DataFrame, known: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Compare with what is held: figures that would change, and how many would be new."""
    held = known.set_index(RECORD_KEY)["value"]
    state = known.set_index(RECORD_KEY)["state"]
    keys = pd.MultiIndex.from_frame(records[RECORD_KEY])
    there = keys.isin(held.index)
    before = pd.Series(held.reindex(keys).to_numpy(), index=records.index, dtype="Int64")
    was = pd.Series(state.reindex(keys).to_numpy(), index=records.index)
    same = (before == records["value"]).fillna(value=False) | (
        before.isna() & records["value"].isna()
    )
    changed = there & ~(same & (was == records["state"]))
    table = records.loc[changed, RECORD_KEY].assign(
        before=before[changed],
        after=records.loc[changed, "value"],
    )
    return table.reset_index(drop=True), int((~there).sum())


def _new_signs(signs: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Signs that are not held in the same form."""
    held = {tuple(map(str, row)) for row in known[SIGN_COLUMNS].itertuples(index=False)}
    rows = signs[SIGN_COLUMNS].itertuples(index=False)
    return signs[[tuple(map(str, row)) not in held for row in rows]]


def _plain_table(reading: Reading) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(reading.rows.columns)
    writer.writerows(
        ["" if v is None else v for v in row] for row in reading.rows.itertuples(index=False)
    )
    return text.getvalue().encode()


def _last_cells(writer: ReleaseWriter, number: int) -> pd.DataFrame:
    """Cells of the newest release, withdrawn or not: what was seen stays seen."""
    if not number:
        names = [*KEY, "indicator", "admin_level", "parent_code", "status", "value", "value_class"]
        return pd.DataFrame(columns=names).astype({"value": "Int64"})
    return writer.reader.cells(number)


def _protect(
    records: pd.DataFrame,
    indicator: Indicator,
    audience: Audience,
    policy: Policy,
    places: Places,
    frozen: pd.DataFrame,
    today: date,
) -> tuple[pd.DataFrame, int]:
    """Cells of one indicator as they may be released, and how many corrections wait."""
    design = indicator.designs[audience]
    built = table.build(records, indicator, design=design, places=places, today=today)
    names = [*table.CELL_COLUMNS, "value_class"]
    before = frozen.loc[frozen["indicator"] == indicator.code, names]
    hide_silence = (
        audience is Audience.PUBLIC and indicator.indicator_class is IndicatorClass.AT_RISK
    )
    protected = suppress.protect(
        built,
        indicator,
        design=design,
        min_count=policy.threshold(audience, indicator.indicator_class),
        hide_silence=hide_silence,
        frozen=before,
    )
    released = suppress.as_released(
        protected,
        indicator,
        design=design,
        class_of=policy.value_class,
        frozen=before,
    )
    shown = before[before["status"].eq(Status.PUBLISHED.value) & before["value"].notna()]
    both = shown.merge(built, on=KEY, suffixes=("", "_now"))
    late = int((both["value"] != both["value_now"]).fillna(value=True).sum())
    columns = ["indicator", *table.CELL_COLUMNS, "value_class"]
    return released.assign(indicator=indicator.code)[columns], late


def _periods(
    cells: pd.DataFrame, indicators: Mapping[str, Indicator], audience: Audience
) -> pd.DataFrame:
    used = cells.groupby("period")["indicator"].unique()
    kinds: dict[str, frozenset[PeriodKind]] = {
        str(code): frozenset[PeriodKind]().union(
            *(indicators[i].designs[audience].period_kinds for i in names)
        )
        for code, names in used.items()
    }
    return table.design_periods(cells["period"], kinds)


def _sites(sites: pd.DataFrame, audience: Audience) -> pd.DataFrame:
    if audience is Audience.PARTNER:
        return sites
    rounded = sites[["lon", "lat"]].round(PUBLIC_DECIMALS)
    return sites.assign(**rounded, opened="", closed="")
