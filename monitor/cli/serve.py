"""The analysts' pages, and who may review in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.words import as_json, print_json, say

if TYPE_CHECKING:
    from monitor.app import App

PORT = 8620


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.pass_obj
def serve(app: App, host: str, port: int) -> None:
    """Show the store as pages: this week, digests, search, explorations, review, raw tables and SQL.

    Only this machine reaches them unless --host says otherwise. Who may review stands under `serve` in feeds.yaml.
    """
    from monitor import surface
    from monitor.web import server

    app.existing()
    with app.store():
        pass
    if not server.is_local(host) and app.config.serve.read == "everyone":
        say(f"whoever reaches {host}:{port} can read the store; `serve.read: reviewers` in feeds.yaml changes that")
    site = surface.site(app)
    site.warm()
    pages = surface.pages(site)
    server.warm(pages)
    say(f"http://{'[' + host + ']' if ':' in host else host}:{port}/")
    server.serve(pages, host, port)


@click.group()
def reviewers() -> None:
    """Who may say what works carry: list, token."""


@reviewers.command("list")
@as_json
@click.pass_obj
def listing(app: App, as_json: bool) -> None:
    """The reviewers of feeds.yaml."""
    if as_json:
        print_json(app.config.serve.reviewers)
        return
    for name in app.config.serve.reviewers:
        click.echo(name)


@reviewers.command()
@click.argument("name")
@click.option("--days", default=180, show_default=True, type=click.IntRange(1, 3650), help="How long it lets in.")
@click.pass_obj
def token(app: App, name: str, days: int) -> None:
    """Print a token with which NAME signs in; taking the name off `serve.reviewers` ends it at once."""
    from monitor import surface

    click.echo(surface.token(app, name, days))


COMMANDS = (serve, reviewers)
