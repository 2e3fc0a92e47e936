"""`python -m deploy.local.inbox FOLDER SMTP_PORT WEB_PORT [ADDRESS]`."""

import sys
from pathlib import Path

import uvicorn

from deploy.local.inbox.app import make_app
from deploy.local.inbox.store import Store


def main(folder: str, smtp_port: str, web_port: str, host: str = "127.0.0.1") -> None:
    """Serve until told to stop."""
    with Store(Path(folder) / "mails.sqlite") as store:
        app = make_app(store, smtp_port=int(smtp_port), host=host)
        uvicorn.run(app, host=host, port=int(web_port), log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
