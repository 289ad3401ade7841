"""The steps from an uploaded file to a release: stage, confirm, request, approve, withdraw.

Each step is one transaction. A release is made in three: its inputs are read once, it is built of
them, and what was approved is written. Stewards' pages and the command line call this module; a
viewer's page cannot reach it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog, Event, EventKind
from data.disclosure.withheld_figures import Withheld
from data.holdings import BatchInfo, Holdings
from data.intake import staging
from data.intake.staging import Staged
from data.model import Audience, PeriodKind, Role, SimaError
from data.projects.check import require_sound
from data.projects.desk import ProjectDesk
from data.reference import calendar, organisations
from data.reference.gazetteer import Alias, Gazetteer
from data.reference.policy import list_weakened, load_policy, load_protection
from data.reference.project_files import pinned, project_files
from data.release_making import build, choosing, inputs, offers
from data.release_making.build import Preview
from data.release_making.certificate_check import check_release_certificate
from data.release_making.progress import Progress, Report, Step
from data.release_making.release_choice import Choice
from data.release_making.withdrawal import NamedFigure, Withdrawer
from data.release_making.writer import MEANWHILE, ReleaseWriter
from data.settings import Settings

# Why a stored figure is corrected; a code, because a sentence can name a person.
REASONS = ("late-report", "counting-error", "wrong-place", "wrong-period", "double-count")
# Why a release is approved, or declined; each of these is also a reason to withdraw it.
WHY_APPROVED = ("planned", "needed_soon")
WHY_DECLINED = ("figures_wrong", "not_complete", "shows_too_much", "asked_by_mistake")
WHY = (*WHY_APPROVED, *WHY_DECLINED)
MEANWHILE_WITHDRAWN = (
    "A release was withdrawn meanwhile, and figures were named that must not be shown again. Review"
    " this one again, then approve it."
)
MAY_ASK = frozenset({Role.STEWARD, Role.APPROVER})
MAY_APPROVE = frozenset({Role.APPROVER, Role.STEWARD})
MAY_LOWER = frozenset({Role.APPROVER})  # the protection of a policy


class Sima:
    """The stores of one programme, and what may be done with them."""

    def __init__(self, settings: Settings, *, today: date | None = None) -> None:
        """Keep the settings; ``today`` is set by tests only."""
        self._settings = settings
        self._today = today

    @property
    def today(self) -> date:
        """Today's date in Nepal (UTC+5:45)."""
        return self._today or (datetime.now(UTC) + timedelta(hours=5, minutes=45)).date()

    @property
    def holdings(self) -> Holdings:
        """The confidential store.

        Raises
        ------
        SimaError
            If no address of the holdings is set, or they cannot be opened.
        """
        if self._settings.holdings is None:
            raise SimaError("SIMA_HOLDINGS is not set for this process.")
        return Holdings.open(self._settings.holdings)

    @property
    def accounts(self) -> Accounts:
        """The access store.

        Raises
        ------
        SimaError
            If no address of the accounts is set, or they cannot be opened.
        """
        if self._settings.access is None:
            raise SimaError("SIMA_ACCESS is not set for this process.")
        return Accounts.open(self._settings.access)

    def writer(self, audience: Audience) -> ReleaseWriter:
        """Open an audience's release store for writing."""
        return ReleaseWriter(self._settings.releases(audience), audience)

    @property
    def gazetteer(self) -> Gazetteer:
        """All units, the programme's own booths, and the spellings that somebody decided about."""
        return staging.gazetteer_of(self.holdings, today=self.today)

    # ---- the project

    @property
    def project(self) -> ProjectDesk:
        """Where booths, organisations, places and indicators are changed."""
        folder = Path(self._settings.project)
        return ProjectDesk(self.holdings, self.accounts, folder, lambda: self.gazetteer)

    def add_sites(self, content: bytes, *, name: str, by: str, dry_run: bool = False) -> list[str]:
        """Add the booths of a CSV file, all or none, and return the codes of the new ones.

        Parameters
        ----------
        content, name
            The file and what it is called, see `data.projects.site_list.read_site_list`.
        dry_run
            Whether to check only.

        Raises
        ------
        SimaError
            If a line is wrong, or a booth that is known has other facts than the file says.
        """
        change = self.project.new_sites(content, name=name)
        if dry_run:
            self._may(by, MAY_ASK)
        else:
            self.project.make(change, by=by)
        return list(change.codes)

    def close_site(self, code: str, *, on: date, by: str) -> None:
        """Close a booth on a day; for later months it owes no report.

        Raises
        ------
        SimaError
            If there is no such booth, it opened later, or it reported for a later month.
        """
        self.project.make(self.project.closing(code, on=on), by=by)

    # ---- upload

    def stage(
        self,
        content: bytes,
        *,
        kind: str | None = None,
        synthetic: bool | None = None,
    ) -> Staged:
        """Read and check a file, and return what it would change. Nothing is stored.

        ``synthetic`` is what the uploader declares if the file itself does not say.
        """
        return staging.stage(
            content,
            holdings=self.holdings,
            released=lambda: inputs.frozen_periods(self.holdings, self._readers()),
            today=self.today,
            kind=kind,
            synthetic=synthetic,
        )

    def choose(self, kind: str, text: str, *, code: str, district_code: str, by: str) -> None:
        """Remember which unit or booth a spelling means; SimaError if the code is unknown."""
        self._may(by, MAY_ASK)
        gazetteer = self.gazetteer
        known = gazetteer.sites.index if kind == "site" else gazetteer.units.index
        if code not in known:
            raise SimaError(f"There is no {kind} with the code {code}.")
        self.holdings.add_alias(Alias(kind, text, district_code, code), by=by)

    def choose_at(self, staged: Staged, where: str, *, code: str, by: str) -> None:
        """Answer the question about a place in a cell; SimaError if there is no question there."""
        finding = next((f for f in staged.findings if f.where == where and f.suggestions), None)
        if finding is None:
            raise SimaError(f"There is no question about {where}.")
        kind = finding.kind.removesuffix("-unknown")
        key = "booth" if kind == "site" else kind
        row = next(r for r in staged.reading.rows.index if staged.reading.where(r, key) == where)
        district = staged.reading.rows.at[row, "district"] if kind == "palika" else ""
        district_code = self.gazetteer.district(str(district)).code
        text = str(staged.reading.rows.at[row, key])
        self.choose(kind, text, code=code, district_code=district_code or "", by=by)

    def confirm(self, staged: Staged, *, by: str, reason: str | None = None) -> int | None:
        """Store what was staged, and return the number of its batch; None if nothing would change.

        Of the file only the table that was read is kept, in plain form. Its other sheets, comments
        and properties are not kept, because they may name people.

        Raises
        ------
        SimaError
            If there are findings to mend, a reason is missing, or real and synthetic data would
            mix.
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
            staged.content_hash,
            by,
            staged.synthetic,
            reason if staged.needs_reason else None,
            staged.reading.organisation or None,
        )
        until = datetime.now(UTC) + timedelta(days=self._settings.retention_days)
        return self.holdings.add_batch(
            info,
            staged.checked.records,
            staged.checked.signs,
            content=staged.plain_table(),
            suffix=".csv",
            delete_after=until,
        )

    # ---- release

    def request(self, audience: Audience, *, by: str, restates: str | None = None) -> int:
        """Ask for a release of everything accepted so far, and return the request's number.

        ``restates`` is the code of a year to be published again, with its corrections.

        Raises
        ------
        SimaError
            If nothing was accepted yet, the project has a fault, or ``restates`` is not a year that
            was released.
        """
        self._may(by, MAY_ASK)
        require_sound(project_files())
        if self.holdings.last_batch() == 0:
            raise SimaError("There is nothing to release yet: no upload has been accepted.")
        if restates is not None:
            self._require_year(audience, restates)
        number = self.holdings.add_request(audience, by=by, restates=restates)
        self._note(EventKind.RELEASE_REQUESTED, by, audience, number)
        return number

    def _require_year(self, audience: Audience, code: str) -> None:
        try:
            year = calendar.parse_period(code)
        except ValueError as wrong:
            raise SimaError(
                f"{code} is not a period. A year is written ad-2022 or bs-2079."
            ) from wrong
        if year.kind is not PeriodKind.YEAR:
            raise SimaError(
                f"Only whole years can be restated, such as ad-2022 or bs-2079; not {code}."
            )
        if year.end >= self.today:
            raise SimaError(f"{code} is not over yet. A year can be restated after its end.")
        made = inputs.newest_certificate(self.holdings, self.writer(audience).reader)
        inside = [] if made is None else [p for p in made.published["period"] if p.startswith(code)]
        if not inside:
            raise SimaError(f"No figures of {code} have been released to this audience yet.")

    def preview(self, request_id: int, report: Report | None = None) -> Preview:
        """Make the release of a request without publishing it, and return what it changes.

        Its boundaries are stored already, because the page of the preview draws a map of them.
        ``report`` is told how far it is. Until `Step.MAPS` nothing is written.
        """
        progress = Progress(report)
        progress.at(Step.READING)
        with pinned():  # an edit of the project's files meanwhile is for the next release
            policy = load_policy()
            read = inputs.read_inputs(
                request_id, today=self.today, holdings=self.holdings, readers=self._readers()
            )
            read = replace(read, consents=tuple(self._approvers(read.consents)))
            made = build.build_release(read, policy, report)
            if made.exposures:
                progress.at(Step.OFFERING)
                made = replace(made, offers=offers.find_offers(read, made, policy))
        progress.at(Step.MAPS)
        self.writer(read.audience).put_boundaries(read.boundaries)
        return made

    def adjust(
        self,
        request_id: int,
        *,
        by: str,
        wait: Sequence[NamedFigure] = (),
        hide: Sequence[NamedFigure] = (),
    ) -> Choice:
        """Choose what waits and what is hidden in the release of a request.

        It takes the place of an earlier choice; see `Chooser.choose`.
        """
        self._may(by, MAY_ASK)
        read = inputs.read_inputs(
            request_id, today=self.today, holdings=self.holdings, readers=self._readers()
        )
        log = AuditLog(self.accounts.engine)
        relations = load_policy().relations
        return choosing.Chooser(read, self.holdings, log, relations).choose(
            by=by, wait=wait, hide=hide
        )

    def _readers(self) -> inputs.Readers:
        return {audience: self.writer(audience).reader for audience in Audience}

    def newly_in(self, request_id: int) -> pd.DataFrame:
        """Return whose uploads came in since the audience's last release.

        Columns as `data.reference.organisations.brought`.
        """
        holdings = self.holdings
        request, every = holdings.request(request_id), holdings.requests()
        made = every[every["audience"].eq(request["audience"]) & every["state"].eq("approved")]
        earlier = made.loc[made["request_id"].lt(request_id), "last_batch"]
        after = int(earlier.max()) if len(earlier) else 0
        return organisations.count_uploads(
            holdings.batches(), after=after, upto=int(request["last_batch"])
        )

    def approve(
        self,
        request_id: int,
        *,
        by: str,
        preview: Preview | None = None,
        why: str = "",
        report: Report | None = None,
    ) -> int:
        """Publish the release of a request, and return the release's number.

        ``preview`` is the preview that was just shown; without it a new one is made, and
        ``report`` is told how far it is. ``why`` is one of `WHY_APPROVED`, or empty.

        Raises
        ------
        SimaError
            If the account may not approve, made the request itself (allowed in a synthetic store),
            the request was already decided, the audit fails, or another release was made
            meanwhile.
        """
        self.require_approval(request_id, by=by, why=why)
        holdings = self.holdings
        audience = Audience(holdings.request(request_id)["audience"])
        writer = self.writer(audience)
        # A request has one release: a second approval, or one after a crash, finds the first.
        number = writer.published(request_id)
        if number is None:
            made = preview or self.preview(request_id, report)
            if made.exposures:
                raise SimaError(_blocked(made, request_id))
            holdings.project.note_files(project_files())
            holdings.put_certificate(request_id, audience, made.certificate)
            with holdings.alone():
                if self.withheld(audience) != made.withheld:
                    raise SimaError(MEANWHILE_WITHDRAWN)
                choosing.require_as_chosen(holdings, request_id, made.choice)
                for other, follows in made.follows.items():
                    if other is not audience and self.writer(other).newest() != follows:
                        raise SimaError(MEANWHILE)
                number = writer.publish(made.content, request_id=request_id)
        holdings.decide(request_id, by=by, state="approved", release_number=number)
        self._note(EventKind.RELEASE_APPROVED, by, audience, number, why)
        return number

    def require_approval(self, request_id: int, *, by: str, why: str = "") -> None:
        """Refuse an approval that cannot be given, before anything is computed; see `approve`.

        Raises
        ------
        SimaError
            If the account may not approve, made the request itself (allowed in a synthetic store),
            there is no such request, or it was already decided.
        """
        holdings = self.holdings
        # In a demonstration a steward may try this step; real data needs an approver.
        self._may(by, MAY_APPROVE if holdings.synthetic else frozenset({Role.APPROVER}))
        _require_why(why, WHY_APPROVED)
        request = holdings.request(request_id)
        if request["state"] != "asked":
            raise SimaError(f"Request {request_id} has already been decided.")
        if request["asked_by"] == by and not holdings.synthetic:
            raise SimaError("Another person must approve your own request.")
        choosing.require_other_person(holdings, request_id, by)

    def check_certificate(self, audience: Audience, number: int) -> list[str]:
        """Check a release's certificate by addition alone, and return what is wrong with it."""
        return check_release_certificate(self.holdings, self._readers(), audience, number)

    def lowered(self, audience: Audience) -> list[str]:
        """Return what the policy protects less than the policy of the audience's last release."""
        made = inputs.newest_certificate(self.holdings, self.writer(audience).reader)
        if made is None:
            return []
        return list_weakened(made.protection, load_protection())

    def agree(self, *, by: str) -> list[str]:
        """Agree to a policy that protects less, and return the approvers who agreed to it."""
        self._may(by, MAY_LOWER)
        self.holdings.consent(load_protection().hash, by=by)
        self._note(EventKind.POLICY_AGREED, by)
        return self.agreed()

    def agreed(self) -> list[str]:
        """Return who agreed to the policy in force and is an approver now; nobody else counts."""
        return self._approvers(self.holdings.consents(load_protection().hash))

    def _approvers(self, names: Sequence[str]) -> list[str]:
        accounts = self.accounts.list_accounts().set_index("account")
        return [
            name
            for name in names
            if name in accounts.index
            and accounts.at[name, "role"] == Role.APPROVER
            and accounts.at[name, "state"] != "disabled"
        ]

    def decline(self, request_id: int, *, by: str, why: str = "") -> None:
        """Close a request without a release; ``why`` is one of `WHY_DECLINED`, or empty."""
        self._may(by, MAY_APPROVE)
        _require_why(why, WHY_DECLINED)
        audience = Audience(self.holdings.request(request_id)["audience"])
        self.holdings.decide(request_id, by=by, state="declined")
        self._note(EventKind.RELEASE_DECLINED, by, audience, request_id, why)

    def withdraw(
        self,
        audience: Audience,
        number: int,
        *,
        by: str,
        why: str = "",
        hide: Sequence[NamedFigure] = (),
    ) -> int | None:
        """Withdraw a release, and return the number of the one served now; None if there is none.

        ``why`` is one of `WHY`, or empty. ``hide`` names figures that later releases must not
        show again; see `Withdrawer.withdraw`.
        """
        self._may(by, MAY_APPROVE)
        _require_why(why, WHY)
        log = AuditLog(self.accounts.engine)
        withdrawer = Withdrawer(audience, self.holdings, self.writer(audience), log)
        return withdrawer.withdraw(number, by=by, why=why, hide=hide)

    def withheld(self, audience: Audience) -> Withheld:
        """Return the figures that the next release for an audience must not show."""
        return inputs.read_withheld(self.holdings, self._readers(), audience)

    def purge(self) -> int:
        """Delete the uploaded files whose retention has ended, and return how many."""
        return self.holdings.purge_uploads(datetime.now(UTC))

    def forget_names(self) -> int:
        """Remove names from old entries of the audit log, and return how many."""
        now = datetime.now(UTC)
        before = now - timedelta(days=self._settings.names_days)
        chain = AuditLog(self.accounts.engine)
        # This runs every day: no entry is written if there was nothing to remove.
        if not chain.count_named_before(before):
            return 0
        return chain.remove_names(before, "command line", now)

    def _note(
        self,
        kind: EventKind,
        by: str,
        audience: Audience | None = None,
        number: int = 0,
        why: str = "",
        place: str = "",
    ) -> None:
        """Write a decision to the audit log after it was taken."""
        said = audience.value if audience else ""
        event = Event(kind, by, said, number=number, purpose=why, place=place)
        AuditLog(self.accounts.engine).note(event, datetime.now(UTC))

    def _may(self, account: str, roles: frozenset[Role]) -> None:
        role = self.accounts.role(account)
        if role not in roles:
            allowed = ", ".join(sorted(role.value for role in roles))
            raise SimaError(
                f"The account {account} has the role {role}; this needs one of: {allowed}."
            )


def _require_why(why: str, reasons: Sequence[str]) -> None:
    if why and why not in reasons:
        raise SimaError(f"The reason must be one of {', '.join(reasons)}.")


def _blocked(made: Preview, request_id: int) -> str:
    """Return why a release is refused and what would make it pass: names of cells, no figures."""
    first = made.exposures[0]
    who = f"someone who knows {first.insider}" if first.insider else f"a {first.reader} reader"
    cells = ", ".join(dict.fromkeys(exposure.cell for exposure in made.exposures[:5]))
    message = (
        f"The audit fails for {len(made.exposures)} hidden cells, so nothing is released:"
        f" {who} could narrow {first.cell} too far. The cells: {cells}."
    )
    if made.offers:
        return (
            f"{message} It would pass if some reports waited or more figures were hidden. See:"
            f" sima approve {request_id} --by ACCOUNT --dry-run"
        )
    if first.blocked_by:
        listed = ", ".join(first.blocked_by[:5])
        return (
            f"{message} It would pass if these were hidden, but they are already public: {listed}."
            " Decline the request. When the year has ended, ask for a release that restates it."
        )
    return (
        f"{message} Hiding more does not help. Decline the request, and show this message to"
        " whoever maintains Sima: it names cells and holds no figures."
    )
