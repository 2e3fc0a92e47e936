"""`python -m shared.i18n extract` brings the catalogues up to date; `check` says what still lacks its translation."""

import sys

from shared.i18n.extract import extract, missing


def main() -> int:
    """What `make messages` and `make check` run. 1 when something lacks its translation."""
    command = "".join(sys.argv[1:]) or "extract"
    if command not in {"extract", "check"}:
        sys.exit("python -m shared.i18n [extract|check]")
    if command == "extract":
        for path in extract():
            print(f"updated {path}")
    untranslated = missing()
    for line in untranslated:
        print(f"not translated: {line}", file=sys.stderr)
    return 1 if untranslated else 0


sys.exit(main())
