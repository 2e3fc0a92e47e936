"""Pure decisions: which counts may be shown, what a survey asks by default, when it closes."""
