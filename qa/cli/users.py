"""The commands `qa users ...`: who may sign in, what they may do where, and their API keys."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

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
_ROLES = "reader, editor (adds and removes articles), owner or none."
RoleOption = Annotated[str, typer.Option(metavar="ROLE", help=_ROLES)]
RoleArgument = Annotated[str, typer.Argument(metavar="ROLE", help=_ROLES)]
CollectionArgument = Annotated[
    str, typer.Argument(metavar="COLLECTION", help="default: that of the index itself.")
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
    """Add a user, with a role in the default collection; asks for the password."""
    users = _users(folder)
    users.add(name, _password(stdin=stdin), _role(role))
    print(f"{name} may sign in as {role}" if role != "none" else f"{name} may sign in")


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
    users, granted = _users(folder), _role(role) if role else None
    if new:
        users.change(name, new)
    if role:
        users.grant(name, granted)
    print(f"{name} is changed")


@users_app.command("grant")
def grant(
    name: NameArgument,
    collection: CollectionArgument,
    role: RoleArgument,
    folder: IndexOption = None,
) -> None:
    """Give a user a role in a collection; none takes it away."""
    _users(folder).grant(name, _role(role), collection)
    print(
        f"{name} is {role} in {collection}" if role != "none" else f"{name} has left {collection}"
    )


@users_app.command("allow")
def allow(
    claim: Annotated[
        str, typer.Argument(metavar="CLAIM", help="What the provider tells: email, groups, sub...")
    ],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="That it has, or holds.")],
    collection: CollectionArgument,
    role: RoleArgument,
    folder: IndexOption = None,
) -> None:
    """Give whom the identity provider vouches for a role in a collection; none takes it away."""
    _users(folder).allow(claim, value, _role(role), collection)
    print(f"whose {claim} is {value}: {role} in {collection}")


@users_app.command("allowed")
def allowed(folder: IndexOption = None, *, as_json: JsonOption = False) -> None:
    """List the roles of those whom the identity provider vouches for."""
    rules = _users(folder).rules()
    if as_json:
        print_json([rule.model_dump() for rule in rules])
        return
    for rule in rules:
        about = f"{one_line(rule.claim)} is {one_line(rule.value)}"
        print(f"whose {about}: {rule.role} in {rule.collection}")


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
            "collections": user.collections,
            "keys": [
                {"id": i, "label": key.label, "scopes": key.scopes, "collections": key.collections}
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
        _print_user(row)


def _print_user(row: dict[str, Any]) -> None:
    granted = "".join(f"\t{role} in {name}" for name, role in sorted(row["collections"].items()))
    print(f"{row['name']}\t{row['role'] or 'none'}{granted}")
    for key in row["keys"]:
        scopes = " ".join(key["scopes"]) or "all of the role"
        only = f"\tin {' '.join(key['collections'])}" if key["collections"] else ""
        print(f"  key {key['id']}\t{one_line(key['label'])}\t{scopes}{only}")


@users_app.command("key")
def key(
    name: NameArgument,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What it is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Only this action, e.g. ask or search; may be given several times."),
    ] = None,
    collection: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only in this collection; may be given several times."),
    ] = None,
    folder: IndexOption = None,
) -> None:
    """Make an API key for a user, and print it: it is shown this once."""
    print(_users(folder).add_key(name, label, scope or (), collection or ()))


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


def _role(text: str) -> Role | None:
    from qa.server.access import ROLES

    if text == "none":
        return None
    if text not in ROLES:
        raise QAError(f"unknown role {text!r}: known are {', '.join(ROLES)}, none")
    return text


def _password(*, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
