"""`desk quick`: opens, fixes, documents, bills and closes a small ticket; goes on with a half-done run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from inspect import Parameter, Signature, signature
from typing import Annotated
from uuid import uuid4

import msgspec
import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import required
from desk_deploy.cli.options import DATA, AsJson, Data
from desk_deploy.cli.output import moment, say, show_json, show_table
from desk_deploy.cli.quick.run import Run, RunFiles, changed, planned, sent_by
from desk_deploy.cli.quick.sending import send
from desk_deploy.cli.quick.steps import QuickTicket, problems

Text = str | None
NEEDED = ("client", "contact", "problem", "symptom", "done", "seen", "summary", "code")
FIELDS: Mapping[str, object] = {
    "client": Annotated[Text, typer.Option(metavar="ID", help="Client of the ticket.")],
    "contact": Annotated[Text, typer.Option(metavar="ID", help="Who called; matched with the record.")],
    "problem": Annotated[Text, typer.Option(help="The problem in one sentence.")],
    "symptom": Annotated[Text, typer.Option(metavar="CODE", help="Symptom code, e.g. vpn-drop.")],
    "device": Annotated[Text, typer.Option(metavar="ID", help="The device.")],
    "no_device": Annotated[Text, typer.Option(metavar="REASON", help="Listed reason for a ticket without device.")],
    "impact": Annotated[Text, typer.Option(help="high, medium or low (default).")],
    "urgency": Annotated[Text, typer.Option(help="high, medium (default) or low.")],
    "done": Annotated[list[str] | None, typer.Option(help="One action of the fix; may be repeated.")],
    "seen": Annotated[Text, typer.Option(help="Where it was seen to work: on-site, session or monitor.")],
    "tool": Annotated[Text, typer.Option(help="Tool of the session, e.g. screenconnect.")],
    "summary": Annotated[Text, typer.Option(help="Text for the client, in plain words.")],
    "minutes": Annotated[int | None, typer.Option(help="Minutes worked, until now.")],
    "no_time": Annotated[Text, typer.Option(metavar="REASON", help="Listed reason for no time at all.")],
    "code": Annotated[Text, typer.Option(help="Resolution code, e.g. configuration.")],
    "cause": Annotated[Text, typer.Option(help="Root cause, if known.")],
    "channel": Annotated[Text, typer.Option(help="phone (default), email, portal, chat or in-person.")],
}
"""An option for each field of `QuickTicket`; None leaves the field to its default, or to the run."""


def quick(
    go_on: Annotated[Text, typer.Option(metavar="RUN", help="Go on with a half-done run.")] = None,
    half_done: Annotated[bool, typer.Option("--half-done", help="List half-done runs.")] = False,
    drop: Annotated[Text, typer.Option(metavar="RUN", help="Forget a half-done run; its facts stay.")] = None,
    wait: Annotated[int, typer.Option(min=0, help="Seconds that a step waits for other services.")] = 30,
    data: Data = DATA,
    as_json: AsJson = False,
    **given: object,
) -> None:
    """Open, fix, document, bill and close a ticket of kind quick with one command.

    A step that is refused leaves a half-done run: correct the field and go on. Steps that are done are not repeated.
    """
    files = RunFiles(data)
    if half_done:
        _list(files, as_json=as_json)
        return
    if drop is not None:
        files.remove(files.read(drop))
        return
    fields = {name: value for name, value in given.items() if value not in (None, [])}
    run = _new(fields) if go_on is None else _gone_on(files.read(go_on), fields)
    with required(data) as desk:
        run = sent_by(run, desk.sender)
        files.write(run)
        run = send(desk, run, files.write, wait)
    _conclude(files, run, as_json=as_json)


def _with_fields(command: Callable[..., None]) -> None:
    """Give the command an option per field: typer reads the signature."""
    own = signature(command, eval_str=True).parameters.values()
    of_fields = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in FIELDS.items()
    ]
    general = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in own if one.kind is not Parameter.VAR_KEYWORD]
    command.__dict__["__signature__"] = Signature([*of_fields, *general])


_with_fields(quick)


def _new(fields: dict[str, object]) -> Run:
    missing = [f"--{name}" for name in NEEDED if name not in fields]
    if missing:
        raise Failure(f"a quick ticket needs {', '.join(missing)}: see `desk quick --help`")
    return planned(_valid(fields), datetime.now(UTC), uuid4)


def _gone_on(run: Run, fields: dict[str, object]) -> Run:
    if not fields:
        return run
    before: dict[str, object] = msgspec.to_builtins(run.ticket)
    for one, other in (("device", "no_device"), ("minutes", "no_time")):
        before |= {other: None} if one in fields else {}
        before |= {one: None} if other in fields else {}
    return changed(run, _valid({**before, **fields}), uuid4)


def _valid(fields: dict[str, object]) -> QuickTicket:
    try:
        ticket = msgspec.convert(fields, QuickTicket)
    except msgspec.ValidationError as error:
        raise Failure(f"the ticket is not valid: {error}") from error
    wrong = list(problems(ticket))
    if wrong:
        raise Failure("; ".join(wrong))
    return ticket


def _list(files: RunFiles, *, as_json: bool) -> None:
    runs = files.all()
    if as_json:
        show_json([_document(run) for run in runs])
        return
    rows = []
    for run in runs:
        halted = next((sent for sent in run.steps if sent.state != "done"), None)
        where = "" if halted is None else f"{halted.step.name}: {halted.detail or halted.state}"
        rows.append((run.id, moment(run.at), run.ticket.client, run.ticket.problem, run.subject, where))
    show_table(("run", "at", "client", "problem", "ticket", "halted at"), rows)


def _conclude(files: RunFiles, run: Run, *, as_json: bool) -> None:
    if as_json:
        show_json(_document(run))
    else:
        show_table(("step", "state", "result"), [(s.step.name, s.state, s.detail or s.code) for s in run.steps])
    if run.whole:
        files.remove(run)
        if not as_json:
            say(f"ticket {run.subject} is closed")
        return
    halted = next(sent for sent in run.steps if sent.state != "done")
    again = f"correct the field and go on with `desk quick --go-on {run.id}`"
    raise Failure(f"{halted.step.name}: {halted.detail.rstrip('.')}; {again}", halted.code)


def _document(run: Run) -> dict[str, object]:
    steps = [
        {"name": s.step.name, "service": s.step.service, "state": s.state, "code": s.code, "detail": s.detail}
        for s in run.steps
    ]
    return {"run": str(run.id), "ticket": run.subject, "whole": run.whole, "steps": steps}
