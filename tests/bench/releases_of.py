"""Make releases with the code of one folder, and print what they cost as JSON.

``python releases_of.py ROOT [COUNTRY]``: with the demonstration, or with the files of a country
(``sites.csv``, ``booths.csv``, ``groups.csv``, ``signs.csv`` and of a later quarter
``groups-next.csv``). It runs with earlier versions too, so it uses only what they have.
"""

import inspect
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT, COUNTRY = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
sys.path.insert(0, ROOT)
os.chdir(ROOT)

import data  # noqa: E402

assert data.__path__[0] == f"{ROOT}/data", "the code of the folder, and not what is installed"

from data import demo, setup  # noqa: E402

try:
    from data.reference.gazetteer import Gazetteer
except ImportError:
    from data.gazetteer import Gazetteer
from data.model import Audience  # noqa: E402
from data.pipeline import Sima  # noqa: E402
from data.settings import Settings  # noqa: E402

BY = "demo-steward"
KINDS = {"booths": "booth-month", "groups": "groups", "signs": "committee-signs"}


def peak_mb() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1_024


def store(sima: Sima, name: str) -> None:
    content = Path(COUNTRY, f"{name}.csv").read_bytes()
    options = {"kind": KINDS[name.split("-", maxsplit=1)[0]], "synthetic": True}
    known = inspect.signature(sima.stage).parameters
    sima.confirm(sima.stage(content, **{k: v for k, v in options.items() if k in known}), by=BY)


def both(sima: Sima) -> dict[str, float]:
    """Make a release for each audience; return the seconds of processor for each."""
    why = {"why": "planned"} if "why" in inspect.signature(sima.approve).parameters else {}
    taken = {}
    for audience in Audience:
        begin = time.process_time()
        sima.approve(sima.request(audience, by=BY), by="demo-approver", **why)
        taken[audience.value] = time.process_time() - begin
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SIMA_VAR"] = folder
        settings = Settings.from_environment(dict(os.environ))
        setup.make_stores(settings, synthetic=True, progress=lambda _m: None)
        sima = Sima(settings)
        for name, (role, places) in setup.DEMO_ACCOUNTS.items():
            sima.accounts.add(name, role, places)
        if COUNTRY is None:
            for file in demo.files(Gazetteer.load()):
                sima.confirm(sima.stage(file.content), by=BY)
        else:
            sima.add_sites(Path(COUNTRY, "sites.csv").read_bytes(), name="sites.csv", by=BY)
            for name in KINDS:
                store(sima, name)
        print(json.dumps({"first": both(sima), "mb": peak_mb()}), flush=True)
        if COUNTRY is not None:
            store(sima, "groups-next")
            print(json.dumps({"next": both(sima), "mb": peak_mb()}), flush=True)


main()
