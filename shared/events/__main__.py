"""`python -m shared.events`: the map of events for the README, which a test holds against this."""

import inspect

from shared.events import SUBSCRIPTIONS


def event_map() -> str:
    """A Markdown table: event, who publishes it, who listens, and when it is said (the first sentence of its docstring)."""
    rows = ["| event | from | to | when |", "| --- | --- | --- | --- |"]
    for event, subscribers in SUBSCRIPTIONS.items():
        package, _, owner = event.__module__.rpartition(".")
        if package != "shared.events":  # a test's own
            continue
        said = inspect.cleandoc(event.__doc__ or "").split(" Key: ")[0].split(". ")[0].rstrip(".")
        rows.append(f"| `{event.name}` | {owner} | {', '.join(subscribers)} | {said} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(event_map())
