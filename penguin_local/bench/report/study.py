"""A study as one HTML file that needs nothing else: `render_study(findings, source)`."""

from __future__ import annotations

import os

from penguin_local import __version__, paths
from penguin_local.bench.results import UsedModel
from penguin_local.bench.studies.catalogue import DESIGNS
from penguin_local.bench.studies.findings import Findings, Source


def render_study(findings: Findings, source: Source, *, command: str = "") -> str:
    """One self-contained HTML file, in the manner of a run's report; the same values give the same text."""
    os.environ.setdefault("MPLCONFIGDIR", str(paths.user_data() / "matplotlib"))
    from markupsafe import Markup

    from penguin_local.bench.report.page import environment, text
    from penguin_local.bench.report.study_charts import draw

    drawn = [(chart, draw(chart, key=f"figure-{n}")) for n, chart in enumerate(findings.charts, 1)]
    return (
        environment()
        .get_template("study.html.j2")
        .render(
            findings=findings,
            design=DESIGNS[findings.study],
            source=source,
            tiny=_tiny(source),
            self_judged=source.model.sha256 == source.judge.sha256,
            figures=[(chart.title, figure) for chart, figure in drawn if figure is not None],
            command=command,
            css=Markup(text("report.css")),
            version=__version__,
        )
    )


def _tiny(source: Source) -> tuple[UsedModel, ...]:
    return tuple(model for model in (source.model, source.judge) if model.demonstration)
