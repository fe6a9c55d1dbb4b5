"""`desk policy`: show, compare, publish and retire versions of policies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from desk.http.admin.policy_responses import PolicyChanges, PolicyList, PolicySummary, PolicyVersion
from desk.http.commands.command_answer import CommandAnswer
from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import readable, required
from desk_deploy.cli.options import DATA, AsJson, Data, ServiceName
from desk_deploy.cli.output import say, show_json, show_table

app = typer.Typer(no_args_is_help=True, help="Show, compare, publish and retire versions of policies.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the policy, e.g. matrix, routing or status-map.")]
SECOND = "DESK_TOKEN=$(desk token admin --sub NAME) desk policy publish ..."


@app.command("show")
def show(
    name: Annotated[str | None, typer.Argument(metavar="NAME")] = None,
    version: Annotated[str | None, typer.Option(help="Version. Default: the one in force.")] = None,
    service: Annotated[ServiceName | None, typer.Option(help="Ask this service. Default: the policy's owner.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """List all policies with the version in force, or show one with its content."""
    with readable(data) as desk:
        if name is not None:
            show_json(desk.read(f"/{service or _owner(name)}/policies/{name}", PolicyVersion, version=version))
            return
        answer = _listed(desk, service)
    if as_json:
        show_json(answer)
    else:
        rows = [(row.policy, row.owner, row.in_force, ", ".join(row.versions)) for row in answer]
        show_table(("policy", "owner", "in force", "versions"), rows)


@app.command("publish")
def publish(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Policy document, YAML or JSON.")],
    version: Annotated[str, typer.Option(help="New version; published versions never change.")],
    effective_from: Annotated[str | None, typer.Option(metavar="TIME", help="Start of validity. Default: now.")] = None,
    retro: Annotated[bool, typer.Option("--retro", help="Allow --effective-from in the past.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and list changes, do not publish.")] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Publish a version of a policy. Two persons are needed for matrix, gate-profile and sla-policy, and for write-back
    that permits everything: the first one drafts the version, the second one publishes it.
    """
    from desk_deploy.cli.tickets import parsed

    owner = _owner(name)
    body: dict[str, object] = {"version": version, "content": document(file), "retro": retro}
    if effective_from:
        body["effective_from"] = parsed("--effective-from", effective_from)
    with required(data) as desk:
        if dry_run:
            _changes(desk.run(f"/{owner}/policies/{name}/changes", PolicyChanges, body), as_json)
            return
        answer = desk.run(f"/{owner}/policies/{name}", CommandAnswer, body)
    if as_json:
        show_json(answer)
        return
    say(f"{name} {version}: {answer.status}" + ("" if answer.facts else " (no change)"))
    if (answer.status or "").startswith("drafted"):
        say(f"a second person publishes it with: {SECOND}")


@app.command("diff")
def diff(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Policy document, YAML or JSON.")],
    version: Annotated[str | None, typer.Option(help="Version. Default: the one in the document.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Compare a document with the version in force. It is checked as for publication, but not published."""
    owner, content = _owner(name), document(file)
    body = {"version": version or str(content.get("version", "next")), "content": content}
    with required(data) as desk:
        _changes(desk.run(f"/{owner}/policies/{name}/changes", PolicyChanges, body), as_json)


@app.command("retire")
def retire(
    name: Name,
    version: Annotated[str, typer.Argument(metavar="VERSION")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Retire a version. Tickets that were decided under it keep it."""
    owner = _owner(name)
    with required(data) as desk:
        answer = desk.run(f"/{owner}/policies/{name}/retire", CommandAnswer, {"version": version})
    if as_json:
        show_json(answer)
    else:
        say(f"{name} {version}: {answer.status}")


def _listed(desk: Desk, service: ServiceName | None) -> list[PolicySummary]:
    """The policies of one service; without one, each policy as its owner has it."""
    if service is not None:
        return desk.read(f"/{service}/policies", PolicyList).items
    found = [(each.value, row) for each in ServiceName for row in desk.read(f"/{each}/policies", PolicyList).items]
    return sorted((row for asked, row in found if row.owner == asked), key=lambda row: row.policy)


def _changes(answer: PolicyChanges, as_json: bool) -> None:
    if as_json:
        show_json(answer)
        return
    against = "new: nothing is in force" if answer.against is None else f"against {answer.against} in force"
    say(f"{answer.policy} {answer.version}, {against}; publishing it now: {answer.would}")
    for line in answer.changes or ["no difference"]:
        say(f"  {line}")


def document(file: Path) -> dict[str, Any]:  # Any: a YAML document, which its service checks
    """Read a document; days and times that YAML makes of unquoted text are text again. Failure states what is wrong."""
    import yaml

    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise Failure(f"{file} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Failure(f"{file} is neither YAML nor JSON: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise Failure(f"{file} is not a document: write lines of `key: value`")
    return dict(msgspec.to_builtins(found, str_keys=True))


def _owner(name: str) -> str:
    from desk.policies.owners import POLICY_OWNERS, SEVERAL, owner_of

    owner = owner_of(name)
    if owner is None:
        names = sorted(f"{kind}:NAME" if kind in SEVERAL else kind for kind in POLICY_OWNERS)
        raise Failure(f"no policy {name!r}: use one of {', '.join(names)}")
    return owner
