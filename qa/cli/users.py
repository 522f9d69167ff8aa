"""The commands `qa users ...`: who may sign in, and their API keys."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, cast

import typer

from qa.cli.options import IndexOption, JsonOption, print_json
from qa.errors import QAError, one_line
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.server.access import Role
    from qa.server.users import Users

users_app = typer.Typer(
    help="Say who may sign in to the service, and make API keys. A service that has no login yet "
    "asks for one from its next start on.",
    no_args_is_help=True,
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME")]
RoleOption = Annotated[
    str, typer.Option(metavar="ROLE", help="reader, editor (adds and removes articles) or owner.")
]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@users_app.command("add")
def add(
    name: NameArgument,
    role: RoleOption = "reader",
    folder: IndexOption = None,
    *,
    stdin: StdinOption = False,
) -> None:
    """Add a user; asks for the password."""
    users = _users(folder)
    users.add(name, _password(stdin=stdin), _role(role))
    print(f"{name} may sign in as {role}")


@users_app.command("change")
def change(
    name: NameArgument,
    role: Annotated[str, typer.Option(metavar="ROLE", help="The new role.")] = "",
    folder: IndexOption = None,
    *,
    password: Annotated[bool, typer.Option("--password", help="Ask for a new one.")] = False,
    stdin: StdinOption = False,
) -> None:
    """Give a user another role, or another password, which signs them out everywhere."""
    if not (role or password or stdin):
        raise QAError("nothing to change: give --role, --password or --password-stdin")
    new = _password(stdin=stdin) if password or stdin else ""
    _users(folder).change(name, password=new, role=_role(role) if role else None)
    print(f"{name} is changed")


@users_app.command("remove")
def remove(name: NameArgument, folder: IndexOption = None) -> None:
    """Remove a user with their API keys, and sign them out everywhere."""
    _users(folder).remove(name)
    print(f"{name} is removed")


@users_app.command("list")
def list_users(folder: IndexOption = None, *, as_json: JsonOption = False) -> None:
    """List the users with their roles and API keys."""
    users = _users(folder)
    rows = [
        {
            "name": name,
            "role": user.role,
            "keys": [
                {"id": i, "label": key.label, "scopes": key.scopes}
                for i, key in users.keys().items()
                if key.user == name
            ],
        }
        for name, user in sorted(users.all().items())
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print(f"{row['name']}\t{row['role']}")
        for key in cast("list[dict[str, object]]", row["keys"]):
            scopes = " ".join(cast("list[str]", key["scopes"])) or "all of the role"
            print(f"  key {key['id']}\t{one_line(str(key['label']))}\t{scopes}")


@users_app.command("key")
def key(
    name: NameArgument,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What it is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Only this action, e.g. ask or search; may be given several times."),
    ] = None,
    folder: IndexOption = None,
) -> None:
    """Make an API key for a user, and print it: it is shown this once."""
    print(_users(folder).add_key(name, label, scope or ()))


@users_app.command("revoke")
def revoke(
    identifier: Annotated[str, typer.Argument(metavar="KEY", help="The key's id.")],
    folder: IndexOption = None,
) -> None:
    """Revoke an API key."""
    _users(folder).revoke(identifier)
    print(f"key {identifier} is revoked")


def _users(folder: IndexOption) -> Users:
    from qa.server.users import FILE_NAME, Users

    settings = Settings.from_env(index=folder)
    return Users(settings.index.absolute() / FILE_NAME)


def _role(text: str) -> Role:
    from qa.server.access import ROLES

    if text not in ROLES:
        raise QAError(f"unknown role {text!r}: known are {', '.join(ROLES)}")
    return text


def _password(*, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
